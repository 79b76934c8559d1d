"""A timetable that fits a capacity: margins and slots as tables, the whole as a property."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from rentree.asked import USABLE, Capacity, Demand, Peak, asked, bearable, demand
from rentree.commands.preview import preview
from rentree.crowd import crowd
from rentree.errors import UsageError
from rentree.outlook import Walks
from rentree.prepare import Prepared, Request, prepare
from rentree.profile import Bell, Profile
from rentree.proposal import keys, propose
from rentree.quantity import Span
from rentree.timetable import (
    DAY,
    MINUTE,
    Group,
    Pace,
    Slot,
    Timetable,
    fitted,
    groups,
    needed,
    pace,
    pace_of,
)

BOTH = [Group("collège", 1.0, 40_000), Group("lycée", 1.0, 20_000)]
SIXTY = Pace(60_000, steps=5.0, bunch=1, staying=1.0, brief=0.0)  # all stay for the lesson
WALKS: Walks = {
    "pupil": [("step", "sign in"), ("think", 1, 4), ("step", "home"), ("think", 0, 1),
              ("step", "messages"), ("stay",), ("step", "sign out")],
    "parent": [("step", "sign in"), ("think", 10, 30), ("step", "sign out")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "mean", "stretch", "bunch", "most"),
    [
        ("a flow of 200 a second has a second of 275 in a day: Poisson's quantile", 200, 1, 1, 275),
        ("of 20 it is 46, more than twice", 20, 1, 1, 46),
        ("of four it is seventeen or eighteen: small flows are rough", 4, 1, 1, 18),
        ("over a minute 200 are 208 at most", 200, 60, 1, 207.6),
        ("five steps of one person together make that 217", 200, 60, 5, 217.2),
    ],
)
def test_the_margin(sentence: str, mean: float, stretch: int, bunch: int, most: float) -> None:
    """What the busiest stretch of a day asks; which mean that allows is the inverse."""
    assert asked(mean, stretch, bunch) == pytest.approx(most, rel=0.01), sentence
    assert bearable(asked(mean, stretch, bunch), stretch, bunch) == pytest.approx(mean), sentence


@pytest.mark.parametrize("mean", [2.0, 20.0, 200.0])
def test_the_margin_is_rarely_exceeded(mean: float) -> None:
    """Of two hundred drawn days of 36,000 seconds two have a second beyond it, as is the risk."""
    draws = np.random.default_rng(1).poisson(mean, (200, 36_000)).max(axis=1)
    assert int((draws > asked(mean, 1)).sum()) <= 8  # more has a chance of 1 in 4,000
    assert float(np.median(draws)) > 0.75 * asked(mean, 1)  # and the margin is no idle one


def test_a_platform_that_bears_nothing_bears_no_flow() -> None:
    """Below the margin of nobody at all nothing may be asked."""
    assert bearable(1.0, 1) == 0.0


@pytest.mark.parametrize(
    ("sentence", "second", "minute", "fits"),
    [
        ("a second may ask all, a minute 70 %", 100, 70, True),
        ("a second above what holds is too much", 101, 50, False),
        ("a minute at 71 % is too much, though each second holds", 90, 71, False),
    ],
)
def test_fits(sentence: str, second: float, minute: float, fits: bool) -> None:
    """Of a hundred a second."""
    assert Peak(second, minute).fits(100) is fits, sentence


def test_every_capacity_that_is_said_binds() -> None:
    """Places, too; and what is not said does not."""
    asks = Demand(Peak(100, 70), Peak(20, 14), 700)
    assert asks.fits(Capacity(100, 20, 1_000))
    assert asks.fits(Capacity())
    assert not asks.fits(Capacity(sessions=999))
    assert not asks.fits(Capacity(sign_ins=19))
    assert Capacity(steps=5, sessions=9).and_(Capacity(steps=4)) == Capacity(steps=4, sessions=9)


def test_the_pace_of_people() -> None:
    """A pupil has four steps, two of them within a second, and stays; a parent has two in 20 s."""
    assert pace({"pupil": 300, "parent": 100}, WALKS) == Pace(
        400, steps=3.5, bunch=2, staying=0.75, brief=20_000_000
    )


def test_accounts_to_be_created_are_steps_of_the_same_second() -> None:
    """Four parents in ten create theirs: two fifths of a step more each, and two in a second."""
    assert pace({"parent": 100}, WALKS).bunch == 1
    assert pace({"parent": 100}, WALKS, creating=40) == Pace(
        100, steps=2.4, bunch=2, staying=0.0, brief=20_000_000
    )


def test_a_territory_walks_its_own_journey(make_profile: Callable[..., Profile]) -> None:
    """480 pupils of the north do four steps; 250 of the south, with a journey of theirs, two."""
    members = crowd(make_profile(), seed=1)
    walks = {**WALKS, "south/pupil": WALKS["parent"], "teacher": []}
    assert pace_of(members, walks).steps == pytest.approx((480 * 4 + 250 * 2 + 40 * 2) / 830)


@pytest.mark.parametrize(
    ("sentence", "bells", "share"),
    [
        ("no bell: all come in slots", [], 1.0),
        ("six in ten, everywhere", [(0.6, [])], 0.6),
        ("all of the south, nobody of the north: as many as these are", [(1.0, ["south"])], 0.35),
        ("half of each, by a bell of its own: not all", [(0.5, ["south"]), (0.5, ["north"])], 0.5),
    ],
)  # fmt: skip
def test_as_many_are_put_in_slots_as_the_bells_convene(
    make_profile: Callable[..., Profile],
    sentence: str,
    bells: list[tuple[float, list[str]]],
    share: float,
) -> None:
    """Of a level of both territories, by people: 480 and 250 pupils, and the teachers."""
    arrive = {"from": "08:57", "to": "09:02", "curve": "rush"}
    rung = [
        {"at": "09:00", "source": "assumption", "convenes": {"pupil": part, "teacher": part},
         "territories": whose, "arrive": arrive}
        for part, whose in bells
    ]  # fmt: skip
    profile = make_profile(bells=rung)
    found = groups(crowd(profile, seed=1), profile)
    assert [group.level for group in found] == ["collège", "lycée"], sentence
    assert [group.share for group in found] == pytest.approx([share] * 2, abs=0.05), sentence


@pytest.mark.parametrize("parts", range(1, 9))
def test_parts_of_a_level_are_its_share_and_no_more(parts: int) -> None:
    """What is printed is read again: sixths that make 100.000001 % would be refused."""
    starts = [(480 + i) * MINUTE for i in range(parts)]
    slots = tuple(Slot("lycée", 1 / parts, 1, parts, at, at + MINUTE) for at in starts)
    said = keys(Timetable(slots, MINUTE, shortened=False), morning().profile, "convention: ours")
    bells = [Bell.model_validate(bell) for bell in said["bells"]]
    assert round(sum(bell.convenes["pupil"] for bell in bells), 9) == 1


@pytest.mark.parametrize("start", [0, 23 * 60 + 20], ids=["before midnight", "after it"])
def test_phases_that_would_leave_the_day_are_said(start: int) -> None:
    """The ones before the first slot and after the last are the profile's own."""
    slot = Slot("lycée", 1.0, 1, 1, start * MINUTE, (start + 30) * MINUTE)
    table = Timetable((slot,), 9 * MINUTE, shortened=False)
    with pytest.raises(UsageError, match="would leave the day: give another --day"):
        keys(table, morning().profile, "convention: ours")


