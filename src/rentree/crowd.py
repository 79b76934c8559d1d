"""The crowd: territory × persona → people with school, class, address and due time. Pure, seeded.

The whole crowd is made at full scale, whatever part of it then comes: so a rehearsal at 1 %
is made of people, classes and due times of the real thing, and so are any number of workers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rentree.profile import Coming, Profile
from rentree.schedule import Floats, draws, due_times


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


@dataclass(frozen=True)
class SchoolClass:
    """One class, at full scale."""

    number: int  # within its territory
    id: str
    school: str
    level: str
    address: str


def crowd(
    profile: Profile, *, seed: int, challenge: str = "", scale: float = 1.0, clock: float = 1.0
) -> list[Member]:
    """Make the people of a profile, in order of their due times.

    `scale` (0..1] takes whole classes, school by school; `clock` compresses due times.
    """
    members: list[Member] = []
    first_school = 0
    for coming in profile.crowd:
        classes = _classes(coming, first_school)
        first_school += len({c.school for c in classes})
        kept = _kept(classes, scale, (seed, challenge, coming.territory))
        members += _members(profile, coming, classes, kept, seeds=(seed, challenge), clock=clock)
    members.sort(key=lambda m: (m.due, m.person))
    return [m._replace(arrival=i) for i, m in enumerate(members)]


def password(seed: int, login: str) -> str:
    """The password of a synthetic account of the sandbox."""
    return hashlib.blake2b(f"{seed}\x1f{login}".encode(), digest_size=9).hexdigest()


def _classes(coming: Coming, first_school: int) -> list[SchoolClass]:
    """The classes of a territory: levels share them evenly, schools fill up one by one."""
    count = -(-coming.come["pupil"] // coming.classes.of)
    levels = coming.unit.levels
    classes: list[SchoolClass] = []
    school_number = first_school
    for k, level in enumerate(levels):
        of_level = count // len(levels) + (k < count % len(levels))
        for i in range(of_level):
            if i % coming.classes.per_school == 0:
                school_number += 1
            rank = i // coming.classes.per_school + 1
            school = f"{coming.territory}/{level}-{rank:02}"
            name = f"{school}/c{i % coming.classes.per_school + 1:02}"
            classes.append(SchoolClass(len(classes), name, school, level, _address(school_number)))
    return classes


def _address(school: int) -> str:
    """The source address of the school numbered `school`, from 1: 127.16.0.1 and up."""
    high, low = divmod(school - 1, 254)
    return f"127.{16 + high // 256}.{high % 256}.{low + 1}"


def _kept(classes: list[SchoolClass], scale: float, words: tuple[object, ...]) -> set[int]:
    """Numbers of the classes that come: whole schools in seeded order, the last one in part."""
    wanted = max(1, round(scale * len(classes)))
    schools = sorted({c.school for c in classes})
    order = np.argsort(draws(len(schools), *words, "schools"), kind="stable")
    rank = {schools[int(s)]: i for i, s in enumerate(order)}
    return {c.number for c in sorted(classes, key=lambda c: (rank[c.school], c.number))[:wanted]}


def _members(
    profile: Profile,
    coming: Coming,
    classes: list[SchoolClass],
    kept: set[int],
    *,
    seeds: tuple[object, ...],
    clock: float,
) -> Iterator[Member]:
    order = np.argsort(draws(len(classes), *seeds, coming.territory, "convened"), kind="stable")
    place = {int(number): i for i, number in enumerate(order)}  # class → its rank when convened
    for persona, count in coming.come.items():
        u = draws(count, *seeds, coming.territory, persona, "due")
        drawn = draws(count, *seeds, coming.territory, persona, "control")
        bells = [_bell(profile, persona, place[c.number], len(classes)) for c in classes]
        due = {bell: _due(profile, bell, persona, u, clock) for bell in set(bells)}
        title = persona.capitalize()
        for i in range(count):
            # Pupils fill the classes one by one; everybody else belongs to them in turn.
            number = i // coming.classes.of if persona == "pupil" else i % len(classes)
            if number not in kept:
                continue
            school_class, bell = classes[number], bells[number]
            person = f"{coming.territory}/{persona}-{i + 1:05}"
            yield Member(
                arrival=0,
                person=person,
                territory=coming.territory,
                school=school_class.school,
                level=school_class.level,
                class_=school_class.id,
                persona=persona,
                address=school_class.address,
                login=person.replace("/", "."),
                name=f"{title} {i + 1}",
                convened=bell is not None,
                due=due[bell][i],
                platform=coming.platform,
                control=bool(drawn[i] < profile.behaviour.control),
            )


def _bell(profile: Profile, persona: str, rank: int, classes: int) -> int | None:
    """The number of the bell that convenes a class of that rank: they take one after another."""
    reached = 0.0
    for number, bell in enumerate(profile.bells):
        reached += bell.convenes.get(persona, 0.0)
        if rank < round(reached * classes):
            return number
    return None


def _due(profile: Profile, number: int | None, persona: str, u: Floats, clock: float) -> list[int]:
    """When each of a persona would be due at that bell."""
    if number is None:
        assert profile.others is not None  # noqa: S101  # the profile was checked for it
        arrive, at, earlier = profile.others.arrive, profile.others.arrive.from_, 0
    else:
        bell = profile.bells[number]
        arrive, at, earlier = bell.arrive, bell.at, bell.earlier.get(persona, 0)
    times = due_times(arrive.curve, u, arrive.from_, arrive.to, at)
    return [round((time - earlier - profile.starts_at) / clock) for time in times.tolist()]
