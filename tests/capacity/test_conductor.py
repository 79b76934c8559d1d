"""Whole searches on simulated platforms: what is found is what the platform can do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rentree.capacity.conductor import Conductor
from rentree.capacity.promise import DEFAULT_SHARE, InTime
from rentree.capacity.quest import Quest
from rentree.capacity.search import Wanted
from rentree.capacity.traffic import in_turn
from rentree.quantity import SECOND

from .simulated import Platform, World, by_step, each, members, noisy

JOURNEYS = {
    "pupil": ["sign in", "home", "messages", "hand in", "sign out"],
    "teacher": ["sign in", "home", "sign out"],
}
COSTS = {"sign in": 85, "home": 38, "messages": 15, "hand in": 70, "sign out": 45}
COSTS = {step: ms * 1000 for step, ms in COSTS.items()}
PUPIL, TEACHER = 253_000, 168_000  # µs: what a journey costs
PERSON = 0.9 * PUPIL + 0.1 * TEACHER
PATIENCE = 20 * SECOND


def conductor(only: str | None, start: float, people: int = 3000, **changes: Any) -> Conductor:
    """A search by default promises."""
    facts: dict[str, Any] = {"width": 0.05} | changes
    at_most, within = facts.pop("at_most", 600) * SECOND, facts.pop("within", 2) * SECOND
    quest = Quest(
        Wanted(start, **facts), [InTime(DEFAULT_SHARE, within)], only, 5, 3 * SECOND,
        10 * SECOND, at_most, PATIENCE,
    )  # fmt: skip
    return Conductor(quest, in_turn(members(people), "1"), 2, sandbox=False, asked={})


@pytest.mark.parametrize("start", [2.5, 9.94, 30.0, 200.0])
@pytest.mark.parametrize(("servers", "rate"), [(1, 40), (2, 80), (4, 160)])
def test_a_step_is_measured_within_5_percent(
    tmp_path: Path, servers: int, rate: int, start: float
) -> None:
    """25 ms of one server each: 40 a second a server, from wherever the search begins."""
    search = conductor("messages", start)
    world = World(tmp_path, Platform(servers, each(25_000)), JOURNEYS, PATIENCE)
    took = world.run(search)
    found = search.found
    assert found is not None
    assert found.sure, search.judged
    assert found.holds is not None
    assert abs(found.holds / rate - 1) < 0.05
    assert took < 300 * SECOND


@pytest.mark.parametrize("servers", [1, 3, 13])
def test_journeys_are_measured_within_5_percent(tmp_path: Path, servers: int) -> None:
    """A person costs 244 ms on the average; the rate is of people, the mix is the crowd's."""
    rate = servers / PERSON * SECOND
    search = conductor(None, rate / 7)
    took = World(tmp_path, Platform(servers, by_step(COSTS)), JOURNEYS, PATIENCE).run(search)
    found = search.found
    assert found is not None
    assert found.sure, search.judged
    assert found.holds is not None
    assert abs(found.holds / rate - 1) < 0.05
    assert took < 300 * SECOND


@pytest.mark.parametrize("seed", range(5))
def test_random_service_times_cost_little(tmp_path: Path, seed: int) -> None:
    """With exponential service a queue grows before all servers are busy: within 10 %."""
    search = conductor("messages", 20)
    World(tmp_path, Platform(4, noisy(25_000, seed)), JOURNEYS, PATIENCE).run(search)
    assert search.found is not None
    assert search.found.holds is not None
    assert abs(search.found.holds / 160 - 1) < 0.10


def test_signing_in_alone_is_measured_and_everybody_leaves(tmp_path: Path) -> None:
    """Each comes in once; between rungs all go out, so that no quota fills up with ghosts."""
    search = conductor("sign in", 2)
    world = World(
        tmp_path, Platform(1, by_step(COSTS)), {p: ["sign in"] for p in JOURNEYS}, PATIENCE
    )
    world.run(search)
    assert search.found is not None
    assert search.found.holds is not None
    assert abs(search.found.holds / (1e6 / 85_000) - 1) < 0.05
    assert world.inside == {1: 0, 2: 0}


