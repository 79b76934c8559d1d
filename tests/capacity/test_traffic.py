"""Who comes in a rung, and what a step costs."""

from __future__ import annotations

import json
from collections import Counter
from types import SimpleNamespace
from typing import cast

import pytest

from rentree.capacity.ask import Ask, once_each
from rentree.capacity.costs import Cost, costs
from rentree.capacity.traffic import in_turn, visit
from rentree.prepare import Prepared

from .simulated import members
from .test_rung import row


@pytest.mark.parametrize("beginning", [20, 50, 100, 333, 1000])
def test_every_beginning_is_like_the_whole(beginning: int) -> None:
    """One in ten is a teacher, among the first twenty as among all."""
    personas = Counter(m.persona for m in in_turn(members(1000), "seed")[:beginning])
    assert abs(personas["teacher"] - beginning / 10) <= 1


def test_everybody_comes_once_before_anybody_comes_again() -> None:
    """The order is a draw by the seed; a second visit is another person by the same account."""
    crowd = members(100)
    people = in_turn(crowd, "one")
    assert {m.person for m in people} == {m.person for m in crowd}
    assert people != in_turn(crowd, "two")
    first, again = (visit(people, k, 3, due) for k, due in ((7, 10), (107, 20)))
    assert (first.login, first.address) == (again.login, again.address)
    assert first.person != again.person
    assert (first.due, again.due) == (10, 20)


def test_what_a_step_costs() -> None:
    """Requests and time of the attempts that were ok, in the order of a journey."""
    four = json.dumps({"hops": [["GET", "/", 200, 1]] * 4})
    one = json.dumps({"hops": [["GET", "/messages", 200, 1]]})
    rows = [
        row(2, 0.02, step="messages", detail=one), row(1, 0.1, step="sign in", detail=four),
        row(3, 0.04, step="messages", detail=one), row(4, 0.03, step="messages", detail=one),
        row(5, 9.0, step="messages", detail=four, outcome="error"),
    ]  # fmt: skip
    assert costs(rows) == [Cost("sign in", 1, 4, 100_000), Cost("messages", 3, 1, 30_000)]


@pytest.mark.parametrize(
    ("step", "once"), [(None, True), ("home", True), ("messages", False), ("hand in", True)]
)
def test_a_step_that_somebody_does_twice_has_no_headroom(step: str | None, once: bool) -> None:
    """People a second are steps a second only where everybody does it once."""
    walks = {
        "pupil": [["step", "sign in"], ["think", 1.0, 2.0], ["step", "home"], ["step", "messages"]],
        "reader": [["step", "sign in"], *[["step", "messages"], ["think", 1.0, 2.0]] * 8],
    }
    prepared = cast("Prepared", SimpleNamespace(walks=walks))
    assert once_each(prepared, Ask(step)) is once
