"""The crowd: territory × persona → people with school, class, address and due time. Pure, seeded.

The whole crowd is made at full scale, whatever part of it then comes: so a rehearsal at 1 %
is made of people, classes and due times of the real thing, and so are any number of workers.
It is kept as columns, because a country has 12 million pupils; a row is made when it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, Self, overload

import numpy as np
from numpy.typing import NDArray

from rentree.profile import Profile
from rentree.schedule import Floats, Ints, draws, due_times
from rentree.schools import Flags, Schools, address, kept, schools_of

_AT_ONCE = 4_096  # rows that are made in one go
Progress = Callable[[int, int], None]  # people made so far, of how many


class Member(NamedTuple):
    """One person of the crowd. `due` is µs since the run began; `address` 127.x.y.z."""

    arrival: int  # position in the crowd by due time: arrival i falls to worker i % N
    person: str
    territory: str
    school: str
    level: str
    class_: str
    persona: str
    address: str
    login: str
    name: str
    convened: bool
    due: int
    platform: str
    control: bool = False  # looks like no tester
    home: str = ""  # name of their home network; empty: not said
    new_account: bool = False  # must create it before they can sign in


class Group(NamedTuple):
    """The people of one territory and persona: they are numbered from 1."""

    territory: str
    persona: str
    platform: str

    @property
    def prefix(self) -> str:
        """What the names of its people begin with."""
        return f"{self.territory}/{self.persona}-"


@dataclass(frozen=True, eq=False)
class Crowd(Sequence[Member]):
    """Everybody, in order of (due time, group, number): columns, a row a person.

    A row of `group`, `class_` and of `school` is a place in `groups`, in the classes and in
    `schools`. Up to 99,999 people a group the order is that of (due time, person).
    """

    groups: list[Group]  # in the order of their prefixes
    schools: list[str]
    levels: list[str]  # one a school
    addresses: list[str]  # one a school
    school: Ints  # one a class
    place: Ints  # one a class: its number within its school
    group: NDArray[np.uint16]
    number: NDArray[np.int32]
    class_: NDArray[np.int32]
    due: Ints
    convened: Flags
    control: Flags
    homes: list[str]  # names of networks
    home: NDArray[np.uint8]  # place in `homes`
    new_account: Flags
    accounts: tuple[list[str], list[str]] | None = None  # logins and names; None: made from ours

    def __len__(self) -> int:
        """How many people there are."""
        return len(self.due)

    @overload
    def __getitem__(self, at: int) -> Member: ...
    @overload
    def __getitem__(self, at: slice) -> list[Member]: ...
    def __getitem__(self, at: int | slice) -> Member | list[Member]:
        """Somebody, or some in a row, by arrival."""
        if isinstance(at, slice):
            return list(self._rows(np.arange(len(self))[at]))
        return next(self._rows(np.arange(len(self))[[at]]))

    def __iter__(self) -> Iterator[Member]:
        """Everybody, by arrival."""
        for start in range(0, len(self), _AT_ONCE):
            yield from self._rows(np.arange(start, min(start + _AT_ONCE, len(self))))

    @cached_property
    def classes(self) -> list[str]:
        """The name of each class, at full scale."""
        rows = zip(self.school.tolist(), self.place.tolist(), strict=True)
        return [f"{self.schools[school]}/c{place:02}" for school, place in rows]

    @cached_property
    def counts(self) -> dict[tuple[str, str], int]:
        """(territory, persona) → people; who does not come at all is left out."""
        found = np.bincount(self.group, minlength=len(self.groups)).tolist()
        return {g[:2]: n for g, n in zip(self.groups, found, strict=True) if n}

    @cached_property
    def per_school(self) -> Ints:
        """People of each school, 0 for one that does not come: so many share its address."""
        return np.bincount(self.school[self.class_], minlength=len(self.schools))

    def signing_in_as(self, members: Iterable[Member]) -> Self:
        """The same people with the logins and names of these rows of theirs."""
        logins, names = [], []
        for member in members:
            logins.append(member.login)
            names.append(member.name)
        return replace(self, accounts=(logins, names))

    def with_accounts(self) -> Self:
        """The same people, of whom everybody has an account."""
        return replace(self, new_account=np.zeros_like(self.new_account))

    def _rows(self, at: Ints) -> Iterator[Member]:
        columns: list[NDArray[Any]] = [
            at, self.group[at], self.number[at], self.class_[at], self.school[self.class_[at]],
            self.due[at], self.convened[at], self.control[at], self.home[at],
            self.new_account[at],
        ]  # fmt: skip
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for i, group, number, class_, school, due, convened, control, home, new in rows:
            territory, persona, platform = self.groups[group]
            tail = f"{persona}-{number:05}"
            login, name = f"{territory}.{tail}", f"{persona.capitalize()} {number}"
            if self.accounts is not None:
                login, name = self.accounts[0][i], self.accounts[1][i]
            yield Member(
                i, f"{territory}/{tail}", territory, self.schools[school], self.levels[school],
                self.classes[class_], persona, self.addresses[school], login, name, convened, due,
                platform, control, self.homes[home], new,
            )  # fmt: skip


def crowd(
    profile: Profile,
    *,
    seed: int,
    challenge: str = "",
    scale: float = 1.0,
    clock: float = 1.0,
    progress: Progress | None = None,
) -> Crowd:
    """Make the people of a profile, in order of their due times.

    `scale` (0..1] takes whole classes, school by school; `clock` compresses due times; `progress`
    hears how many people are made, of how many.

    Raises:
        UsageError: there are more schools than addresses.
    """
    made: list[tuple[Group, _People]] = []
    towns: list[Schools] = []
    done, of, classes = 0, sum(sum(c.come.values()) for c in profile.crowd), 0
    for coming in profile.crowd:
        words = (seed, challenge, coming.territory)
        town = schools_of(coming, words)
        come = kept(town, scale, words)
        rank = _ranks(town.classes, words)
        for persona, count in coming.come.items():
            group = Group(coming.territory, persona, coming.platform)
            bell = _bells(profile, group, rank, town)
            people = _people(profile, group, count, town, come, bell, words, clock)
            made.append((group, people._replace(class_=people.class_ + np.int32(classes))))
            done += count
            if progress is not None:
                progress(done, of)
        towns.append(town)
        classes += town.classes
    return _in_order(made, towns, list(profile.homes) or [""])


def password(seed: int, login: str) -> str:
    """The password of a synthetic account of the sandbox."""
    return hashlib.blake2b(f"{seed}\x1f{login}".encode(), digest_size=9).hexdigest()


class _People(NamedTuple):
    """Those of one group who come, by number."""

    number: NDArray[np.int32]
    class_: NDArray[np.int32]
    due: Ints
    convened: Flags
    control: Flags
    home: NDArray[np.uint8]
    new_account: Flags


def _ranks(classes: int, words: tuple[object, ...]) -> Ints:
    """Class → its rank when classes are convened."""
    rank = np.empty(classes, dtype=np.int64)
    rank[np.argsort(draws(classes, *words, "convened"), kind="stable")] = np.arange(classes)
    return rank


def _people(
    profile: Profile,
    group: Group,
    count: int,
    town: Schools,
    come: Flags,
    bell_of: NDArray[np.int16],
    words: tuple[object, ...],
    clock: float,
) -> _People:
    number, persona = np.arange(count, dtype=np.int32), group.persona
    if persona == "pupil":  # they fill the classes one by one
        class_ = np.repeat(np.arange(town.classes, dtype=np.int32), town.seats)
    else:  # everybody else belongs to them in turn
        class_ = number % np.int32(town.classes)
    u = draws(count, *words, persona, "due")

    def some(share: float, word: str) -> Flags:
        """So large a share of them, drawn for this word."""
        if not share:
            return np.zeros(count, dtype=np.bool_)
        return draws(count, *words, persona, word) < share

    control = some(profile.behaviour.control, "control")
    new_account = some(profile.new_accounts.share.get(persona, 0.0), "new account")
    home = np.zeros(count, dtype=np.uint8)
    if len(profile.homes) > 1:
        upto = np.cumsum(list(profile.homes.values()))[:-1]
        drawn = draws(count, *words, persona, "home")
        home = np.searchsorted(upto, drawn, side="right").astype(np.uint8)
    if not come.all():
        here = come[class_]
        number, class_, u = number[here], class_[here], u[here]
        control, home, new_account = control[here], home[here], new_account[here]
    bell = bell_of[class_]
    due = np.empty(len(number), dtype=np.int64)
    for each in np.unique(bell).tolist():
        at = bell == each
        due[at] = _due(profile, each, persona, u[at], clock)
    convened = bell < len(profile.bells)
    return _People(number + np.int32(1), class_, due, convened, control, home, new_account)


def _bells(profile: Profile, group: Group, rank: Ints, town: Schools) -> NDArray[np.int16]:
    """Class → the number of its bell, of the others' when none convenes it.

    Bells take the classes one after another, in the order of their ranks. Where a bell is of some
    levels only, each level's classes are taken by themselves.
    """
    if not any(bell.levels for bell in profile.bells):
        return _taken(profile, group, rank)
    found = np.full(len(rank), len(profile.bells), dtype=np.int16)
    level_of = np.array(town.levels)[town.school]
    for level in dict.fromkeys(town.levels):
        here = level_of == level
        within = np.argsort(np.argsort(rank[here]))
        found[here] = _taken(profile, group, within, level)
    return found


def _taken(profile: Profile, group: Group, rank: Ints, level: str = "") -> NDArray[np.int16]:
    """Class → its bell, among those that convene that level."""
    shares = [bell.share(group.territory, group.persona, level) for bell in profile.bells]
    reached = 0.0
    limits = [round((reached := reached + share) * len(rank)) for share in shares]
    return np.searchsorted(np.array(limits, dtype=np.int64), rank, side="right").astype(np.int16)


def _due(profile: Profile, number: int, persona: str, u: Floats, clock: float) -> Ints:
    """When each of a persona is due at that bell, or when the others are."""
    if number == len(profile.bells):
        assert profile.others is not None  # noqa: S101  # the profile was checked for it
        arrive, at, earlier = profile.others.arrive, profile.others.arrive.from_, 0
    else:
        bell = profile.bells[number]
        arrive, at, earlier = bell.arrive, bell.at, bell.earlier.get(persona, 0)
    times = due_times(arrive.curve, u, arrive.from_, arrive.to, at)
    return np.rint((times - earlier - profile.starts_at) / clock).astype(np.int64)


def _in_order(made: list[tuple[Group, _People]], towns: list[Schools], homes: list[str]) -> Crowd:
    """One line of them all."""
    made.sort(key=lambda group: group[0].prefix)
    number, class_, due, convened, control, home, new_account = (
        np.concatenate(column) for column in zip(*(people for _, people in made), strict=True)
    )
    sizes = [len(people.due) for _, people in made]
    made, groups = [], [group for group, _ in made]
    group = np.repeat(np.arange(len(groups), dtype=np.uint16), sizes)
    due, order = _sorted(due)
    firsts = np.cumsum([0, *(len(town.names) for town in towns)]).tolist()
    schools = [name for town in towns for name in town.names]
    return Crowd(
        groups=groups,
        schools=schools,
        levels=[level for town in towns for level in town.levels],
        addresses=[address(i + 1) for i in range(len(schools))],
        school=np.concatenate([t.school + f for t, f in zip(towns, firsts, strict=False)]),
        place=np.concatenate([town.place for town in towns]),
        group=group[order],
        number=number[order],
        class_=class_[order],
        due=due,
        convened=convened[order],
        control=control[order],
        homes=homes,
        home=home[order],
        new_account=new_account[order],
    )


def _sorted(times: Ints) -> tuple[Ints, Ints]:
    """Times in order, and the places where they stood, ties as they stood.

    Time and place make one number of 63 bits, which is several times as fast as a stable argsort:
    enough for a day in µs and 67 million people.
    """
    places = len(times).bit_length()
    both = np.sort((times << places) | np.arange(len(times)))
    return both >> places, both & ((1 << places) - 1)
