"""A timetable by slots that fits a capacity: how wide arrivals must be, who comes when. Pure.

F14: « ça doit être une organisation programmée », not an appointment at eight. Classes come in
slots, level by level, one slot after another; within a slot people come evenly. With P people and
k steps a person, arrivals over W seconds ask for m = P·k / W steps a second. People are drawn, so
the busiest stretch of a day has more than m: its Poisson margin is taken off what may be asked.
What is proposed is a profile's own keys, so that the outlook can show that it fits.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rentree.asked import USABLE, Capacity, asked, bearable
from rentree.crowd import Crowd
from rentree.outlook import Walks
from rentree.profile import Profile
from rentree.quantity import SECOND, Span
from rentree.walks import key_of

MINUTE = 60 * SECOND
DAY = Span(8 * 60 * MINUTE, 18 * 60 * MINUTE)  # 8:00 to 18:00 (domain 3.2)
LONGEST = 180 * MINUTE  # a slot, as in Île-de-France in March 2020 (X15): 8-11 h, 11-14 h, 14-17 h
# A stay that is worth coming for, where the profile has a longer one. Convention.
SHORT = 5 * MINUTE
_CLASS = ["pupil", "teacher"]


@dataclass(frozen=True)
class Pace:
    """What a mean person does, by the journeys."""

    people: int
    steps: float  # each, in all
    bunch: int  # steps of one person within a second, at most
    staying: float  # share of people who stay for the lesson
    brief: float  # µs that the others are inside, mean

    def inside(self, stay: int) -> float:
        """µs that a session is open, mean, when those who stay do so for so long."""
        return self.staying * stay + (1 - self.staying) * self.brief


@dataclass(frozen=True)
class Group:
    """Convened classes of one level, of all territories."""

    level: str
    share: float  # of the level's classes
    people: float


@dataclass(frozen=True)
class Slot:
    """Part `part` of `parts` of a level's convened classes comes in [start, end), µs of the day."""

    level: str
    share: float  # of the level's classes
    part: int
    parts: int
    start: int
    end: int


@dataclass(frozen=True)
class Timetable:
    """Slots one after another; the others come evenly from the first to the last."""

    slots: tuple[Slot, ...]
    stay: int  # µs after being due, at most
    shortened: bool  # the profile's own last ones stay longer

    @property
    def span(self) -> Span:
        """From the first slot to the last, µs of the day."""
        return Span(self.slots[0].start, self.slots[-1].end)


def arrivals(capacity: Capacity, pace: Pace, stay: int) -> float:
    """People a second who may come, mean, when they stay so long."""
    rates = [math.inf]
    for most, each, bunch in (
        (capacity.steps, pace.steps, pace.bunch), (capacity.sign_ins, 1.0, 1),
    ):  # fmt: skip
        if most is not None and each:
            minute = bearable(USABLE * most, 60, math.ceil(each))
            rates.append(min(minute, bearable(most, 1, bunch)) / each)
    if capacity.sessions is not None:
        rates.append(bearable(USABLE * capacity.sessions, 1) / max(pace.inside(stay) / SECOND, 1))
    return min(rates)


def needed(capacity: Capacity, pace: Pace, day: Span, stay: int) -> Capacity:
    """How much would do for all to come within the day: of what `capacity` names."""
    rate = pace.people / max((day.length - stay) / SECOND, 1)

    def flow(each: float, bunch: int) -> float:
        return max(asked(rate * each, 60, math.ceil(each)) / USABLE, asked(rate * each, 1, bunch))

    return Capacity(
        None if capacity.steps is None else flow(pace.steps, pace.bunch),
        None if capacity.sign_ins is None else flow(1.0, 1),
        None if capacity.sessions is None
        else asked(rate * pace.inside(stay) / SECOND, 1) / USABLE,
    )  # fmt: skip


def pace_of(crowd: Crowd, walks: Walks) -> Pace:
    """The mean of a crowd, with the accounts that are to be created first."""
    people: Counter[str] = Counter()
    for (territory, persona), many in crowd.counts.items():
        people[key_of(walks, territory, persona)] += many
    return pace(people, walks, int(crowd.new_account.sum()))


