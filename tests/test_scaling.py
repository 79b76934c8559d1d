"""Scale and clock: the table of docs/reference/scale-and-clock.md, row by row."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rentree.crowd import crowd
from rentree.fault import Settings
from rentree.plan import Plan, dump
from rentree.profile import Profile
from rentree.quantity import SECOND, Duration
from rentree.sandbox.preset import load_preset
from rentree.sandbox.site import open_site
from rentree.scaling import make_plan
from rentree.slo import Punctual, Refused, Response, Scaling, SignedInAtOnce
from rentree.slos.quota import Quota
from rentree.yamltext import read

Make = Callable[..., Profile]
MINUTE = 60 * SECOND


class Latency(Settings):
    """A fault as an injector declares it."""

    delay: Duration
    jitter: Duration = 0


def plan_of(profile: Profile, scale: float = 1.0, clock: float = 1.0) -> Plan:
    """The plan of a profile, as a run makes it."""
    return make_plan(
        profile,
        crowd(profile, seed=1, scale=scale, clock=clock),
        fault_kinds={"latency": Latency},
        territories={"north": {"fr": "Nord", "en": "North"}, "south": {"fr": "Sud", "en": "South"}},
        seed=1, challenge="", scale=scale, clock=clock, workers=2, sandbox=None,
        rehearsal_asked=False,
    )  # fmt: skip


def test_who_stays_so_long_at_most_leaves_before_the_others(make_profile: Make) -> None:
    """Half an hour after being due, at 10x three minutes; or with the others, who are earlier."""
    bearing = make_profile().behaviour.model_dump(by_alias=True)
    bearing["stay"] = {"until": "09:08", "at_most": "30 min"}
    profile = make_profile(behaviour=bearing)
    plan = plan_of(profile, clock=10.0)
    assert plan.behaviour.stay_at_most == 180_000_000
    assert plan.behaviour.leaves(1_000_000, 500_000_000) == 181_000_000
    assert plan.behaviour.leaves(1_000_000, 100_000_000) == 100_000_000
    assert plan_of(make_profile(), clock=10.0).behaviour.leaves(0, 500_000_000) == 500_000_000


@pytest.fixture(scope="module")
def plans(make_profile: Make) -> dict[str, Plan]:
    """The same profile as it stands, a quarter of it, and ten times faster."""
    profile = make_profile()
    return {
        "full": plan_of(profile),
        "quarter": plan_of(profile, scale=0.25),
        "fast": plan_of(profile, clock=10),
    }


def phases(plan: Plan) -> list[tuple[str, int, int]]:
    """Name, start and end of each phase."""
    return [(p.name, p.start, p.end) for p in plan.phases]


def counts(plan: Plan) -> list[tuple[int, int]]:
    """`at_least` and `held` of the promises about people inside."""
    return [(s.at_least, s.held) for s in plan.slos if isinstance(s, SignedInAtOnce)]


def fault_settings(plan: Plan) -> dict[str, Any]:
    """What the only fault is set to."""
    return plan.faults[0].settings


def limits(plan: Plan) -> list[object]:
    """Every limit and share of the promises, `within` too."""
    found: list[object] = []
    for slo in plan.slos:
        if isinstance(slo, Punctual):
            found += [slo.share, slo.within]
        elif isinstance(slo, Response):
            found += [slo.quantile, slo.below]
        elif isinstance(slo, Refused):
            found.append(slo.share_below)
    return found


ROWS: list[tuple[str, Callable[[Plan], object], object, object, object]] = [
    # what, how to see it, as the profile says, at a quarter of the scale, ten times faster
    ("people", lambda p: (p.people, p.people_in_full), (830, 830), (219, 830), (830, 830)),
    ("counts in SLOs, and how long they hold", counts,
     [(500, 2 * MINUTE), (401, MINUTE)], [(132, 2 * MINUTE), (106, MINUTE)],
     [(500, 12 * SECOND), (401, 6 * SECOND)]),
    ("phases", phases,
     [("baseline", 0, 5 * MINUTE), ("bell", 5 * MINUTE, 15 * MINUTE),
      ("recovery", 15 * MINUTE, 20 * MINUTE)], None,
     [("baseline", 0, 30 * SECOND), ("bell", 30 * SECOND, 90 * SECOND),
      ("recovery", 90 * SECOND, 120 * SECOND)]),
    ("fault windows", lambda p: (p.faults[0].start, p.faults[0].end),
     (5 * MINUTE, 15 * MINUTE), None, (30 * SECOND, 90 * SECOND)),
    ("retry intervals", lambda p: (p.behaviour.retry_after, p.behaviour.retry_jitter),
     (10 * SECOND, 3 * SECOND), None, (1 * SECOND, 300_000)),
    ("stay", lambda p: p.behaviour.stay_until, 18 * MINUTE, None, 108 * SECOND),
    ("patience", lambda p: p.behaviour.patience, 20 * SECOND, None, None),
    ("further attempts", lambda p: p.behaviour.retry_at_most, 2, None, None),
    ("network delay", fault_settings, {"delay": 200_000, "jitter": 50_000}, None, None),
    ("limits, shares and `within`", limits,
     [0.95, 60 * SECOND, 0.95, 5 * SECOND, 0.01], None, None),
    ("the scenario's time of the run's start", lambda p: p.starts_at, 530 * MINUTE, None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("look", "full", "quarter", "fast"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_the_table(
    plans: dict[str, Plan],
    look: Callable[[Plan], object],
    full: object,
    quarter: object,
    fast: object,
) -> None:
    """What scale changes, what the clock changes, and what neither touches (None: as it was)."""
    assert look(plans["full"]) == full
    assert look(plans["quarter"]) == (full if quarter is None else quarter)
    assert look(plans["fast"]) == (full if fast is None else fast)


def test_counts_follow_the_people_who_come_rounded_up(make_profile: Make) -> None:
    """A rehearsal never asks for less than its share: 192 of 730 pupils make 500 into 132."""
    profile = make_profile()
    for scale in (0.01, 0.1, 0.33, 0.9):
        members = crowd(profile, seed=1, scale=scale)
        pupils = sum(m.persona == "pupil" for m in members)
        (at_least, _), (everybody, _) = counts(plan_of(profile, scale=scale))
        assert at_least - 1 < 500 * pupils / 730 <= at_least
        assert everybody - 1 < 401 * len(members) / 830 <= everybody
        assert at_least <= pupils


def test_the_sandbox_shrinks_and_hurries_with_the_crowd(tmp_path: Path) -> None:
    """Capacity, queue and quota follow the scale, session life the clock, service times neither."""
    preset, path = load_preset("rentree")
    seen = []
    for scale, clock in [(1.0, 1.0), (0.25, 1.0), (1.0, 10.0)]:
        work = tmp_path / f"{scale}-{clock}"
        work.mkdir()
        site = open_site(preset, read(path).data, [], work=work, scale=scale, clock=clock)
        site.close()
        servers, life = site.servers, (site.sessions.idle or 0) / MINUTE
        seen.append((servers.size, servers.places, site.sessions.limit, life, site.preset.service))
    assert seen == [
        (64, 2_000, 3_000, 30, preset.service),
        (16, 500, 750, 30, preset.service),
        (64, 2_000, 3_000, 3, preset.service),
    ]


@pytest.mark.parametrize(
    ("verdict_at", "scale", "clock", "rehearsal"),
    [
        ({}, 1.0, 1.0, False),
        ({}, 0.99, 1.0, True),
        ({}, 1.0, 1.01, True),
        ({}, 1.0, 0.5, True),  # slower than life
        ({"scale": "10 %"}, 0.1, 1.0, False),
        ({"scale": "10 %"}, 0.05, 1.0, True),
        ({"clock": "10x"}, 1.0, 10.0, False),
        ({"clock": "10x"}, 1.0, 20.0, True),
        ({"scale": "10 %", "clock": "10x"}, 0.1, 20.0, True),
    ],
)
def test_what_is_a_rehearsal(
    make_profile: Make, verdict_at: dict[str, str], scale: float, clock: float, rehearsal: bool
) -> None:
    """Anything smaller or faster than the profile's verdict counts at is a rehearsal."""
    plan = plan_of(make_profile(verdict_at=verdict_at), scale, clock)
    assert plan.rehearsal is rehearsal
    assert plan.rehearsal_asked is False


