"""Which rate to try next, from the tries so far: growth, bisection, and the edge tried again. Pure.

The rate doubles until it fails, then the gap between the highest rate that held and the lowest
that failed is halved, by ratio, to the asked width. Neither edge rests on one lucky rung: each is
tried again until two tries more agree than not, or two of three. A rate at which we ourselves were
not fit says nothing; after three such tries there is no way past it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

GROWTH = 2.0  # from one rung to the next until one fails
LEAST = 0.05  # a second: below it nothing holds
ENOUGH = 3  # tries of one rate
COARSE = 1.3  # while the gap is wider, a shorter rung tells enough

Outcome = Literal["held", "failed", "unfit"]
Why = Literal["found", "limit", "unfit", "nothing", "time", "trouble"]


class Try(NamedTuple):
    """A rate that was tried, a second, and what came of it; `unfit`: our own instrument was."""

    rate: float
    outcome: Outcome


@dataclass(frozen=True)
class Wanted:
    """What is looked for; rates are per second."""

    start: float  # where to begin
    width: float = 0.05  # of the gap, as a share of the rate that held
    at_least: float | None = None  # a rate that is to be decided itself
    most: float = math.inf  # beyond which nobody may ask


@dataclass(frozen=True)
class Next:
    """Try this rate; `coarse`: a shorter rung will do."""

    rate: float
    coarse: bool = False


@dataclass(frozen=True)
class Found:
    """Where the knee is, as far as the tries tell."""

    holds: float | None  # the highest rate that held
    fails: float | None  # the lowest that failed
    holds_surely: bool  # tried again, and held again
    fails_surely: bool
    why: Why

    @property
    def sure(self) -> bool:
        """Whether both edges stand and are as close as was asked."""
        return self.why == "found" and self.holds_surely and self.fails_surely

    def reaches(self, rate: float) -> bool | None:
        """Whether the rate holds; None: not decided."""
        if self.holds is not None and self.holds >= rate and self.holds_surely:
            return True
        if self.fails is not None and self.fails <= rate and self.fails_surely:
            return False
        return None


class _Levels:
    """What the tries say of each rate."""

    def __init__(self, tries: Sequence[Try]) -> None:
        self.tries = tries
        self._count = Counter(tries)
        rates = sorted({one.rate for one in tries})
        self.held = [rate for rate in rates if self.margin(rate) > 0]
        self.failed = [rate for rate in rates if self.margin(rate) < 0]
        self.tied = [rate for rate in rates if not self.margin(rate) and self.told(rate)]
        self.unfit = [
            rate for rate in rates if self.count(rate, "unfit") >= ENOUGH and not self.settled(rate)
        ]
        self.fails = min(self.failed, default=None)
        below = [rate for rate in self.held if self.fails is None or rate < self.fails]
        self.holds = max(below, default=None)

    def count(self, rate: float, outcome: Outcome) -> int:
        return self._count[Try(rate, outcome)]

    def margin(self, rate: float) -> int:
        return self.count(rate, "held") - self.count(rate, "failed")

    def told(self, rate: float) -> int:
        return self.count(rate, "held") + self.count(rate, "failed")

    def settled(self, rate: float) -> bool:
        return abs(self.margin(rate)) >= 2 or self.told(rate) >= ENOUGH

    def found(self, why: Why) -> Found:
        return Found(
            self.holds,
            self.fails,
            self.holds is not None and self.settled(self.holds),
            self.fails is not None and self.settled(self.fails),
            why,
        )


def decide(tries: Sequence[Try], wanted: Wanted) -> Next | Found:
    """The rate to try next, or what was found."""
    levels = _Levels(tries)
    if tries and tries[-1].outcome == "unfit" and tries[-1].rate not in levels.unfit:
        return Next(tries[-1].rate)
    if levels.tied:
        return Next(levels.tied[0])
    if levels.fails is None:
        return _grow(levels, wanted)
    if max(levels.held, default=0.0) > levels.fails and not levels.settled(levels.fails):
        return Next(levels.fails)  # more has held since: was it chance?
    if levels.holds is None:
        return _shrink(levels, levels.fails)
    return _close_in(levels, levels.holds, levels.fails, wanted)


def so_far(tries: Sequence[Try], why: Why = "time") -> Found:
    """What the tries tell when there is no time for another, or something else ends the search."""
    return _Levels(tries).found(why)


def _grow(levels: _Levels, wanted: Wanted) -> Next | Found:
    if levels.holds is None:
        return levels.found("unfit") if levels.unfit else Next(wanted.start, coarse=True)
    further = min(levels.holds * GROWTH, wanted.most)
    if levels.unfit or further <= levels.holds:
        if not levels.settled(levels.holds):
            return Next(levels.holds)
        return levels.found("unfit" if levels.unfit else "limit")
    return Next(further, coarse=True)


def _shrink(levels: _Levels, fails: float) -> Next | Found:
    if any(rate < fails for rate in levels.unfit):
        return levels.found("unfit")
    less = fails / GROWTH
    if less >= LEAST:
        return Next(less, coarse=True)
    return levels.found("nothing") if levels.settled(fails) else Next(fails)


def _close_in(levels: _Levels, holds: float, fails: float, wanted: Wanted) -> Next | Found:
    if any(holds <= rate <= fails for rate in levels.unfit):
        return levels.found("unfit")
    if fails / holds > 1 + wanted.width + 1e-9:
        middle = math.sqrt(holds * fails)
        asked = wanted.at_least
        if asked is not None and holds < asked < fails:
            middle = asked
        return Next(middle, coarse=fails / holds > COARSE)
    for edge in (holds, fails):
        if not levels.settled(edge):
            return Next(edge)
    return levels.found("found")
