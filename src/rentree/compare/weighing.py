"""Which changes got worse: beyond chance, by Holm over all of them, and beyond the least change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rentree.compare.doubt import Change
from rentree.judge.holm import standing
from rentree.words import Words

State = Literal["worse", "better", "same", "open"]


@dataclass(frozen=True)
class Least:
    """The smallest change that matters."""

    time: float = 0.10  # of a time, as a share of it
    moment: float = 0.010  # s, of a time: less is a machine's own, whatever its share
    share: float = 0.01  # of a share, in its own unit: 0.01 is one point


@dataclass(frozen=True)
class Compared:
    """One figure of both sides."""

    id: str  # "median/home/bell", "not ok/home/bell", or a finding's
    what: Words  # "home, median"
    window: str  # phase; "": the whole run
    unit: Literal["s", "share"]
    change: Change | None  # None: exact, one is enough (a leak, a loss)
    more_is_worse: bool = True
    ours: float = 0.0  # s of a time that may be our own machine's doing
    exact_state: State = "same"
    state: State = "open"

    @property
    def factor(self) -> float:
        """How far apart: the factor of a time, the difference of a share, + as it got larger."""
        if self.change is None:
            return 0.0
        before, after = self.change.before, self.change.after
        if self.unit == "share":
            return after - before
        return after / before if before else float("inf")


def weighed(compared: Sequence[Compared], least: Least) -> list[Compared]:
    """Every figure with its state, the worst first."""
    tested = [one for one in compared if one.change is not None]
    stand = standing([one.change.p for one in tested if one.change is not None], len(tested))
    sure = {one.id for one, stands in zip(tested, stand, strict=True) if stands}
    states = [replace(one, state=_state(one, one.id in sure, least)) for one in compared]
    order: list[State] = ["worse", "open", "better", "same"]
    return sorted(states, key=lambda one: (order.index(one.state), -_badness(one)))


def _state(one: Compared, sure: bool, least: Least) -> State:
    if one.change is None:
        return one.exact_state
    low, high = one.change.interval
    if one.unit == "share":
        bounds, apart = (-least.share, least.share), one.factor
        narrow = bounds
    else:
        bounds, apart = _around(one, least, max(least.moment, one.ours)), one.factor
        narrow = _around(one, least, least.moment)  # our own lateness makes nothing the same
    if sure and not bounds[0] <= round(apart, 9) <= bounds[1]:
        return "worse" if (apart > bounds[1]) == one.more_is_worse else "better"
    return "same" if narrow[0] <= low and high <= narrow[1] else "open"


def _around(one: Compared, least: Least, moment: float) -> tuple[float, float]:
    """The factors of a time between which a change does not matter; `moment`: s that do not."""
    before = one.change.before if one.change is not None else 0.0
    wide = max(least.time, moment / before if before else 0.0)
    return 1 / (1 + wide), 1 + wide


def _badness(one: Compared) -> float:
    if one.change is None:
        return float("inf")
    size = one.factor if one.unit == "share" else one.factor - 1
    return size if one.more_is_worse else -size