def pace(people: Mapping[str, int], walks: Walks, creating: int = 0) -> Pace:
    """The mean of people who walk so, at the scenario's own clock.

    `people`: whose journey (`rentree.walks`) → how many. So many of them are `creating` their
    account: one step more, in the second in which they sign in.
    """
    steps, brief = float(creating), 0.0
    staying, bunch = 0, 1
    first = [0.0] if creating else []
    for walk, many in people.items():
        moments: list[float] = []
        now, stays = 0.0, False
        for move in walks.get(walk, ()):
            if move[0] == "step":
                moments.append(now)
            elif move[0] == "think":
                now += (float(move[1]) + float(move[2])) / 2
            else:
                stays, now = True, now + 1  # whatever is done after it is another second's
        each = [*first, *moments]
        bunch = max([bunch, *(sum(a <= t < a + 1 for t in each) for a in each)])
        steps += many * len(moments)
        staying += many * stays
        brief += 0 if stays else many * now * SECOND
    everybody = sum(people.values())
    return Pace(
        everybody, steps / max(everybody, 1), bunch, staying / max(everybody, 1),
        brief / max(everybody - staying, 1),
    )  # fmt: skip


def groups(crowd: Crowd, profile: Profile) -> list[Group]:
    """Who is convened, level by level: classes of pupils, and whoever else comes with them."""
    levels, wanted = list(dict.fromkeys(crowd.levels)), personas(profile)
    of = np.array([levels.index(level) for level in crowd.levels])[crowd.school]
    people = np.zeros(len(levels), dtype=np.int64)
    called = np.zeros(len(levels))
    for i, group in enumerate(crowd.groups):
        if group.persona in wanted:
            here = np.bincount(of[crowd.class_[crowd.group == i]], minlength=len(levels))
            people += here
            called += here * [_convened(profile, group.territory, level) for level in levels]
    rows = zip(levels, people.tolist(), called.tolist(), strict=True)
    return [Group(level, many / n, many) for level, n, many in rows if many]


def personas(profile: Profile) -> list[str]:
    """Who comes with a class that is convened."""
    return list(dict.fromkeys(p for b in profile.bells for p in b.convenes)) or _CLASS


def _convened(profile: Profile, territory: str, level: str) -> float:
    """Share of a territory's classes of a level that the bells convene; all where there is none."""
    if not any(b.convenes.get("pupil") for b in profile.bells):
        return 1.0
    return min(sum(bell.share(territory, "pupil", level) for bell in profile.bells), 1.0)


def last_stay(profile: Profile) -> int:
    """µs that the last who come stay in the profile: so long everybody is to stay."""
    stay = profile.behaviour.stay
    if stay.at_most is not None:
        return stay.at_most
    ends = [bell.arrive.to for bell in profile.bells]
    ends += [profile.others.arrive.to] if profile.others else []
    return max(stay.until - max(ends), SECOND)


def fitted(
    capacity: Capacity, pace: Pace, convened: Sequence[Group], day: Span, stay: int,
    slack: float = 1.0,
) -> Timetable | None:  # fmt: skip
    """The shortest timetable in the day; those who stay do so as in the profile, or for less.

    `slack` widens it by a factor. None: nothing fits.
    """
    for each in _stays(stay):
        rate = arrivals(capacity, pace, each)
        if rate <= 0:
            return None
        length = pace.people / rate * SECOND * slack
        slots = tuple(_slots(convened, length, day.start)) if length <= day.length else ()
        if slots and slots[-1].end + each <= day.end:
            return Timetable(slots, each, each < stay)
    return None


def _stays(stay: int) -> Iterator[int]:
    """As in the profile, then minute by minute less."""
    yield stay
    yield from (m for m in range((stay - 1) // MINUTE * MINUTE, SHORT - 1, -MINUTE) if m < stay)


def _slots(convened: Sequence[Group], length: float, start: int) -> Iterator[Slot]:
    """As few as may be, whole minutes each: a level's classes in one slot, or in equal ones."""
    everybody = sum(group.people for group in convened)
    for group in convened:
        wide = length * group.people / everybody
        parts = math.ceil(wide / LONGEST)
        each = math.ceil(wide / parts / MINUTE) * MINUTE
        for part in range(parts):
            share = group.share / parts
            yield Slot(group.level, share, part + 1, parts, start, start + each)
            start += each
