"""How sure a share is from several runs of one profile: how much the runs differ. Pure.

One morning near the knee says little about the next; several do (docs/verdict.md has how often
these intervals cover the truth). The share is that of all rows together; each run is one
observation of it, with the residual x - p*n of its n rows, x of them broken (`statistics` has the
same ratio form for sections). Mornings near the knee are skewed: most go well, a few very badly,
and when the bad ones did not come, Student's t ends too low. So three intervals are united:

- Clopper and Pearson's of all rows, as if they were independent: the least doubt there can be;
- Student's t across the runs;
- Hall's transformation of it (On the removal of skewness by transformation, J. R. Stat. Soc. B 54,
  1992), with the unbiased skewness G1 of the runs (Joanes and Gill, 1998).

All are two-sided, closed, 95 %; shares lie in 0..1. Runs that all have the same share leave the
exact interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import cbrt, stdtr, stdtrit

from rentree.judge.statistics import Interval, exact_interval, exact_p

LEAST = 5  # runs asked for, at least (`run --repeat`)
_MOST = 1000  # beyond so many runs we say that no number would decide
_STRAIGHT = 1e-6  # a skewness that is none


@dataclass(frozen=True)
class _Runs:
    """Several runs in figures."""

    count: float
    broken: float  # of all rows together
    rows: float
    deviation: float  # of a run's share, around the whole's
    skewness: float

    @property
    def share(self) -> float:
        return self.broken / self.rows

    def times(self, count: int) -> _Runs:
        """As if there were so many, which differ as these do."""
        ratio = count / self.count
        return _Runs(
            count, self.broken * ratio, self.rows * ratio, self.deviation, self.skewness
        )  # fmt: skip

    def bent(self, distance: float) -> float:
        """Hall's g: what is distributed as t, of a distance from the truth in deviations."""
        a = self.skewness / 3
        cubic = distance + a * distance**2 + a**2 * distance**3 / 3
        return math.sqrt(self.count) * (cubic + self.skewness / (6 * self.count))

    def unbent(self, t: float) -> float:
        """The inverse of `bent`."""
        straight = t / math.sqrt(self.count)
        if not self.skewness:
            return straight
        inside = 1 + self.skewness * (straight - self.skewness / (6 * self.count))
        return (float(cbrt(inside)) - 1) * 3 / self.skewness

    def interval(self) -> Interval:
        """The three united."""
        low, high = exact_interval(self.broken, self.rows)
        t = float(stdtrit(self.count - 1, 0.975))
        far = max(t / math.sqrt(self.count), self.unbent(t))
        near = min(-t / math.sqrt(self.count), self.unbent(-t))
        return (
            max(0.0, min(low, self.share - self.deviation * far)),
            min(1.0, max(high, self.share - self.deviation * near)),
        )


def across_interval(broken: Sequence[int], rows: Sequence[int]) -> Interval:
    """Interval of the share of `rows` that are `broken`, both one figure a run.

    (0, 1) of fewer than two runs, or of no rows: nothing is known of another morning.

    Raises:
        ValueError: not as many figures of the one as of the other.
    """
    runs = _runs(broken, rows)
    return runs.interval() if runs else (0.0, 1.0)


def across_p(broken: Sequence[int], rows: Sequence[int], tolerated: float) -> float:
    """Two-sided p of a share above what is tolerated, by the three that `across_interval` unites.

    Under 0.05 exactly where its lower end lies above it; 1 where the share does not, or where
    nothing is known.

    Raises:
        ValueError: not as many figures of the one as of the other.
    """
    runs = _runs(broken, rows)
    if runs is None or runs.share <= tolerated:
        return 1.0
    exact = exact_p(sum(broken), sum(rows), tolerated)
    if not runs.deviation:
        return exact
    distance = (runs.share - tolerated) / runs.deviation
    t = min(math.sqrt(runs.count) * distance, runs.bent(distance))
    return min(1.0, max(exact, 2 * float(stdtr(runs.count - 1, -t))))


def more_runs(broken: Sequence[int], rows: Sequence[int], tolerated: float) -> int | None:
    """About how many more runs would decide, if they went on as these; 0: these do.

    None: no number below 1,000 would, or with fewer than two nothing is known of how they differ.
    At least `LEAST` runs in all.

    Raises:
        ValueError: not as many figures of the one as of the other.
    """
    runs = _runs(broken, rows)
    if runs is None:
        return None
    for count in range(max(LEAST, len(rows)), _MOST):
        low, high = runs.times(count).interval()
        if low > tolerated or high < tolerated:
            return count - len(rows)
    return None


def values_interval(values: Sequence[float], limit: float) -> tuple[float, float, float]:
    """Student's t of a value a run that is no share: low, high, and the p of a mean above `limit`.

    Raises:
        ValueError: fewer than two.
    """
    count = len(values)
    if count < 2:
        raise ValueError("one run tells nothing of how runs differ")
    mean = math.fsum(values) / count
    error = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (count - 1) / count)
    half = error * float(stdtrit(count - 1, 0.975))
    if mean <= limit:
        return mean - half, mean + half, 1.0
    p = 2 * float(stdtr(count - 1, -(mean - limit) / error)) if error else 0.0
    return mean - half, mean + half, p


def _runs(broken: Sequence[int], rows: Sequence[int]) -> _Runs | None:
    count, bad, total = len(rows), sum(broken), sum(rows)
    if len(broken) != count:
        raise ValueError(f"{len(broken)} runs tell what was broken, and {count} how many rows")
    if count < 2 or not total:
        return None
    # whole numbers first, so that equal shares leave exactly nothing
    apart = [(total * x - bad * n) * count / total**2 for x, n in zip(broken, rows, strict=True)]
    square = math.fsum(d**2 for d in apart) / count
    skewness = 0.0
    if square and count > 2:
        skewness = math.fsum(d**3 for d in apart) / count / square**1.5
        skewness *= math.sqrt(count * (count - 1)) / (count - 2)
    if abs(skewness) < _STRAIGHT:
        skewness = 0.0
    return _Runs(count, bad, total, math.sqrt(square * count / (count - 1)), skewness)
