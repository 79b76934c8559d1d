"""What a step costs on this platform: how many requests, and how long at ease. Pure.

A rate in steps a second means little without it: signing in is several pages, an inbox is one.
"""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from rentree.sample import Sample


class Cost(NamedTuple):
    """Of one step, at a load that was held."""

    step: str
    attempts: int
    requests: float  # of an attempt, mean
    median: float  # µs


def costs(rows: Iterable[Sample]) -> list[Cost]:
    """By step, of the attempts that were ok, in the order in which they were first made."""
    waited: dict[str, list[int]] = defaultdict(list)
    requests: dict[str, int] = defaultdict(int)
    for row in sorted(rows, key=lambda row: row.due):
        if row.outcome == "ok" and row.done is not None:
            waited[row.step].append(row.done - row.due)
            requests[row.step] += len(json.loads(row.detail).get("hops", ()))
    return [
        Cost(step, len(times), requests[step] / len(times), statistics.median(times))
        for step, times in waited.items()
    ]
