"""The smallest crowd that can decide, told before a run: a table, a sentence a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rentree.crowd import crowd
from rentree.decidable import needs, said, smallest
from rentree.plan import Plan
from rentree.profile import Profile
from rentree.testing import make_plan

Make = Callable[..., Profile]
STEPS = {"pupil": ["sign in", "home"], "teacher": ["sign in"], "parent": ["sign in", "messages"]}
PUNCTUAL = {"slo": "punctual", "share": "95 %", "within": "300 s"}
SIGN_IN = {"slo": "response", "step": "sign in", "quantile": "95 %", "below": "5 s"}
REFUSED = {"slo": "refused", "share_below": "1 %"}


def plan_of(slo: dict[str, Any]) -> Plan:
    """A run of fifteen minutes, in which everybody of the profile comes."""
    return make_plan(slos=[slo], phases={"bell": (0, 900)})


@pytest.mark.parametrize(
    ("sentence", "slo", "needed", "have", "where"),
    [
        ("95 % needs sixty first attempts in each territory; the south has 300",
         SIGN_IN, 60, 300, "south"),
        ("over everybody there are 830", SIGN_IN | {"each": "none"}, 60, 830, ""),
        ("only pupils do it: 250 in the south", SIGN_IN | {"step": "home"}, 60, 250, "south"),
        ("a step of parents alone: 20", SIGN_IN | {"step": "messages"}, 60, 20, "north"),
        ("a step that nobody does", SIGN_IN | {"step": "post"}, 60, 0, "north"),
        ("1 % refused needs three hundred people", REFUSED, 300, 300, "south"),
        ("by persona, the parents are forty", REFUSED | {"each": ["persona"]}, 300, 40, "parent"),
        ("nothing shows a share of nothing", REFUSED | {"share_below": "0 %"}, None, 0, ""),
        ("a held count is exact, and needs no rows",
         {"slo": "signed-in-at-once", "at_least": "5", "held": "1 s", "each": "none"}, None, 0,
         ""),
    ],
)  # fmt: skip
def test_what_a_promise_needs(
    make_profile: Make,
    sentence: str,
    slo: dict[str, Any],
    needed: int | None,
    have: int,
    where: str,
) -> None:
    """Rows asked for by its share, and the most that its smallest group can have."""
    found = needs(plan_of(slo), crowd(make_profile(), seed=1), STEPS)
    told = [(need.needed, need.have, need.where) for need in found]
    assert told == ([] if needed is None else [(needed, have, where)]), sentence


def test_convened_people_only(make_profile: Make) -> None:
    """Punctuality is asked of those whom a bell convenes."""
    people = crowd(make_profile(), seed=1)
    [need] = needs(plan_of(PUNCTUAL | {"each": "none"}), people, STEPS)
    assert need.have == sum(member.convened for member in people) < len(people)


def test_classes_are_counted_once(make_profile: Make) -> None:
    """A class is one row, not one for each pupil who tries: those that a bell convenes."""
    people = crowd(make_profile(), seed=1)
    slo = {"slo": "classes-can-start", "by": "00:07", "share": "80 %", "each": "none"}
    [need] = needs(plan_of(slo), people, STEPS)
    last = {m.class_: m.due for m in people if m.convened and m.persona == "pupil"}
    assert (need.needed, need.have) == (15, len(last))
    half = sorted(last.values())[len(last) // 2]
    [early] = needs(make_plan(slos=[slo], phases={"bell": (0, half / 1e6)}), people, STEPS)
    assert early.have == sum(due < half for due in last.values())


@pytest.mark.parametrize(
    ("sentence", "until", "part"),
    [
        ("nobody is due in the first minute", 60, 0.0),
        ("a class is judged where its last pupil is due: at nine, hardly any", 600, 0.1),
        ("by 9:02 all have come", 720, 1.0),
    ],
)
def test_classes_are_judged_where_their_last_pupil_is_due(
    make_profile: Make, sentence: str, until: int, part: float
) -> None:
    """So it is in `rentree.judge.kinds.classes`; without a teacher a class is none."""
    people = crowd(make_profile(), seed=1)
    slo = {"slo": "classes-can-start", "by": "00:07", "share": "80 %", "each": "none"}
    plan = make_plan(
        slos=[{**slo, "in": "bell"}], phases={"bell": (0, until), "then": (until, 900)}
    )
    last: dict[str, int] = {}
    for member in people:
        if member.convened and member.persona == "pupil":
            last[member.class_] = member.due
    taught = {m.class_ for m in people if m.convened and m.persona == "teacher"}
    expected = sum(due < until * 1_000_000 for name, due in last.items() if name in taught)
    [need] = needs(plan, people, STEPS)
    assert need.have == expected, sentence
    assert expected / len(last) == pytest.approx(part, abs=0.15), sentence


def test_what_is_said(make_profile: Make) -> None:
    """Enough from which share of the crowd on, or too few to pass; and the whole profile's."""
    people = crowd(make_profile(), seed=1)
    [enough] = needs(plan_of(SIGN_IN), people, STEPS)
    assert said(enough).endswith("south, has 300 at most: it can pass from 20% of this crowd on")
    assert smallest([enough]) == pytest.approx(0.2)
    [few] = needs(plan_of(SIGN_IN | {"step": "messages"}), people, STEPS)
    assert said(few).startswith("TOO FEW: 60 are needed")
    assert smallest([enough, few]) is None
    assert smallest([]) == 0.0
