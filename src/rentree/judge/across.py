"""How sure a share is from several runs of one profile: Student's t across the runs' shares. Pure.

One morning near the knee says little about the next; several do (docs/verdict.md has how often
these intervals cover the truth). Each run is one observation, whatever its number of rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.special import stdtr, stdtrit

from rentree.judge.statistics import Interval

LEAST = 5  # runs asked for, at least (`run --repeat`)


def across_interval(shares: Sequence[float]) -> Interval:
    """Two-sided 95 % interval of several runs' mean share (0..1); (0, 1) of fewer than two."""
    count = len(shares)
    if count < 2:
        return 0.0, 1.0
    mean, half = _mean(shares), _error(shares) * float(stdtrit(count - 1, 0.975))
    return max(0.0, mean - half), min(1.0, mean + half)


def across_p(shares: Sequence[float], tolerated: float) -> float:
    """Two-sided p of a mean share above what is tolerated; 1 where it does not lie above it."""
    count, mean = len(shares), _mean(shares)
    if count < 2 or mean <= tolerated:
        return 1.0
    error = _error(shares)
    if not error:
        return 0.0
    return 2 * float(stdtr(count - 1, -(mean - tolerated) / error))


def _mean(shares: Sequence[float]) -> float:
    return math.fsum(shares) / len(shares)


def _error(shares: Sequence[float]) -> float:
    """The standard error of the mean."""
    count, mean = len(shares), _mean(shares)
    return math.sqrt(math.fsum((s - mean) ** 2 for s in shares) / (count - 1) / count)
