"""How sure a change between two runs, or two groups of runs, is. Pure; nothing is drawn at random.

Between two runs a quantile is compared as a share: how many waited longer than the lesser of the
two quantiles, so that it is defined for what never came and does not jump where few rows lie. Its
doubt is the judge's: ten sections of the window in time, Student's t with nine degrees of freedom
(`judge.statistics.sectioned_interval`), section by section, since both runs had the same crowd at
the same time; wider where sections follow one another; never surer than Fisher's exact test; and
tried on simulated queues (tests/compare/test_calibration.py). Between groups
each run is one observation: Welch's t, and Student's where one side is a single run, which is then
taken to spread like the runs of the other. Times are µs, shares 0..1, p two-sided.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, stdtr, stdtrit

from rentree.judge.statistics import SECTIONS, Interval, Marks, Times, quantile, sections
from rentree.quantity import Span

LEVEL = 0.05
_MOST_ALIKE = 0.5  # of an autocorrelation of ten sections
_FAR, _HALVINGS = 64.0, 14  # an end of a factor's interval: so far at most, so finely


@dataclass(frozen=True)
class Window:
    """The first attempts at a step in one window of one run."""

    waited: NDArray[np.float64]  # µs; inf: not ok
    due: Times
    span: Span
    ours: float = 0.0  # µs by which this machine itself was late, 95 times in 100

    @property
    def not_ok(self) -> Marks:
        """Who was not served."""
        return np.isinf(self.waited)


@dataclass(frozen=True)
class Change:
    """What was measured before and after, how far apart, and how surely."""

    before: float
    after: float
    interval: Interval  # 95 %: of the factor between two times, of the difference of two shares
    p: float  # that chance alone makes such a change


@dataclass(frozen=True)
class Combined:
    """A sum of several runs' shares, and how surely it is not 0."""

    value: float
    interval: Interval  # 95 %
    p: float  # that chance alone puts it so far from 0


def quantile_changed(before: Window, after: Window, q: float) -> Change | None:
    """A quantile of two runs; None where neither has one: it lies beyond any limit in both."""
    here, there = quantile(before.waited, q), quantile(after.waited, q)
    if math.isinf(here) and math.isinf(there):
        return None
    factor = 0.0 if math.isinf(here) else there / here if here else math.inf
    interval = _factor_interval(factor, lambda by: quantile_p(before, after, q, by))
    return Change(here, there, interval, quantile_p(before, after, q))


def quantile_p(before: Window, after: Window, q: float, factor: float = 1.0) -> float:
    """The p of a quantile's being other than `factor` times what it was."""
    scaled = before.waited * factor
    limit = min(quantile(scaled, q), quantile(after.waited, q))
    return _shares_p(scaled > limit, after.waited > limit, before, after)


def share_changed(before: Window, after: Window) -> Change:
    """The share that was not ok, of two runs."""
    here, there = float(before.not_ok.mean()), float(after.not_ok.mean())
    half = math.sqrt(_variance(before.not_ok, after.not_ok, before, after))
    half = max(half, math.sqrt(_binomial(before.not_ok) + _binomial(after.not_ok)))
    half *= float(stdtrit(SECTIONS - 1, 1 - LEVEL / 2))
    p = _shares_p(before.not_ok, after.not_ok, before, after)
    return Change(here, there, (there - here - half, there - here + half), p)


def ends_apart(
    before: float, before_interval: Interval, after: float, after_interval: Interval
) -> Change:
    """Two measured shares with their 95 % intervals, by `combined`."""
    apart = combined([(1, after, after_interval), (-1, before, before_interval)])
    return Change(before, after, apart.interval, apart.p)


def combined(terms: Sequence[tuple[float, float, Interval]]) -> Combined:
    """A weighted sum of measured shares that have 95 % intervals of their own, each from one run.

    `terms`: weight, share, interval. MOVER (Donner and Zou 2012): the ends of each interval, as far
    as they carry the sum one way, are added in squares. So what makes a share less sure than its
    rows alone say (the judge's sections, the exact ends near 0 and 1) is kept as it was found.
    """
    value = math.fsum(weight * share for weight, share, _ in terms)
    ends = [sorted((weight * low, weight * high)) for weight, _, (low, high) in terms]
    least, most = zip(*ends, strict=True)
    each = [weight * share for weight, share, _ in terms]
    low = math.hypot(*(at - end for at, end in zip(each, least, strict=True)))
    high = math.hypot(*(end - at for at, end in zip(each, most, strict=True)))
    t = float(stdtrit(SECTIONS - 1, 1 - LEVEL / 2))
    p = _t_p(value, (low if value > 0 else high) / t, SECTIONS - 1)
    return Combined(value, (value - low, value + high), p)


