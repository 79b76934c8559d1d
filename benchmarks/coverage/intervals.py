"""How often the judge's intervals of a share hold the true one, and how wide they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.coverage.queues import WINDOW, Morning
from rentree.judge.across import across_interval
from rentree.judge.statistics import Interval, exact_interval, share_interval

TRUE = 0.05
RARE = 0.01  # a true share in which a few bad mornings are all there is
RUNS = 10  # of a repetition, the first of which is the one run
METHODS = ("exact binomial", "one run", "5 runs", "10 runs")


@dataclass(frozen=True)
class Covered:
    """One method under one load: 0..1, and half-widths over 1.96 true standard deviations."""

    coverage: float
    width: float


@dataclass
class Intervals:
    """Fed a morning at a time; the limit (s) is what a share `true` of all waits longer than."""

    limit: float
    true: float = TRUE
    broken: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    alone: list[tuple[Interval, Interval]] = field(default_factory=list)  # exact, one run

    def see(self, morning: Morning) -> None:
        """One more run."""
        marks = morning.took > self.limit
        if len(self.rows) % RUNS == 0:
            exact = exact_interval(int(marks.sum()), len(marks))
            self.alone.append((exact, share_interval(marks, morning.due, WINDOW)))
        self.broken.append(int(marks.sum()))
        self.rows.append(len(marks))

    def covered(self) -> list[Covered]:
        """In the order of `METHODS`."""
        spread = float(np.std(np.array(self.broken) / np.array(self.rows)))
        found = [self._covered([pair[which] for pair in self.alone], spread) for which in (0, 1)]
        for runs in (5, 10):
            several = [
                across_interval(self.broken[at : at + runs], self.rows[at : at + runs])
                for at in range(0, len(self.rows), RUNS)
            ]
            found.append(self._covered(several, spread / runs**0.5))
        return found

    def _covered(self, intervals: Sequence[Interval], spread: float) -> Covered:
        ends = np.array(intervals)
        held = (ends[:, 0] <= self.true) & (ends[:, 1] >= self.true)
        width = float(np.mean(ends[:, 1] - ends[:, 0])) / 2 / 1.96 / spread
        return Covered(float(held.mean()), width)
