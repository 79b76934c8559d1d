"""How sure a share is: Clopper and Pearson, ten sections and Student's t. numpy and math only.

The incomplete beta function is its continued fraction (Lentz's method: Numerical Recipes 6.4), its
factor Loader's, which loses no digit of large counts ("Fast and accurate computation of binomial
probabilities", 2000).
"""

from __future__ import annotations

import math

import numpy as np

from .tables import Array

T_NINE = 2.2621571627409915  # Student's t with 9 degrees of freedom, 97.5 %
SECTIONS = 10
_TINY = 1e-300


def beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta(1 - x, b, a)
    # x^a (1 - x)^b / (a B(a, b)), as a binomial probability of a in a + b
    factor = b / (a + b) * math.exp(
        _stirling(a + b) - _stirling(a) - _stirling(b)
        - _deviance(a, (a + b) * x) - _deviance(b, (a + b) * (1 - x))
    ) * math.sqrt((a + b) / (2 * math.pi * a * b))  # fmt: skip
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, 1_000_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            found *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return min(1.0, factor * found)


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _stirling(n: float) -> float:
    """ln n! less Stirling's formula."""
    if n < 16:
        return math.lgamma(n + 1) - (n + 0.5) * math.log(n) + n - 0.5 * math.log(2 * math.pi)
    s = 1 / (n * n)
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - s / 1188) * s) * s) * s) / n


def _deviance(x: float, m: float) -> float:
    """x ln(x/m) + m - x, without cancellation where both are near."""
    if abs(x - m) >= 0.1 * (x + m):
        return x * math.log(x / m) + m - x
    v = (x - m) / (x + m)
    found, term, j = (x - m) * v, 2 * x * v, 1
    while True:
        term *= v * v
        after = found + term / (2 * j + 1)
        if after == found:
            return found
        found, j = after, j + 1


def inverse_beta(p: float, a: float, b: float) -> float:
    """The x of which I_x(a, b) is p, by halving."""
    low, high = 0.0, 1.0
    while high - low > 1e-15 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if beta(middle, a, b) < p else (low, middle)
    return (low + high) / 2


def exact(broken: int, count: int) -> tuple[float, float]:
    """Clopper and Pearson's 95 % interval of a share."""
    low = inverse_beta(0.025, broken, count - broken + 1) if broken else 0.0
    high = inverse_beta(0.975, broken + 1, count - broken) if broken < count else 1.0
    return low, high


def section(due: Array, span: tuple[float, float]) -> Array:
    """Which tenth of the window each moment lies in."""
    tenth = np.floor((due - span[0]) * SECTIONS / (span[1] - span[0]))
    return np.clip(tenth, 0, SECTIONS - 1).astype(int)


def half_width(broken: Array, due: Array, span: tuple[float, float]) -> float:
    """Half of the sectioned interval: t · sqrt(k/(k-1) · Σ(x - p·n)² / N²)."""
    which, total = section(due, span), len(broken)
    share = np.count_nonzero(broken) / total
    squares = 0.0
    for k in range(SECTIONS):
        here = broken[which == k]
        squares += (np.count_nonzero(here) - share * len(here)) ** 2
    return T_NINE * math.sqrt(SECTIONS / (SECTIONS - 1) * squares / total**2)


def interval(broken: Array, due: Array, span: tuple[float, float]) -> tuple[float, float]:
    """The sectioned interval, never narrower than the exact one."""
    share, half = np.count_nonzero(broken) / len(broken), half_width(broken, due, span)
    low, high = exact(int(np.count_nonzero(broken)), len(broken))
    return max(0.0, min(low, share - half)), min(1.0, max(high, share + half))


def needed(tolerated: float) -> float:
    """Rows without which nothing passes: 3 over what is tolerated."""
    return math.ceil(round(3 / tolerated, 9)) if tolerated > 0 else math.inf


def decided(
    broken: Array, touching: Array, due: Array, span: tuple[float, float], tolerated: float
) -> tuple[tuple[float, float], float]:
    """The interval that decides, and the p of a fail; by the exact binomial alone of few rows.

    `touching`: broken, or just at its limit, which no pass may be.
    """
    count, many = len(broken), int(np.count_nonzero(broken))
    p = 1.0
    if many > tolerated * count:
        p = min(1.0, 2 * beta(tolerated, many, count - many + 1))
    if count < needed(tolerated):
        return (exact(many, count)[0], exact(int(np.count_nonzero(touching)), count)[1]), p
    if many > tolerated * count:
        p = max(p, beyond(many / count, half_width(broken, due, span), tolerated))
    return (interval(broken, due, span)[0], interval(touching, due, span)[1]), p


def beyond(measured: float, half: float, limit: float) -> float:
    """Two-sided p, Student's t with 9 degrees, of a measure beyond a limit; `half` its doubt."""
    if not half:
        return 0.0
    t = abs(measured - limit) * T_NINE / abs(half)
    return beta(9 / (9 + t * t), 4.5, 0.5)


def quantile(values: Array, q: float) -> float:
    """The smallest value that at least a share q reach or stay under."""
    ordered = np.sort(values)
    return float(ordered[max(0, math.ceil(round(q * len(ordered), 9)) - 1)])
