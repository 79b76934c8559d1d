"""What a run would look like: crowds of known shape, a sentence a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rentree.crowd import Crowd, Group
from rentree.headroom import Means
from rentree.outlook import Outlook, Walks, outlook
from rentree.plan import Plan
from rentree.quantity import SECOND
from rentree.sizing import cores, cost
from rentree.testing import make_plan, us

STAYS: Walks = {"pupil": [("step", "sign in"), ("stay",), ("step", "sign out")]}


def visits(seconds: float) -> Walks:
    """They leave so many seconds after they came."""
    think = ("think", seconds - 1, seconds + 1)
    return {"pupil": [("step", "sign in"), think, ("step", "sign out")]}


def people(due: Sequence[float]) -> Crowd:
    """Pupils of one class, due at these seconds."""
    n = len(due)
    zeros = np.zeros(n, dtype=np.int64)
    return Crowd(
        groups=[Group("north", "pupil", "ent")], schools=["north/1"], levels=["lycée"],
        addresses=["127.0.1.1"], school=np.zeros(1, np.int64), place=np.ones(1, np.int64),
        group=zeros.astype(np.uint16), number=np.arange(1, n + 1, dtype=np.int32),
        class_=zeros.astype(np.int32), due=np.array([us(t) for t in due], dtype=np.int64),
        convened=zeros.astype(np.bool_), control=zeros.astype(np.bool_), homes=[""],
        home=zeros.astype(np.uint8), new_account=zeros.astype(np.bool_),
    )  # fmt: skip


def plan_until(end: float, stay: float | None = None, clock: float = 1.0) -> Plan:
    """A run of so many seconds; those who are inside stay until `stay`, or the end."""
    plan = make_plan(
        phases={"bell": (0, end)}, clock=clock, verdict_at={"scale": 1, "clock": clock}
    )
    until = plan.behaviour.model_copy(update={"stay_until": us(end if stay is None else stay)})
    return plan.model_copy(update={"behaviour": until})


EVEN = [i / 4 for i in range(400)]  # four a second for 100 s


@pytest.mark.parametrize(
    ("sentence", "due", "walks", "plan", "peak", "inside", "why"),
    [
        ("four a second who stay ten seconds are forty, as the law says",
         EVEN, visits(10), plan_until(200), 40, 10, ""),
        ("ten times the clock makes think times a tenth, and four of them",
         EVEN, visits(10), plan_until(200, clock=10), 4, 1, ""),
        ("all at once is ten times what the law has of the stretch",
         [5.0] * 90 + [0.0, 99.99] * 5, visits(10), plan_until(200), 95, 10, "bunched"),
        ("whoever stays to the end leaves nobody meanwhile: all are inside",
         EVEN, STAYS, plan_until(100.0), 400, 50, "gathering"),
        ("nobody comes", [], STAYS, plan_until(100), 0, 0, ""),
    ],
)  # fmt: skip
def test_sessions_and_littles_law(
    sentence: str, due: list[float], walks: Walks, plan: Plan, peak: float, inside: float, why: str
) -> None:
    """The most sessions at once, how long one is open, and whether N = X·R says the same."""
    law = outlook(people(due), plan, walks).little
    assert law.peak == pytest.approx(peak, abs=1), sentence
    assert law.inside == pytest.approx(inside, rel=0.03), sentence
    assert law.why == why, sentence


def test_a_territory_walks_its_own_journey() -> None:
    """What the persona does elsewhere is not what its people do, and is not needed either."""
    walks: Walks = {"north/pupil": [("step", "sign in"), ("step", "home")], "pupil": STAYS["pupil"]}
    for known in (walks, {"north/pupil": walks["north/pupil"]}):
        seen = outlook(people(EVEN), plan_until(200), known)
        assert {step: n.sum() for step, n in seen.steps.items()} == {"sign in": 400, "home": 400}
        assert list(seen.arrivals) == ["pupil"]


def test_nobody_is_lost_between_the_bins() -> None:
    """Everybody arrives once, signs in once, and has signed out by the end."""
    seen = outlook(people(EVEN), plan_until(200, stay=120), STAYS)
    assert seen.due.sum() == seen.steps["sign in"].sum() == 400
    assert seen.steps["sign out"].sum() == pytest.approx(400)
    assert seen.sessions[-1] == pytest.approx(0)
    assert seen.per_second(seen.due)[:100].tolist() == [4.0] * 100
    assert seen.columns(seen.due, 10).tolist() == [4.0] * 5 + [0.0] * 5
    assert seen.highest(seen.sessions, 10).max() == 400


def test_whoever_stays_leaves_after_it_one_by_one() -> None:
    """From the stay's end, over four fifths of what remains: half of them are gone at its half."""
    seen = outlook(people(EVEN), plan_until(200, stay=100), STAYS)
    at = {second: seen.sessions[second * SECOND // seen.width] for second in (99, 140, 181)}
    assert at[99] == pytest.approx(398, abs=3)
    assert at[140] == pytest.approx(200, abs=2)
    assert at[181] == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    ("sentence", "most", "at"),
    [
        ("twenty seconds each: four a second are eighty, all the time",
         20, {10: 44, 50: 80, 99: 80, 110: 40, 121: 0}),
        ("a minute: who came after 60 s leaves with the others, from 120 s on",
         60, {50: 204, 99: 240, 119: 163, 199: 0}),
    ],
)  # fmt: skip
def test_whoever_stays_so_long_at_most_leaves_before(
    sentence: str, most: float, at: dict[int, float]
) -> None:
    """Four a second for 100 s, the stay ends at 120 s: sessions open at some seconds."""
    plan = plan_until(200, stay=120)
    behaviour = plan.behaviour.model_copy(update={"stay_at_most": us(most)})
    seen = outlook(people(EVEN), plan.model_copy(update={"behaviour": behaviour}), STAYS)
    found = {second: seen.sessions[second * SECOND // seen.width] for second in at}
    assert found == pytest.approx(at, abs=4), sentence
    assert seen.steps["sign out"].sum() == pytest.approx(400)


def test_what_would_begin_after_the_stay_is_not_made() -> None:
    """A step that is due later is left out, but people sign out."""
    walks: Walks = {
        "pupil": [("step", "sign in"), ("think", 50, 50), ("step", "home"), ("step", "sign out")]
    }
    seen = outlook(people([0, 60]), plan_until(200, stay=100), walks)
    assert {step: round(n.sum()) for step, n in seen.steps.items()} == {
        "sign in": 2, "home": 1, "sign out": 2,
    }  # fmt: skip


def known() -> tuple[Outlook, Plan]:
    """A hundred people in one second who sign in and stay; a flood of 2,000 a second for 10 s."""
    plan = plan_until(100, stay=50)
    flood = make_plan(faults=[("point-chaud", 20, 30)]).faults[0]
    plan = plan.model_copy(update={"faults": [flood.model_copy(update={"sends": 2_000.0})]})
    return outlook(people([10.0] * 100), plan, STAYS), plan


def test_what_it_costs() -> None:
    """Four requests to sign in, three to sign out (the sandbox's pages), and the flood apart."""
    spent = cost(*known())
    assert spent.requests == pytest.approx(700)
    assert spent.bytes == pytest.approx(100 * (3_750 + 3_200))
    assert (spent.flood, spent.guessed) == (20_000, [])


@pytest.mark.parametrize(
    ("sentence", "tls", "sandbox", "clients", "server", "since", "more"),
    [
        ("the flood is what takes most of a sandbox: 2,000 of 2,200 requests",
         False, True, 0.0, 0.91, 20, 0),
        ("over TLS a hundred people a second are 1.1 core, elsewhere than the platform",
         True, False, 1.12, 0.0, 10, 1),
    ],
)  # fmt: skip
def test_cores(
    sentence: str, tls: bool, sandbox: bool, clients: float, server: float, since: int, more: int
) -> None:
    """The busiest second in cores, when it is, and how many machines of one core must help."""
    seen, plan = known()
    found = cores(seen, plan, 100, Means(20_000, 28_232), 1, tls=tls, sandbox=sandbox)
    assert found.clients == pytest.approx(clients, abs=0.01), sentence
    assert found.sandbox == pytest.approx(server, abs=0.01), sentence
    assert (found.since, found.more_machines) == (since, more), sentence
