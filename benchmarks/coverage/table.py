"""The study's figures as Markdown: coverage, false alarms, wrong acquittals, in per cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.coverage.alarms import BROKEN, GROUPS, PLATFORMS
from benchmarks.coverage.intervals import METHODS, RARE, Covered


@dataclass(frozen=True)
class Studied:
    """Everything of one load; `kept` and `broken` hold rates by the true share, in order."""

    name: str
    covered: Sequence[Covered]
    rare: Covered  # ten runs, where the true share is `RARE`
    kept: Sequence[Sequence[float]]
    broken: Sequence[Sequence[tuple[float, float]]]


def coverage(studied: Sequence[Studied]) -> str:
    """A line a load: how often the interval held the truth, and how wide it was."""
    lines = [["load", *METHODS, f"{METHODS[-1]}, {100 * RARE:g} %"]]
    for load in studied:
        cells = [f"{100 * c.coverage:.1f} ({c.width:.2f})" for c in (*load.covered, load.rare)]
        lines.append([load.name, *cells])
    return _table(lines)


def false_alarms(studied: Sequence[Studied]) -> str:
    """A line a load: runs of a hundred that fail and should not, a figure a true share."""
    one, *more = GROUPS
    head = [f"{one} finding", *(f"{g} groups" for g in more), f"{PLATFORMS} platforms", "10 runs"]
    lines = [["load", *head]]
    for load in studied:
        lines.append(
            [load.name, *(" / ".join(map(_percent, x)) for x in zip(*load.kept, strict=True))]
        )
    return _table(lines)


def wrong_passes(studied: Sequence[Studied]) -> str:
    """A line a load: of a hundred that should fail, those that pass, and in brackets that fail."""
    shares = [f"{100 * share:g} %" for share in BROKEN]
    lines = [["load", *(f"{s}, 1 run" for s in shares), *(f"{s}, 10 runs" for s in shares)]]
    for load in studied:
        said = [rates[which] for which in (0, 1) for rates in load.broken]
        lines.append([load.name, *(f"{_percent(p)} ({_percent(f)})" for p, f in said)])
    return _table(lines)


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f}"


def _table(lines: Sequence[Sequence[str]]) -> str:
    head, *rest = lines
    marks = ["---", *("--:" for _ in head[1:])]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, marks, *rest))
