"""The schools and classes of a territory, at full scale, as columns. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rentree.errors import UsageError
from rentree.profile import Coming
from rentree.schedule import Ints, draws
from rentree.sizes import classes_for, schools_for

Flags = NDArray[np.bool_]

FIRST, BEYOND = 16, 200  # 127.16.0.1 and up are schools; from 127.200.0.1 floods are sent
MOST = (BEYOND - FIRST) * 256 * 254  # schools that have an address of their own


@dataclass(frozen=True, eq=False)
class Schools:
    """What pupils fill, in the order in which they do."""

    names: list[str]  # one a school: “north/lycée-01”
    levels: list[str]  # one a school
    school: Ints  # class → place of its school in `names`
    place: Ints  # class → its number within its school, from 1
    seats: Ints  # class → its pupils

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(self.school)


def schools_of(coming: Coming, words: tuple[object, ...]) -> Schools:
    """As the profile says: all alike, or of recorded sizes, drawn by `words`."""
    return _alike(coming) if coming.schools is None else _recorded(coming, words)


def _alike(coming: Coming) -> Schools:
    """Classes of so many, so many a school: levels share them evenly, schools fill up."""
    pupils, of, per_school = coming.come["pupil"], coming.classes.of, coming.classes.per_school
    count = -(-pupils // of)
    seats = np.full(count, of, dtype=np.int64)
    seats[-1] = pupils - of * (count - 1)
    levels = coming.unit.levels
    each = [np.arange(count // len(levels) + (k < count % len(levels))) for k in range(len(levels))]
    ranks = [places // per_school for places in each]
    return _named(coming, ranks, [places % per_school + 1 for places in each], seats)


def _recorded(coming: Coming, words: tuple[object, ...]) -> Schools:
    levels = coming.unit.levels
    shares = coming.schools.shares if coming.schools is not None else {}
    parts = [shares.get(level, 0.0) if shares else 1 / len(levels) for level in levels]
    upto = np.rint(np.cumsum([0.0, *parts]) / sum(parts) * coming.come["pupil"]).astype(np.int64)
    ranks, places, seats = [], [], []
    for level, pupils in zip(levels, np.diff(upto).tolist(), strict=True):
        sizes = schools_for(pupils, level, (*words, level))
        rank, seats_here = classes_for(sizes, level, (*words, level))
        ranks.append(rank)
        places.append(np.arange(len(rank)) - np.searchsorted(rank, rank) + 1)
        seats.append(seats_here)
    return _named(coming, ranks, places, np.concatenate(seats))


def _named(coming: Coming, ranks: list[Ints], places: list[Ints], seats: Ints) -> Schools:
    """From level by level: class → rank of its school at that level, and its place in there."""
    names: list[str] = []
    levels: list[str] = []
    schools: list[Ints] = []
    for level, rank in zip(coming.unit.levels, ranks, strict=True):
        schools.append(rank + len(names))
        here = int(rank[-1]) + 1 if len(rank) else 0
        names += [f"{coming.territory}/{level}-{i + 1:02}" for i in range(here)]
        levels += [level] * here
    return Schools(names, levels, np.concatenate(schools), np.concatenate(places), seats)


def address(school: int) -> str:
    """The source address of the school numbered `school`, from 1: 127.16.0.1 and up.

    Raises:
        UsageError: there are more schools than such addresses.
    """
    if school > MOST:
        raise UsageError(
            f"more than {MOST:,} schools: each has an address of its own on loopback, and there "
            "are no more (give schools more classes: `classes: {per_school: …}`)"
        )
    high, low = divmod(school - 1, 254)
    return f"127.{FIRST + high // 256}.{high % 256}.{low + 1}"


def kept(schools: Schools, scale: float, words: tuple[object, ...]) -> Flags:
    """Which classes come: whole schools in an order drawn by `words`, the last one in part."""
    wanted = max(1, round(scale * schools.classes))
    by_name = np.argsort(np.array(schools.names), kind="stable")
    rank = np.empty(len(by_name), dtype=np.int64)
    order = np.argsort(draws(len(by_name), *words, "schools"), kind="stable")
    rank[by_name[order]] = np.arange(len(by_name))
    flags = np.zeros(schools.classes, dtype=np.bool_)
    flags[np.argsort(rank[schools.school], kind="stable")[:wanted]] = True
    return flags
