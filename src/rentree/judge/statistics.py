"""How sure a share or a quantile of one run is: exact binomial, sectioning, and their union.

All intervals are two-sided, closed, 95 %. Nothing is drawn at random: the same rows always
give the same interval. Shares lie in 0..1; times are int µs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, stdtr, stdtrit

from rentree.quantity import Span

Interval = tuple[float, float]
Times = NDArray[np.int64]
Marks = NDArray[np.bool_]
Counts = NDArray[np.int64]

SECTIONS = 10
_T_NINE = 2.2621571627409915  # Student's t with 9 degrees of freedom, 97.5 %
_TAIL = 0.025
_ENOUGH = 10**9  # beyond so many rows we say that no number would decide


def exact_interval(broken: float, count: float) -> Interval:
    """Clopper and Pearson's interval of a share; (0, 1) when nothing was counted.

    `broken` may be fractional, for the estimate in `more_needed`.
    """
    if count <= 0:
        return 0.0, 1.0
    low = float(betaincinv(broken, count - broken + 1, _TAIL)) if broken > 0 else 0.0
    high = float(betaincinv(broken + 1, count - broken, 1 - _TAIL)) if broken < count else 1.0
    return low, high


def sections(due: Times, span: Span) -> NDArray[np.int64]:
    """The section of the window, 0..9, in which each moment lies; the ten last equally long."""
    return np.clip((due - span.start) * SECTIONS // span.length, 0, SECTIONS - 1)


def sectioned_interval(broken: Marks, due: Times, span: Span) -> Interval:
    """Student's t around the whole's share, from ten sections of the window in time.

    Ratio form: with x of n rows broken in a section and p the whole's share, the residuals are
    r = x - p*n, and var(p) = k/(k-1) * sum r^2 / N^2. With equal sections this is the sectioning
    of Asmussen and Glynn (Stochastic Simulation, 2007, III.5); it is defined when one is empty.
    Not clipped to 0..1.
    """
    which = sections(due, span)
    rows = np.bincount(which, minlength=SECTIONS)
    bad = np.bincount(which[broken], minlength=SECTIONS)
    share, error = _parted(bad, rows)
    half = _T_NINE * error
    return share - half, share + half


def parted_interval(marked: Counts, rows: Counts) -> Interval:
    """The same around the share of rows marked, from other parts than sections: classes, say.

    For rows that may share the luck of their part. Two parts at least; t has one degree of freedom
    less than there are parts.
    """
    share, error = _parted(marked, rows)
    half = float(stdtrit(len(rows) - 1, 1 - _TAIL)) * error
    return share - half, share + half


def _parted(marked: Counts, rows: Counts) -> tuple[float, float]:
    """The whole's share and its standard error, in ratio form."""
    total, parts = int(rows.sum()), len(rows)
    share = int(marked.sum()) / total
    residuals = marked - share * rows
    variance = parts / (parts - 1) * float(np.sum(residuals**2)) / total**2
    return share, math.sqrt(variance)


def share_interval(broken: Marks, due: Times, span: Span) -> Interval:
    """The sectioned interval, never narrower than the exact binomial one; (0, 1) without rows."""
    count = len(broken)
    if count == 0:
        return 0.0, 1.0
    low, high = exact_interval(int(broken.sum()), count)
    sectioned = sectioned_interval(broken, due, span)
    return max(0.0, min(low, sectioned[0])), min(1.0, max(high, sectioned[1]))


def exact_p(broken: int, count: int, tolerated: float) -> float:
    """Two-sided binomial p of a share above what is tolerated, by Clopper and Pearson."""
    if not count or broken <= tolerated * count:
        return 1.0
    return min(1.0, 2 * float(betainc(broken, count - broken + 1, tolerated)))


def share_p(broken: Marks, due: Times, span: Span, tolerated: float) -> float:
    """Two-sided p of a share above what is tolerated, by the intervals of `share_interval`.

    Under 0.05 exactly where the interval's lower end lies above it; 1 where the share does not.
    """
    count, many = len(broken), int(broken.sum())
    if not count or many <= tolerated * count:
        return 1.0
    exact = exact_p(many, count, tolerated)
    share, half = many / count, many / count - sectioned_interval(broken, due, span)[0]
    sectioned = 2 * float(stdtr(SECTIONS - 1, -(share - tolerated) * _T_NINE / half)) if half else 0
    return min(1.0, max(exact, sectioned))


def distance_p(measured: float, end: float, limit: float) -> float:
    """Two-sided p of a measure beyond a limit, from the end of its 95 % interval on that side."""
    if measured == end:
        return 0.0
    return 2 * float(stdtr(SECTIONS - 1, -abs(measured - limit) * _T_NINE / abs(measured - end)))


def quantile(values: NDArray[np.float64], q: float) -> float:
    """The smallest value that at least a share q of all reach or stay under; inf may be among them.

    numpy's `inverted_cdf`. Rounded before the ceiling, so that 0.07 * 100 is the 7th value.

    Raises:
        ValueError: no values.
    """
    return quantiles(values, [q])[0]


def quantiles(values: NDArray[np.float64], of: Iterable[float]) -> list[float]:
    """Several quantiles at once, as `quantile` defines them.

    Raises:
        ValueError: no values.
    """
    if len(values) == 0:
        raise ValueError("a quantile of nothing does not exist")
    places = [max(0, math.ceil(round(q * len(values), 9)) - 1) for q in of]
    parted = np.partition(values, places)
    return [float(parted[place]) for place in places]


def quantile_interval(
    values: NDArray[np.float64], due: Times, span: Span, q: float
) -> Interval | None:
    """The interval printed beside a quantile: Student's t over the quantiles of the sections.

    Sections without rows are left out; None with fewer than two. Where a section's quantile is
    infinite the interval runs from the least section's to infinity.
    """
    whole = quantile(values, q)
    which = sections(due, span)
    parts = np.array([quantile(values[which == s], q) for s in np.unique(which)])
    if len(parts) < 2:
        return None
    if math.isinf(whole) or bool(np.isinf(parts).any()):
        return float(parts.min()), math.inf
    variance = float(np.sum((parts - whole) ** 2)) / (len(parts) * (len(parts) - 1))
    half = _T_NINE * math.sqrt(variance)  # nine degrees also when a section was empty
    return max(0.0, whole - half), whole + half


def rows_needed(tolerated: float) -> int | None:
    """Rows without which nothing passes: 3 over the share that may break; None: no number does."""
    return math.ceil(round(3 / tolerated, 9)) if tolerated > 0 else None


def more_needed(share: float, interval: Interval, count: int, tolerated: float) -> int | None:
    """Roughly how many more rows would decide, if the share stayed as it is; None: no number.

    The exact interval of ever more rows, widened as the run's own interval is wider than its
    exact one (the design effect).
    """
    exact = exact_interval(share * count, count)
    effect = max(1.0, ((interval[1] - interval[0]) / (exact[1] - exact[0])) ** 2)
    least = rows_needed(tolerated)
    if least is None or share == tolerated:
        return None

    def decides(rows: int) -> bool:
        low, high = exact_interval(share * rows, rows)
        return low > tolerated or (rows >= least and high < tolerated)

    high = 1
    while not decides(high):
        high *= 2
        if high > _ENOUGH:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decides(middle) else (middle, high)
    return max(1, math.ceil(high * effect) - count)