def means_changed(
    before: Sequence[float], after: Sequence[float], *, factor: bool
) -> Change | None:
    """The runs of two groups, an observation each, two or more on one side at least.

    `factor`: times, compared by their logarithms. None where some run has no finite time.
    """
    values = [np.asarray(side, dtype=np.float64) for side in (before, after)]
    if factor:
        if any(not np.isfinite(side).all() or (side <= 0).any() for side in values):
            return None
        values = [np.log(side) for side in values]
    error, freedom = _welch(*values)
    here, there = (float(side.mean()) for side in values)
    half = error * float(stdtrit(freedom, 1 - LEVEL / 2))
    apart = there - here
    shown = math.exp if factor else float
    p = _t_p(apart, error, freedom)
    return Change(shown(here), shown(there), (shown(apart - half), shown(apart + half)), p)


def _welch(before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float, float]:
    """The standard error of the difference of two means, and its degrees of freedom."""
    counts = len(before), len(after)
    if min(counts) > 1:
        one, other = (float(side.var(ddof=1)) / len(side) for side in (before, after))
        if not one + other:
            return 0.0, sum(counts) - 2
        down = one**2 / (counts[0] - 1) + other**2 / (counts[1] - 1)
        return math.sqrt(one + other), (one + other) ** 2 / down
    squares = sum(float(np.sum((side - side.mean()) ** 2)) for side in (before, after))
    freedom = sum(counts) - 2
    return math.sqrt(squares / freedom * (1 / counts[0] + 1 / counts[1])), freedom


def _t_p(apart: float, error: float, freedom: float) -> float:
    if not apart:
        return 1.0
    return 2 * float(stdtr(freedom, -abs(apart) / error)) if error else 0.0


def _shares_p(here: Marks, there: Marks, before: Window, after: Window) -> float:
    """The p of two runs' shares being apart: by the sections, never under Fisher's exact one."""
    apart = float(there.mean() - here.mean())
    exact = exact_p(int(here.sum()), len(here), int(there.sum()), len(there))
    error = math.sqrt(_variance(here, there, before, after))
    return max(exact, _t_p(apart, error, SECTIONS - 1))


def _variance(here: Marks, there: Marks, before: Window, after: Window) -> float:
    """Of the difference of two shares, from what their residuals differ by in each section.

    Wider by (1 + r) / (1 - r) where neighbouring sections are alike, r their first
    autocorrelation, which ten sections underestimate by a tenth: near the knee a queue lasts.
    """
    parts = _residuals(there, after) - _residuals(here, before)
    squares = float(np.sum(parts**2))
    alike = float(np.sum(parts[1:] * parts[:-1])) / squares + 1 / SECTIONS if squares else 0.0
    alike = min(max(alike, 0.0), _MOST_ALIKE)
    return SECTIONS / (SECTIONS - 1) * squares * (1 + alike) / (1 - alike)


def _residuals(marks: Marks, window: Window) -> NDArray[np.float64]:
    which = sections(window.due, window.span)
    rows = np.bincount(which, minlength=SECTIONS)
    marked = np.bincount(which[marks], minlength=SECTIONS)
    residuals: NDArray[np.float64] = (marked - float(marks.mean()) * rows) / len(marks)
    return residuals


def _binomial(marks: Marks) -> float:
    """A share's variance if rows were independent, with half a row more of each kind."""
    share = (int(marks.sum()) + 0.5) / (len(marks) + 1)
    return share * (1 - share) / len(marks)


def exact_p(here: int, of_here: int, there: int, of_there: int) -> float:
    """Fisher's exact two-sided p of so many of so many here and there."""
    marked = here + there
    could = np.arange(max(0, marked - of_there), min(marked, of_here) + 1)
    logs = _ways(of_here, could) + _ways(of_there, marked - could)
    logs -= _ways(of_here + of_there, np.asarray(marked))
    return min(1.0, float(np.exp(logs[logs <= logs[here - could[0]] + 1e-9]).sum()))


def _ways(count: int, some: NDArray[np.int64]) -> NDArray[np.float64]:
    """The logarithm of how many ways there are to choose some of so many."""
    ways: NDArray[np.float64] = gammaln(count + 1) - gammaln(some + 1) - gammaln(count - some + 1)
    return ways


def _factor_interval(factor: float, p_of: Callable[[float], float]) -> Interval:
    """The factors that the rows do not exclude at 95 %: the test, turned round."""
    if math.isinf(factor) or not factor:
        edge = 1.0 if p_of(1.0) <= LEVEL else math.nan
        ends = (_edge(edge, _FAR, p_of), math.inf) if factor else (0.0, _edge(edge, 1 / _FAR, p_of))
        return (0.0, math.inf) if math.isnan(edge) else ends
    return _edge(factor / _FAR, factor, p_of), _edge(factor * _FAR, factor, p_of)


def _edge(out: float, inside: float, p_of: Callable[[float], float]) -> float:
    """Where a factor that is excluded meets one that is not; `out` itself when that is not."""
    if p_of(out) > LEVEL:
        return 0.0 if out < inside else math.inf
    for _ in range(_HALVINGS):
        middle = math.sqrt(out * inside)
        if p_of(middle) > LEVEL:
            inside = middle
        else:
            out = middle
    return out
