"""What of a capacity may be asked, and what an outlook asks: peaks, use, margin. Pure.

People are drawn, so the busiest stretch of a day has more than the mean: that margin is Poisson's.
A minute may ask a part of what holds (`USABLE`), a single second all of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from rentree.outlook import Counts, Outlook
from rentree.sample import SIGN_IN

# Of what holds, what a minute may ask. Convention: in a queue waiting grows as use / (1 − use), 2.3
# times a service at 70 % and 9 at 90 %; our own processes have the same limit (`rentree.sizing`).
# So with places: who closes the browser keeps theirs, and the Eure with slots filled 72 % (6 160
# of 8 500).
USABLE = 0.7
DAY_S = 36_000  # 8:00 to 18:00 (domain 3.2)
RISK = 0.01  # that the busiest stretch of a day asks for more than was reckoned; convention


@dataclass(frozen=True)
class Capacity:
    """What a platform bears; None: not said."""

    steps: float | None = None  # a second
    sign_ins: float | None = None  # a second
    sessions: float | None = None  # open at once
    of: tuple[str, ...] = field(default=(), kw_only=True)  # profiles that it was measured with

    def and_(self, other: Capacity) -> Capacity:
        """Both bind: the smaller of each."""
        pairs = (
            (self.steps, other.steps), (self.sign_ins, other.sign_ins),
            (self.sessions, other.sessions),
        )  # fmt: skip
        steps, sign_ins, sessions = (
            min((v for v in p if v is not None), default=None) for p in pairs
        )
        return Capacity(steps, sign_ins, sessions, of=self.of + other.of)

    def told(self) -> list[tuple[float, str]]:
        """Each of those that are said, with its unit."""
        each = [(self.steps, "steps/s"), (self.sign_ins, "sign-ins/s"), (self.sessions, "sessions")]
        return [(value, unit) for value, unit in each if value is not None]


@dataclass(frozen=True)
class Peak:
    """The most that is asked at once: in a second, and over a minute (a second, its mean)."""

    second: float
    minute: float

    def fits(self, most: float | None) -> bool:
        """Whether a platform that bears so much a second has room to spare."""
        return most is None or (self.second <= most and self.minute <= USABLE * most)


@dataclass(frozen=True)
class Demand:
    """What an outlook asks of a platform at its peaks."""

    steps: Peak
    sign_ins: Peak
    sessions: float

    def fits(self, capacity: Capacity) -> bool:
        """Whether all of it does."""
        places = capacity.sessions is None or self.sessions <= USABLE * capacity.sessions
        return self.steps.fits(capacity.steps) and self.sign_ins.fits(capacity.sign_ins) and places


def asked(mean: float, stretch: int, bunch: float = 1) -> float:
    """What the busiest stretch (s) of a day asks, a second, where `mean` is asked in all.

    The count is Poisson's, of bunches of so many: M + z·√(M·b) + b·(z² − 1)/6 (Cornish and Fisher,
    1938), z by the number of stretches in a day, so that one day in a hundred has more.
    """
    z, count = _z(stretch), mean * stretch
    return (count + z * math.sqrt(count * bunch) + bunch * (z * z - 1) / 6) / stretch


def bearable(most: float, stretch: int, bunch: float = 1) -> float:
    """The mean, a second, of which the busiest stretch asks `most`: `asked`, turned round."""
    z = _z(stretch)
    room = most * stretch - bunch * (z * z - 1) / 6
    if room <= 0:
        return 0.0
    wide = z * math.sqrt(bunch)
    return ((math.sqrt(wide * wide + 4 * room) - wide) / 2) ** 2 / stretch


def _z(stretch: int) -> float:
    stretches = DAY_S / stretch
    return NormalDist().inv_cdf(1 - RISK / stretches)


def demand(seen: Outlook) -> Demand:
    """The peaks of an outlook."""
    nothing = np.zeros_like(seen.sessions)
    steps = np.sum([nothing, *seen.steps.values()], axis=0)
    signing_in = seen.steps.get(SIGN_IN, nothing)
    return Demand(
        _peak(seen.per_second(steps)), _peak(seen.per_second(signing_in)),
        float(seen.sessions.max(initial=0.0)),
    )  # fmt: skip


def _peak(each: Counts) -> Peak:
    wide = min(60, len(each))
    sums = np.concatenate([[0.0], np.cumsum(each)])
    minutes = (sums[wide:] - sums[:-wide]) / wide
    return Peak(float(each.max(initial=0.0)), float(minutes.max(initial=0.0)))
