"""The crowd: seeded people in whole classes and schools, the same at any scale and sharing-out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rentree.crowd import Member, crowd, password
from rentree.profile import Profile

Make = Callable[..., Profile]
MINUTE = 60_000_000


def by_person(members: Iterable[Member]) -> dict[str, Member]:
    """Members without their place in line, which depends on who else comes."""
    return {m.person: m._replace(arrival=0) for m in members}


def classes(members: Iterable[Member], *, convened: bool | None = None) -> set[str]:
    """The classes of some pupils."""
    return {m.class_ for m in members if m.persona == "pupil" and convened in (None, m.convened)}


def convening(make: Make, pupils: str, **more: str) -> Profile:
    """A profile whose bell convenes that share of pupils."""
    bell = make().bells[0].model_dump(by_alias=True)
    shares = {"pupil": pupils, **more}
    return make(bells=[{**bell, "convenes": shares, "earlier": {}}])


def test_everybody_comes_at_full_scale(make_profile: Make) -> None:
    """The figures of the profile, no more and no fewer, each person once."""
    members = crowd(make_profile(), seed=1)
    counted = Counter((m.territory, m.persona) for m in members)
    assert counted == {
        ("north", "pupil"): 480, ("north", "teacher"): 30, ("north", "parent"): 20,
        ("south", "pupil"): 250, ("south", "teacher"): 30, ("south", "parent"): 20,
    }  # fmt: skip
    assert len({m.person for m in members}) == len({m.login for m in members}) == len(members)


def test_classes_fill_up_and_schools_have_so_many(make_profile: Make) -> None:
    """Classes of 24 (the last one takes the rest), three a school, both levels served evenly."""
    members = [m for m in crowd(make_profile(), seed=1) if m.persona == "pupil"]
    sizes = Counter((m.territory, m.class_) for m in members)
    assert Counter(n for (t, _), n in sizes.items() if t == "north") == {24: 20}
    assert Counter(n for (t, _), n in sizes.items() if t == "south") == {24: 10, 10: 1}
    schools = defaultdict(set)
    for m in members:
        schools[m.school].add(m.class_)
        assert m.class_.startswith(f"{m.school}/")
        assert m.school.startswith(f"{m.territory}/{m.level}-")
    assert max(map(len, schools.values())) == 3
    assert Counter(level for t, level, _ in {(m.territory, m.level, m.class_) for m in members}
                   if t == "north") == {"collège": 10, "lycée": 10}  # fmt: skip


def test_due_times_lie_in_their_windows(make_profile: Make) -> None:
    """Convened people come around the bell, teachers earlier, the others when others come."""
    for m in crowd(make_profile(), seed=3):
        if not m.convened:
            assert 0 <= m.due <= 15 * MINUTE
        elif m.persona == "teacher":
            assert 6 * MINUTE <= m.due <= 11 * MINUTE
        else:
            assert 7 * MINUTE <= m.due <= 12 * MINUTE


def test_arrivals_are_numbered_in_order_of_due_times(make_profile: Make) -> None:
    """The index of an arrival is its place in line, and a tie has an order too."""
    members = crowd(make_profile(), seed=1)
    assert [m.arrival for m in members] == list(range(len(members)))
    line = [(m.due, m.person) for m in members]
    assert line == sorted(line)


def test_the_same_seed_makes_the_same_people(make_profile: Make) -> None:
    """Everything about everybody is a function of profile and seed."""
    one, two = (list(crowd(make_profile(), seed=7)) for _ in range(2))
    assert one == two


@pytest.mark.parametrize("other", [{"seed": 8}, {"seed": 7, "challenge": "of the buyer"}])
def test_another_seed_or_challenge_makes_other_times(
    make_profile: Make, other: dict[str, object]
) -> None:
    """The names stay, times and convened classes change: nobody can prepare for a challenge."""
    one = by_person(crowd(make_profile(), seed=7))
    two = by_person(crowd(make_profile(), **other))  # type: ignore[arg-type]  # two int, one str
    assert one.keys() == two.keys()
    assert sum(one[p].due == two[p].due for p in one) < len(one) / 50
    assert classes(one.values(), convened=True) != classes(two.values(), convened=True)


def test_more_people_leave_the_times_of_others_alone(make_profile: Make) -> None:
    """A profile that gets more parents keeps the due times of the parents it had."""
    few = make_profile()
    crowds = [c.model_dump() for c in few.crowd]
    crowds[0]["come"]["parent"] = 35
    before = by_person(crowd(few, seed=1))
    after = by_person(crowd(make_profile(crowd=crowds), seed=1))
    assert len(after) == len(before) + 15
    assert all(after[person] == member for person, member in before.items())


@settings(max_examples=25)
@given(scale=st.floats(0.001, 1), seed=st.integers(0, 2**32))
def test_a_scale_takes_whole_classes_and_whole_people(
    make_profile: Make, scale: float, seed: int
) -> None:
    """Every class that comes is complete, and each person is who they are at full scale."""
    profile = make_profile()
    full = by_person(crowd(profile, seed=seed))
    part = by_person(crowd(profile, seed=seed, scale=scale))
    assert all(full[person] == member for person, member in part.items())
    present = {(m.territory, m.class_) for m in part.values()}
    expected = {p for p, m in full.items() if (m.territory, m.class_) in present}
    assert part.keys() == expected
    for territory, count in [("north", 20), ("south", 11)]:
        here = [c for t, c in present if t == territory]
        assert len(here) == max(1, round(scale * count))


@pytest.mark.parametrize("scale", [0.05, 0.2, 0.5, 0.75])
def test_a_scale_takes_whole_schools_but_for_one(make_profile: Make, scale: float) -> None:
    """In each territory one school at most comes in part."""
    full, part = (crowd(make_profile(), seed=5, scale=s) for s in (1.0, scale))
    size, here = Counter(m.school for m in full), Counter(m.school for m in part)
    for territory in ("north", "south"):
        in_part = [s for s in here if s.startswith(territory) and here[s] < size[s]]
        assert len(in_part) <= 1


def test_a_larger_scale_holds_the_smaller_one(make_profile: Make) -> None:
    """Who comes at 10 % comes at 30 % too."""
    small, large = ({m.person for m in crowd(make_profile(), seed=5, scale=s)} for s in (0.1, 0.3))
    assert small < large


def test_a_school_has_one_address_and_no_other_school_has_it(make_profile: Make) -> None:
    """People behind one school share a source address on loopback."""
    addresses: dict[str, set[str]] = defaultdict(set)
    for m in crowd(make_profile(), seed=1):
        addresses[m.school].add(m.address)
    assert all(len(a) == 1 for a in addresses.values())
    assert len({a for (a,) in addresses.values()}) == len(addresses) == 12
    assert all(a.startswith("127.") for (a,) in addresses.values())


def test_ten_thousand_schools_have_addresses_of_their_own(make_profile: Make) -> None:
    """Past 254 schools the next part of 127.0.0.0/8 is used, never .0 or .255."""
    big = [{**c.model_dump(), "classes": {"of": 1, "per_school": 1}, "come": {"pupil": 5_000}}
           for c in make_profile().crowd]  # fmt: skip
    members = crowd(make_profile(crowd=big), seed=1)
    addresses = {m.address for m in members}
    assert len(addresses) == 10_000
    for address in addresses:
        a, b, c, d = map(int, address.split("."))
        assert (a, 16 <= b <= 255, 0 <= c <= 255, 1 <= d <= 254) == (127, True, True, True)


def slots(make: Make, *bells: tuple[str, list[str]]) -> Profile:
    """Bells a minute apart, each with the share of pupils and teachers, and the levels."""
    bell = make().bells[0].model_dump(by_alias=True)
    told = [
        {**bell, "at": f"09:0{i}", "earlier": {}, "levels": levels,
         "convenes": {"pupil": share, "teacher": share},
         "arrive": {"from": f"09:0{i}", "to": f"09:0{i}:59", "curve": "even"}}
        for i, (share, levels) in enumerate(bells)
    ]  # fmt: skip
    return make(bells=told)


@pytest.mark.parametrize(
    ("sentence", "bells", "classes"),
    [
        ("the lycée's classes at the second bell, the collège's at the first",
         [("100 %", ["collège"]), ("100 %", ["lycée"])], {0: {"collège": 16}, 1: {"lycée": 15}}),
        ("half of the lycée's, then the other half",
         [("50 %", ["lycée"]), ("50 %", ["lycée"])], {0: {"lycée": 7}, 1: {"lycée": 8}}),
        ("a bell of all levels first, then what is left of one",
         [("25 %", []), ("75 %", ["collège"])],
         {0: {"collège": 4, "lycée": 3}, 1: {"collège": 12}}),
    ],
)  # fmt: skip
def test_levels_come_in_slots(
    make_profile: Make, sentence: str, bells: list[tuple[str, list[str]]],
    classes: dict[int, dict[str, int]],
) -> None:  # fmt: skip
    """Bell → level → classes that come then, of 16 and 15; their teachers come with them."""
    members = [m for m in crowd(slots(make_profile, *bells), seed=1) if m.convened]
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    bell_of: dict[str, set[int]] = defaultdict(set)
    for m in members:
        bell = (m.due - 10 * MINUTE) // MINUTE
        bell_of[m.class_].add(bell)
        if m.persona == "pupil":
            found[bell][m.level].add(m.class_)
    told = {bell: {level: len(c) for level, c in by.items()} for bell, by in found.items()}
    assert told == classes, sentence
    assert all(len(bells) == 1 for bells in bell_of.values())


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_workers_share_the_crowd_without_gap_or_overlap(make_profile: Make, workers: int) -> None:
    """Arrival i falls to worker i % n: together they are the crowd, and nobody has much more."""
    members = crowd(make_profile(), seed=1)
    shares = [[m for m in members if m.arrival % workers == n] for n in range(workers)]
    assert sorted(m for share in shares for m in share) == sorted(members)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert all(share == sorted(share) for share in shares)


def test_a_bell_convenes_whole_classes(make_profile: Make) -> None:
    """A class is convened or it is not, and 60 % of the classes are."""
    members = crowd(make_profile(), seed=1)
    inside, outside = classes(members, convened=True), classes(members, convened=False)
    assert not inside & outside
    assert len([c for c in inside if c.startswith("north")]) == 12
    assert len([c for c in inside if c.startswith("south")]) == 7  # 6.6 of 11


def test_teachers_are_convened_with_their_class(make_profile: Make) -> None:
    """The same share of both convenes the teachers of exactly the convened classes."""
    members = crowd(make_profile(), seed=1)
    inside = classes(members, convened=True)
    assert all(m.convened == (m.class_ in inside) for m in members if m.persona == "teacher")
    assert not any(m.convened for m in members if m.persona == "parent")


def test_a_larger_share_convenes_the_same_classes_and_more(make_profile: Make) -> None:
    """30 % of the classes are among the 60 %, and those among the 100 %."""
    sets = [
        classes(crowd(convening(make_profile, share), seed=1), convened=True)
        for share in ("0 %", "30 %", "60 %", "100 %")
    ]
    assert all(small < large for small, large in pairwise(sets))
    assert len(sets[0]) == 0
    assert len(sets[-1]) == 31


def test_two_bells_convene_different_classes(make_profile: Make) -> None:
    """One after another, bells take the classes that are left."""
    bell = make_profile().bells[0].model_dump(by_alias=True)
    early = {"from": "08:51", "to": "08:53", "curve": "even"}
    bells = [
        {**bell, "convenes": {"pupil": "40 %"}, "earlier": {}, "at": "08:52", "arrive": early},
        {**bell, "convenes": {"pupil": "60 %"}, "earlier": {}},
    ]
    members = [m for m in crowd(make_profile(bells=bells), seed=1) if m.persona == "pupil"]
    first = {m.class_ for m in members if m.due <= 3 * MINUTE}
    second = {m.class_ for m in members if m.due >= 7 * MINUTE}
    assert all(m.convened for m in members)
    assert not first & second
    assert len([c for c in first if c.startswith("north")]) == 8


def test_a_bell_of_one_territory_is_heard_there_only(make_profile: Make) -> None:
    """Overseas nine o'clock is seven in Paris: each territory's people come at their own bell."""
    bell = make_profile().bells[0].model_dump(by_alias=True)
    early = {"from": "08:51", "to": "08:53", "curve": "even"}
    everybody = {"pupil": "100 %", "teacher": "100 %"}
    bells = [
        {**bell, "convenes": everybody, "earlier": {}, "at": "08:52", "arrive": early,
         "territories": ["south"]},
        {**bell, "convenes": everybody, "earlier": {}, "territories": ["north"]},
    ]  # fmt: skip
    members = crowd(make_profile(bells=bells), seed=1)
    assert all(m.convened for m in members if m.persona != "parent")
    for territory, least, most in (("south", 1, 3), ("north", 7, 20)):
        due = [m.due for m in members if m.territory == territory and m.convened]
        assert due
        assert least * MINUTE <= min(due)
        assert max(due) <= most * MINUTE


@pytest.mark.parametrize("clock", [2, 10, 60])
def test_a_clock_compresses_due_times_and_nothing_else(make_profile: Make, clock: float) -> None:
    """Ten times faster, everybody comes after a tenth of the time."""
    real = by_person(crowd(make_profile(), seed=1))
    fast = by_person(crowd(make_profile(), seed=1, clock=clock))
    assert real.keys() == fast.keys()
    for person, member in real.items():
        assert fast[person] == member._replace(due=round(member.due / clock))


def test_passwords_depend_on_seed_and_login() -> None:
    """The sandbox and the people make the same password without telling one another."""
    assert password(1, "north.pupil-00001") == password(1, "north.pupil-00001")
    assert len({password(s, n) for s in (1, 2) for n in ("a", "b")}) == 4
