"""A fault that grows or shrinks in steps over its window: `ramp: {steps: 4, to: {times: 1 000}}`.

Pure. Every figure that differs between the fault's settings and those of its `to` goes in equal
steps from the one to the other; what is no figure must be the same in both.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from rentree.quantity import Count, Span


class Ramp(BaseModel):
    """In how many steps, and where it ends: keys of the fault's kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: Count = Field(ge=2, le=20)
    to: dict[str, Any] = Field(min_length=1)


def cut(span: Span, steps: int) -> list[Span]:
    """A window in so many equal parts, one behind the other."""
    ends = [span.start + round(span.length * i / steps) for i in range(steps + 1)]
    return [Span(a, b) for a, b in itertools.pairwise(ends)]


def grown(own: Mapping[str, Any], ramp: Ramp, kind: type[BaseModel]) -> list[dict[str, Any]]:
    """The settings of each step, the first as `own` says, the last as `to` says.

    Raises:
        ValueError: keys that the kind does not take, or something that is no figure differs.
    """
    first, last = (
        kind.model_validate(keys).model_dump(mode="json", by_alias=True)
        for keys in (own, {**own, **ramp.to})
    )
    steps = [between(first, last, i / (ramp.steps - 1)) for i in range(ramp.steps)]
    return [kind.model_validate(step).model_dump(mode="json", by_alias=True) for step in steps]


def between(first: Any, last: Any, share: float) -> Any:
    """What lies at `share` (0..1) of the way between two settings, JSON-ready values.

    Raises:
        ValueError: something that is no figure differs.
    """
    if isinstance(first, dict) and isinstance(last, dict) and first.keys() == last.keys():
        return {key: between(first[key], last[key], share) for key in first}
    if first == last:
        return first
    if not _figure(first) or not _figure(last):
        raise ValueError(f"a ramp goes between figures, not from {first!r} to {last!r}")
    value = first + (last - first) * share
    if isinstance(first, float) or isinstance(last, float):
        return value
    # As coarse as both ends: what is in whole milliseconds stays so.
    grain = next(g for g in (1000, 1) if first % g == 0 and last % g == 0)
    return round(value / grain) * grain


def _figure(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