@pytest.mark.parametrize(
    ("sentence", "capacity", "slots", "stay"),
    [
        ("300 000 steps at 250 a second: 20 minutes at full use, 32 at 70 % with the margin",
         Capacity(steps=250), {"collège": [21], "lycée": [11]}, 30),
        ("half the rate takes twice as long, and a little more margin",
         Capacity(steps=125), {"collège": [44], "lycée": [22]}, 30),
        ("as many sign-ins: 50 a second are rougher than 250 steps",
         Capacity(sign_ins=50), {"collège": [30], "lycée": [15]}, 30),
        ("10 000 places for half an hour each: these bind; a slot is three hours at most",
         Capacity(steps=250, sessions=10_000), {"collège": [92, 92], "lycée": [92]}, 30),
        ("4 000 places: all come in the day only if they stay 24 minutes instead of 30",
         Capacity(sessions=4_000), {"collège": [126, 126, 126], "lycée": [95, 95]}, 24),
        ("20 steps a second are too few for the day", Capacity(steps=20), None, 0),
        ("500 places are too few, even for stays of five minutes", Capacity(sessions=500), None, 0),
    ],
)  # fmt: skip
def test_slots(
    sentence: str, capacity: Capacity, slots: dict[str, list[int]] | None, stay: int
) -> None:
    """60 000 people of five steps, half an hour each: minutes of each level's slots from 8 on."""
    table = fitted(capacity, SIXTY, BOTH, DAY, 30 * MINUTE)
    if table is None:
        assert slots is None, sentence
        return
    found: dict[str, list[int]] = {}
    for slot in table.slots:
        found.setdefault(slot.level, []).append((slot.end - slot.start) // MINUTE)
    assert found == slots, sentence
    assert table.stay == stay * MINUTE, sentence
    assert table.shortened == (stay < 30), sentence
    assert table.slots[0].start == DAY.start


def test_what_is_needed_instead_would_do() -> None:
    """As much as is said to be needed fits, but for the minutes that slots are rounded up to."""
    for lacking in (Capacity(steps=20), Capacity(sessions=500), Capacity(sign_ins=3)):
        much = needed(lacking, SIXTY, DAY, 30 * MINUTE)
        more = [None if value is None else 1.02 * value for value in
                (much.steps, much.sign_ins, much.sessions)]  # fmt: skip
        less = [None if value is None else 0.95 * value for value in
                (much.steps, much.sign_ins, much.sessions)]  # fmt: skip
        table = fitted(Capacity(*more), SIXTY, BOTH, DAY, 30 * MINUTE)
        assert table is not None
        assert not table.shortened
        other = fitted(Capacity(*less), SIXTY, BOTH, DAY, 30 * MINUTE)
        assert other is None or other.shortened


@cache
def morning() -> Prepared:
    """Centre-Val de Loire at nine: 22 960 people, two levels, eight in ten convened."""
    return prepare(Request("class-morning", seed=1))


@settings(max_examples=12, deadline=None)
@given(
    steps=st.none() | st.floats(5, 400),
    sign_ins=st.none() | st.floats(3, 100),
    sessions=st.none() | st.integers(500, 40_000),
    hours=st.integers(3, 10),
)
def test_what_is_proposed_fits(
    steps: float | None, sign_ins: float | None, sessions: int | None, hours: int
) -> None:
    """The outlook shows a peak below the capacity; a class is never split; all is in the day."""
    prepared, capacity = morning(), Capacity(steps, sign_ins, sessions)
    day = Span(DAY.start, DAY.start + hours * 60 * MINUTE)
    if capacity == Capacity():
        return
    proposal = propose(prepared, capacity, day)
    if proposal is None:
        return
    members, slots = proposal.members, proposal.table.slots
    assert demand(proposal.seen).fits(capacity)
    assert [s.start for s in slots] == [day.start, *(s.end for s in slots[:-1])]
    assert slots[-1].end + proposal.table.stay <= day.end
    assert len(members) == len(prepared.members)
    due = members.due + proposal.starts_at
    slot = np.searchsorted([s.end for s in slots], due, side="right")
    come = members.convened
    pairs = np.unique(np.stack([members.class_[come], slot[come]]), axis=1)
    assert len(np.unique(pairs[0])) == pairs.shape[1]
    level = np.array(members.levels)[members.school[pairs[0]]]
    assert [slots[i].level for i in pairs[1]] == level.tolist()
    assert pairs.shape[1] == pytest.approx(0.8 * len(members.school), abs=2)


def told(profile: str, fits: Capacity, day: Span = DAY) -> tuple[bool, str]:
    """Whether it fits, and what `rentree check --fits` prints."""
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=False)
    fit = preview(profile, 1.0, None, "en", console, fits=fits, hours=day)
    return fit, out.getvalue().replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("capacity", "stays"),
    [(Capacity(steps=60), "26 min"), (Capacity(steps=60, sessions=900), "13 min")],
    ids=["a rate", "places too"],
)
def test_the_keys_that_are_printed_make_a_profile_that_fits(
    tmp_path: Path, capacity: Capacity, stays: str
) -> None:
    """Pasted beside `extends:`, `check` says that it fits, and that as many come."""
    fit, text = told("class-morning", capacity)
    assert not fit
    assert f"does so {stays} at most" in text
    pasted = re.search(r"^phases: .*?^behaviour: [^\n]*\n", text, re.M | re.S)
    assert pasted
    file = tmp_path / "plages.yaml"
    file.write_text("profile: plages\nextends: class-morning\n" + pasted[0], encoding="utf-8")
    fit, text = told(str(file), capacity)
    assert fit, text
    assert "22,960 of 22,960 people" in text
    assert "IT FITS" in text


def test_nothing_fits_is_said_with_what_would() -> None:
    """Ten steps a second are too few for 22 960 people; the needed rate is told."""
    fit, text = told("class-morning", Capacity(steps=4))
    assert not fit
    needed_rate = re.search(
        r"NOTHING FITS between 08:00 and 18:00.*about (\d+) steps/s", text, re.S
    )
    assert needed_rate
    assert 4 < float(needed_rate[1]) < 4 / USABLE * 4


@pytest.mark.parametrize(("scale", "clock"), [(0.5, None), (1.0, 10.0)], ids=["part", "fast"])
def test_a_rehearsal_is_not_fitted(scale: float, clock: float | None) -> None:
    """A capacity is the real morning's."""
    with pytest.raises(UsageError, match="the morning as it is"):
        preview("class-morning", scale, clock, "en", Console(file=io.StringIO()),
                fits=Capacity(steps=60))  # fmt: skip
