"""How often a run accuses a platform that keeps its promise, and acquits one that does not.

The promise: at most 5 % wait longer than a limit. The limit is set so that in truth another share
does, and the judge's own `decide` and Holm's correction say what they say of each run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.coverage.intervals import RUNS
from benchmarks.coverage.queues import WINDOW, Morning
from rentree.judge.across import across_interval
from rentree.judge.finding import decide
from rentree.judge.holm import corrected
from rentree.judge.statistics import Marks, Times
from rentree.verdict import Decision, Finding

TOLERATED = 0.05
KEPT = (0.02, 0.04, 0.049)  # true shares of sound platforms
GROUPS = (1, 5, 20)  # findings of a run: its people at random in so many groups
PLATFORMS = 20  # findings of a run in which each is about a platform of its own
BROKEN = (0.055, 0.07, 0.10)


def finding(broken: Marks, due: Times, name: str) -> Finding:
    """What the judge says of a share of these rows."""
    decision, interval, p = decide(broken, broken, due, WINDOW, TOLERATED)
    return Finding(
        id=name, slo="response", text={}, group={}, window="", decision=decision,
        measured=float(broken.mean()), measured_text={}, limit=TOLERATED, unit="share",
        interval=interval, p=p, count=len(broken),
    )  # fmt: skip


def fails(findings: Sequence[Finding]) -> bool:
    """Whether a run with these findings fails."""
    return any(f.decision == "fail" for f in corrected(findings))


@dataclass
class Kept:
    """False alarms of one load and one true share that keeps the promise; fed a morning a time."""

    limit: float
    rng: np.random.Generator
    accused: dict[int, list[bool]] = field(default_factory=lambda: {g: [] for g in GROUPS})
    alone: list[Finding] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)

    def see(self, morning: Morning) -> None:
        """One more run; only the first of a repetition is split into groups."""
        marks = morning.took > self.limit
        self.broken.append(int(marks.sum()))
        self.alone.append(finding(marks, morning.due, str(len(self.alone))))
        if (len(self.alone) - 1) % RUNS:
            return
        for groups in GROUPS:
            which = self.rng.integers(groups, size=len(marks))
            parts = [
                finding(marks[which == g], morning.due[which == g], str(g)) for g in range(groups)
            ]
            self.accused[groups].append(fails(parts))

    def rates(self) -> list[float]:
        """Of runs that fail, by `GROUPS`, with platforms of their own, and by ten runs together."""
        several = [
            fails(self.alone[at : at + PLATFORMS])
            for at in range(0, len(self.alone) - PLATFORMS + 1, PLATFORMS)
        ]
        rows = [f.count for f in self.alone]
        together = [
            across_interval(self.broken[at : at + RUNS], rows[at : at + RUNS])[0] > TOLERATED
            for at in range(0, len(rows), RUNS)
        ]
        return [float(np.mean(said)) for said in [*self.accused.values(), several, together]]


@dataclass
class Broken:
    """Wrong acquittals, and right accusations, of one load and one true share above the limit."""

    limit: float
    said: list[Decision] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    def see(self, morning: Morning) -> None:
        """One more run; only the first of a repetition is judged alone."""
        marks = morning.took > self.limit
        if len(self.rows) % RUNS == 0:
            self.said.append(finding(marks, morning.due, "one").decision)
        self.broken.append(int(marks.sum()))
        self.rows.append(len(marks))

    def rates(self) -> list[tuple[float, float]]:
        """Of passes and of fails: by one run, and by ten together."""
        together = np.array([
            across_interval(self.broken[at : at + RUNS], self.rows[at : at + RUNS])
            for at in range(0, len(self.rows), RUNS)
        ])  # fmt: skip
        one = [self.said.count(word) / len(self.said) for word in ("pass", "fail")]
        ten = [np.mean(together[:, 1] < TOLERATED), np.mean(together[:, 0] > TOLERATED)]
        return [(one[0], one[1]), (float(ten[0]), float(ten[1]))]