def test_a_plan_is_read_back_as_it_was_written(plans: dict[str, Plan]) -> None:
    """raw/plan.json is all that the judge reads of what was asked."""
    for plan in plans.values():
        assert Plan.model_validate(dump(plan)) == plan


def test_moments_find_their_phase(plans: dict[str, Plan]) -> None:
    """A phase holds its start and not its end; after the last one it is still the last one."""
    plan = plans["full"]
    table = {0: "baseline", 5 * MINUTE - 1: "baseline", 5 * MINUTE: "bell", 10**12: "recovery"}
    assert {moment: plan.phase_at(moment) for moment in table} == table
    assert (plan.window(None).start, plan.window(None).end) == (0, plan.end)
    assert plan.window("bell") == plan.phases[1].span


@pytest.mark.parametrize("share", [1.0, 0.5, 0.003, 364 / 309_500])
def test_a_quota_is_full_where_the_sandbox_s_is(share: float) -> None:
    """One more than `at_most` would stand above the sandbox's limit, and `at_most` does not."""
    by = Scaling(lambda _: share, 1, lambda moment: moment)
    quota = Quota.model_validate({"slo": "quota", "at_most": "60 000"})
    at_most = quota.scaled(by).at_most
    assert at_most <= 60_000 * share < at_most + 1


@pytest.mark.parametrize(
    ("day", "judged", "not_yet"),
    [
        ("2021-04-06", ["refused"], ["CCTP 1", "CCTP 2"]),
        ("2021-04-07", ["refused", "response"], ["CCTP 2"]),
        ("2021-04-26", ["refused", "response", "response"], []),
    ],
)
def test_a_promise_holds_from_its_day_on(
    make_profile: Make, day: str, judged: list[str], not_yet: list[str]
) -> None:
    """Before it, it is among what was not checked; what has no day holds on every one."""
    page = {"slo": "response", "step": "home", "quantile": "95 %", "below": "2 s"}
    slos = [
        {"slo": "refused", "share_below": "1 %"},
        page | {"promise": {"ref": "CCTP 1", "text": "ce matin", "from": "2021-04-07"}},
        page | {"promise": {"ref": "CCTP 2", "text": "à la rentrée", "from": "2021-04-26"}},
    ]
    claim = {"ref": "F12", "text": "illimité", "needs": "un nombre"}
    plan = plan_of(make_profile(day=day, slos=slos, not_checked=[claim]))
    plan = Plan.model_validate_json(json.dumps(dump(plan)))  # as the evidence keeps it
    assert [slo.slo for slo in plan.slos] == judged
    assert [item.ref for item in plan.not_checked] == ["F12", *not_yet]
    assert str(plan.day) == day
