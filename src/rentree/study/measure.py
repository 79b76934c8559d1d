"""What is compared across a study's runs: a share of people or of classes, as in a profile."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rentree.slo import ClassesCanStart, Punctual, Refused

# A quantile's interval is of another thing, a count has none, attempts of a person go together.
Measure = Annotated[Punctual | Refused | ClassesCanStart, Field(discriminator="slo")]


def why_not(measure: Measure) -> str:
    """What is wrong with a measure that would be a sound promise; empty: nothing."""
    if measure.each != "none":
        return "a study compares the whole of each run: write `each: none`"
    if isinstance(measure, Refused) and measure.of != "people":
        return "a study compares people: leave `of: attempts` out"
    return ""


def more_is_good(measure: Measure) -> bool:
    """Whether a larger share is the better one."""
    return not isinstance(measure, Refused)