def test_everybody_has_left_when_a_search_by_turns_is_over(tmp_path: Path) -> None:
    """Nobody keeps a session on somebody's platform."""
    search = conductor("messages", 10)
    world = World(tmp_path, Platform(1, each(25_000)), JOURNEYS, PATIENCE)
    world.run(search)
    world.blocks(10**12, standing=True)
    assert world.inside == {1: 0, 2: 0}


def dead_from(second: int) -> dict[str, Any]:
    """No answer any more."""
    return {"answers": lambda now: now < second * SECOND}


def late_above(under_way: int) -> dict[str, Any]:
    """Our own lateness."""
    return {"late": lambda waiting: 300_000 if waiting > under_way else 0}


@pytest.mark.parametrize(
    ("changes", "why", "holds"),
    [
        pytest.param({"outcome": lambda *_: "error"}, "trouble", None, id="only errors"),
        pytest.param(
            {"outcome": lambda step, _: "refused" if step == "home" else "ok"}, "trouble", None,
            id="a step that is always refused",
        ),
        pytest.param(late_above(12), "unfit", True, id="we are late when much is under way"),
        pytest.param(dead_from(40), "trouble", True, id="no answer from 40 s on"),
        pytest.param(dead_from(0), "trouble", None, id="no answer ever"),
    ],
)  # fmt: skip
def test_what_cannot_be_found_is_not_found(
    tmp_path: Path, changes: dict[str, Any], why: str, holds: bool | None
) -> None:
    """Nothing holds, or we are not fit for more: never a sure result, and it ends in time."""
    search = conductor(None, 8, at_most=300)
    world = World(tmp_path, Platform(40, by_step(COSTS), **changes), JOURNEYS, PATIENCE)
    took = world.run(search)
    assert search.found is not None
    assert search.found.why == why, search.judged
    assert not search.found.sure
    assert (search.found.holds is not None) == bool(holds)
    assert took <= 325 * SECOND


def test_little_time_gives_a_wide_answer_and_says_so(tmp_path: Path) -> None:
    """What is known when time is up is told, not called sure."""
    search = conductor("messages", 10, at_most=60)
    took = World(tmp_path, Platform(1, each(25_000)), JOURNEYS, PATIENCE).run(search)
    assert search.found is not None
    assert search.found.why == "time"
    assert not search.found.sure
    assert took <= 80 * SECOND


def test_each_rung_is_in_the_journal(tmp_path: Path) -> None:
    """What was judged stands in the evidence before it is sealed."""
    search = conductor("messages", 10)
    world = World(tmp_path, Platform(1, each(25_000)), JOURNEYS, PATIENCE)
    world.run(search)
    told = [(e["state"], e["rate"]) for e in world.journal if e["event"] == "rung"]
    assert told == [(one.outcome, one.rung.rate) for one in search.judged]


def test_what_is_slow_throughout_needs_a_longer_warm_up(tmp_path: Path) -> None:
    """4 s a step, and 5 s allowed: it keeps up, once the warm-up is longer than that."""
    search = conductor("messages", 2, within=5)
    World(tmp_path, Platform(160, each(4 * SECOND)), JOURNEYS, PATIENCE).run(search)
    assert search.found is not None
    assert search.found.holds is not None
    assert abs(search.found.holds / 40 - 1) < 0.05
    assert search.judged[0].outcome == "unfit"


def _outage(start: float, end: float) -> Callable[[str, int], str]:
    return lambda _, now: "error" if start * SECOND <= now < end * SECOND else "ok"


def test_a_hiccup_of_the_platform_does_not_decide(tmp_path: Path) -> None:
    """Errors for five seconds in the middle fail one rung; it is tried again, and it holds."""
    search = conductor("messages", 10)
    platform = Platform(1, each(25_000), outcome=_outage(36, 41))
    World(tmp_path, platform, JOURNEYS, PATIENCE).run(search)
    assert search.found is not None
    assert search.found.holds is not None
    assert abs(search.found.holds / 40 - 1) < 0.05
