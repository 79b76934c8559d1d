"""How large schools and their classes are, by level: distributions, and where each figure is from.

Recorded: the open data of the ministry for Ille-et-Vilaine. 676 écoles in 2020, with 63, 143 and
292 pupils at the tenth, the half and nine tenths, 23.0 a class; 108 collèges in 2019-20, of 524 on
average and 548 in the middle; lycées of 1,108 on average (general and technological), 1,039
(polyvalent) and 319 (vocational). 23.8 pupils a class elsewhere (F10: 2.5 M in 105 000 classes).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rentree.schedule import Floats, Ints, draws

Level = Literal["école", "collège", "lycée"]

_TENTH = 1.2815515655446004  # standard deviations from the middle to nine tenths of a normal
_SPREAD = (
    1 / 3
)  # convention, where only a mean is recorded: the standard deviation is a third of it
_LEAST = 1 / 10  # convention: of the middle; no school there is smaller
CLASS_SPREAD = 0.12  # convention: standard deviation of classes of one school, of their mean
CLASS = {"école": 23.0, "collège": 23.8, "lycée": 23.8}  # pupils a class


@dataclass(frozen=True)
class Sizes:
    """A normal distribution with a standard deviation of its own on either side of its middle.

    With `log` it is the logarithm of the size that is so distributed.
    """

    middle: float  # pupils
    below: float  # pupils, or of the logarithm
    above: float
    log: bool = False

    def at(self, u: Floats) -> Ints:
        """Sizes, pupils, for draws in [0, 1)."""
        z = normal(u)
        away = z * np.where(z < 0, self.below, self.above)
        sizes = self.middle * np.exp(away) if self.log else self.middle + away
        return np.rint(np.maximum(sizes, _LEAST * self.middle)).astype(np.int64)


def _around(mean: float) -> Sizes:
    return Sizes(mean, mean * _SPREAD, mean * _SPREAD)


def _skewed(mean: float, middle: float) -> Sizes:
    """Its mean lies (above - below) / √(2π) from its middle."""
    half = (mean - middle) * math.sqrt(2 * math.pi) / 2
    return Sizes(middle, mean * _SPREAD - half, mean * _SPREAD + half)


# Kinds of school of a level: share of the level's schools, sizes. Of lycées, two halves and so many
# vocational ones that these have all of the country's 644 000 vocational pupils (2019, 319 each)
# and the others all 1 620 000 other ones: 2 019 to 1 509, 3 528 together; 3 750 were counted.
KINDS: dict[str, list[tuple[float, Sizes]]] = {
    "école": [(1, Sizes(143, math.log(143 / 63) / _TENTH, math.log(292 / 143) / _TENTH, log=True))],
    "collège": [(1, _skewed(524, 548))],
    "lycée": [(0.572, _around(319)), (0.214, _around(1_108)), (0.214, _around(1_039))],
}


def schools_for(pupils: int, level: Level, words: tuple[object, ...]) -> Ints:
    """Sizes of as many schools, drawn by `words`, as so many pupils fill; the last takes the rest.

    The i-th never depends on how many there are.
    """
    count = 64
    while True:
        kind, u = draws(count, *words, "kind"), draws(count, *words, "size")
        sizes = np.zeros(count, dtype=np.int64)
        reached = 0.0
        for share, of in KINDS[level]:
            sizes = np.where(kind >= reached, of.at(u), sizes)
            reached += share
        filled = np.cumsum(sizes)
        if filled[-1] >= pupils:
            break
        count *= 2
    last = int(np.searchsorted(filled, pupils))
    sizes = sizes[: last + 1]
    sizes[-1] -= filled[last] - pupils
    return sizes[sizes > 0]


def classes_for(sizes: Ints, level: Level, words: tuple[object, ...]) -> tuple[Ints, Ints]:
    """The classes of schools of these sizes: class → its school, class → its pupils, one or more.

    As many as bring their mean next to the recorded one. A school's pupils are shared among them
    by weights around 1.
    """
    count = np.maximum(1, np.rint(sizes / CLASS[level])).astype(np.int64)
    school = np.repeat(np.arange(len(sizes)), count)
    if not len(school):
        return school, school
    firsts = np.cumsum(count) - count
    weight = 1 + CLASS_SPREAD * np.clip(normal(draws(len(school), *words, "class")), -2.5, 2.5)
    whole = np.add.reduceat(weight, firsts)
    reached = np.cumsum(weight)
    within = reached - (reached - weight)[firsts][school]  # of its school, this class included
    upto = np.rint(within / whole[school] * sizes[school]).astype(np.int64)
    before = np.concatenate([[0], upto[:-1]])
    before[firsts] = 0
    return school, upto - before


def normal(u: Floats) -> Floats:
    """Standard normal values for draws in [0, 1)."""
    from scipy.special import ndtri  # noqa: PLC0415  # slow to load, and for this alone

    values: Floats = ndtri(np.maximum(u, 1e-12))
    return values
