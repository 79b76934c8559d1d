"""From a profile to the plan of one run: what scale and clock change, and what they never touch.

scale changes   people (whole classes), counts in SLOs, floods, the sandbox's capacity and quotas
clock changes   phases, bells and spread, think times, fault windows, retry intervals, `held`,
                `stay`, session life of the sandbox
never touched   service times, network delay, response limits, patience, `within` of punctual
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rentree.crowd import Member
from rentree.fault import Settings
from rentree.plan import Behaviour, Phase, Plan, PlannedFault
from rentree.profile import FaultEntry, FaultKinds, Profile
from rentree.slo import AnySlo, SignedInAtOnce
from rentree.words import LANGUAGES


def make_plan(
    profile: Profile,
    members: Sequence[Member],
    *,
    fault_kinds: FaultKinds,
    territories: Mapping[str, Mapping[str, str]],
    seed: int,
    challenge: str,
    scale: float,
    clock: float,
    workers: int,
    sandbox: str | None,
    rehearsal_asked: bool,
    **facts: Any,
) -> Plan:
    """Put every figure of a profile on the run's own clock (µs) and scale.

    `facts`: further fields of the plan, as they stand (`target`, `notes`, `disclaimer` …).
    """

    def moment(time: int) -> int:
        return round((time - profile.starts_at) / clock)

    bearing = profile.behaviour
    phases = [
        Phase(name=n, start=moment(s.start), end=moment(s.end)) for n, s in profile.phases.items()
    ]
    come, in_full = len(members), sum(sum(c.come.values()) for c in profile.crowd)
    return Plan(
        profile=profile.profile,
        title=profile.title.model_dump(),
        seed=seed,
        challenge=challenge,
        scale=scale,
        clock=clock,
        verdict_at={"scale": profile.verdict_at.scale, "clock": profile.verdict_at.clock},
        rehearsal_asked=rehearsal_asked,
        people=come,
        people_in_full=in_full,
        starts_at=profile.starts_at,
        zone=profile.zone,
        phases=phases,
        behaviour=Behaviour(
            patience=bearing.patience,
            retry_after=round(bearing.retry.after / clock),
            retry_jitter=round(bearing.retry.jitter / clock),
            retry_at_most=bearing.retry.at_most,
            stay_until=moment(bearing.stay.until),
        ),
        faults=[
            planned(entry, phases, fault_kinds[entry.fault], scale=come / in_full)
            for entry in profile.faults
        ],
        slos=[scaled(slo, profile, members, clock) for slo in profile.slos],
        not_checked=profile.not_checked,
        expects=dict(profile.expects),
        territories={c.territory: dict(territories[c.territory]) for c in profile.crowd},
        workers=workers,
        sandbox=sandbox,
        **facts,
    )


def scaled(slo: AnySlo, profile: Profile, members: Sequence[Member], clock: float) -> AnySlo:
    """An SLO for this run: counts follow the people who come, rounded up; `held` the clock."""
    if not isinstance(slo, SignedInAtOnce):
        return slo
    full = sum(n for c in profile.crowd for p, n in c.come.items() if slo.persona in (None, p))
    here = sum(1 for m in members if slo.persona in (None, m.persona))
    return slo.model_copy(
        update={"at_least": math.ceil(slo.at_least * here / full), "held": round(slo.held / clock)}
    )


def planned(
    entry: FaultEntry, phases: Sequence[Phase], kind: type[Settings], *, scale: float
) -> PlannedFault:
    """A fault for this run: in its phase, its settings as so large a part of the people asks."""
    settings = kind.model_validate(entry.own_keys()).scaled(scale)
    during = next(p for p in phases if p.name == entry.during)
    return PlannedFault(
        name=entry.name,
        fault=entry.fault,
        hits=entry.hit(),
        start=during.start,
        end=during.end,
        settings=settings.model_dump(mode="json", by_alias=True),
        told={language: settings.told(language) for language in LANGUAGES},
        sends=settings.sends(),
        source=entry.source,
    )
