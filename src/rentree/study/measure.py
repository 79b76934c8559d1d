"""What is compared across a study's runs: a promise of shares, written as in a profile."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rentree.slo import ClassesCanStart, Goodput, Punctual, Refused

# Shares with an interval of their own. A quantile's interval is of another thing, a count has none.
Measure = Annotated[Punctual | Goodput | Refused | ClassesCanStart, Field(discriminator="slo")]


def more_is_good(measure: Measure) -> bool:
    """Whether a larger share is the better one."""
    return not isinstance(measure, Refused)
