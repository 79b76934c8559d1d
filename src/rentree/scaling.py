"""From a profile to the plan of one run: what scale and clock change, and what they never touch.

scale changes   people (whole classes), counts in SLOs, floods, the sandbox's capacity and quotas
clock changes   phases, bells and spread, think times, fault windows, retry intervals, `held`,
                `stay`, session life of the sandbox
never touched   service times, network delay, response limits, patience, `within` of punctual
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rentree.crowd import Crowd
from rentree.errors import UsageError
from rentree.fault import Settings
from rentree.plan import Behaviour, Fallback, NotChecked, Phase, Plan, PlannedFault
from rentree.profile import Bearing, FaultEntry, FaultKinds, Profile
from rentree.quantity import Span
from rentree.ramp import cut, grown
from rentree.slo import Scaling
from rentree.windows import spans, window
from rentree.words import LANGUAGES


def make_plan(
    profile: Profile,
    members: Crowd,
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
    faults = [
        fault
        for entry in profile.faults
        for fault in planned(
            entry, profile, fault_kinds[entry.fault],
            scale=len(members) / sum(sum(c.come.values()) for c in profile.crowd),
            clock=clock, seed=f"{seed}/{challenge}",
        )
    ]  # fmt: skip
    if len({fault.name for fault in faults}) < len(faults):
        raise UsageError("a burst of one fault has the name of another fault: rename that")
    phases = [
        Phase(name=n, start=moment(s.start), end=moment(s.end)) for n, s in profile.phases.items()
    ]
    by = scaling(profile, members, clock, moment)
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
        day=profile.day,
        phases=phases,
        behaviour=Behaviour(
            patience=bearing.patience,
            retry_after=round(bearing.retry.after / clock),
            retry_jitter=round(bearing.retry.jitter / clock),
            retry_at_most=bearing.retry.at_most,
            stay_until=moment(bearing.stay.until),
            stay_at_most=most if (most := bearing.stay.at_most) is None else round(most / clock),
            fallback=_fallback(bearing),
        ),
        faults=faults,
        slos=[slo.scaled(by) for slo in profile.slos if slo.holds_on(profile.day)],
        stops=profile.stop,
        not_checked=[*profile.not_checked, *_not_yet(profile)],
        steps_at=profile.steps_at,
        journeys_apart=any(coming.journeys for coming in profile.crowd),
        expects=dict(profile.expects),
        territories={c.territory: dict(territories[c.territory]) for c in profile.crowd},
        workers=workers,
        sandbox=sandbox,
        **facts,
    )


def _not_yet(profile: Profile) -> list[NotChecked]:
    """Promises that hold only from a later day than the one that is played."""
    return [
        NotChecked.model_validate(slo.promise.model_dump(by_alias=True))
        for slo in profile.slos
        if slo.promise is not None and not slo.holds_on(profile.day)
    ]


def _fallback(bearing: Bearing) -> Fallback | None:
    to = bearing.fallback
    return None if to is None else Fallback.model_validate(to.model_dump(by_alias=True))


def scaling(
    profile: Profile, members: Crowd, clock: float, moment: Callable[[int], int]
) -> Scaling:
    """What this run's scale and clock make of promises."""

    def share(persona: str | None) -> float:
        full = sum(n for c in profile.crowd for p, n in c.come.items() if persona in (None, p))
        here = sum(n for (_, p), n in members.counts.items() if persona in (None, p))
        return here / full

    return Scaling(share, clock, moment)


def planned(
    entry: FaultEntry,
    profile: Profile,
    kind: type[Settings],
    *,
    scale: float,
    clock: float,
    seed: str,
) -> list[PlannedFault]:
    """A fault for this run: its windows, its settings as so large a part of the people asks.

    Repeated or ramped it becomes several, NAME-1, NAME-2 …: each is proven by itself.

    Raises:
        UsageError: its bursts do not fit at this clock.
    """

    def put(moment: int) -> int:
        return round((moment - profile.starts_at) / clock)

    try:
        stretches = spans(
            window(entry.during, profile.phases), entry.repeat, put, clock, f"{seed}/{entry.name}"
        )
    except ValueError as error:
        raise UsageError(f"fault “{entry.name}”, at this clock: {error}") from None
    own = [entry.own_keys()] * len(stretches)
    if entry.ramp is not None:
        stretches = cut(stretches[0], entry.ramp.steps)
        own = grown(entry.own_keys(), entry.ramp, kind)
    alone = entry.repeat is None and entry.ramp is None
    return [
        _one(entry, entry.name if alone else f"{entry.name}-{i}", stretch, settings)
        for i, (stretch, settings) in enumerate(
            zip(stretches, (kind.model_validate(keys).scaled(scale) for keys in own), strict=True),
            1,
        )
    ]


def _one(entry: FaultEntry, name: str, stretch: Span, settings: Settings) -> PlannedFault:
    return PlannedFault(
        name=name,
        fault=entry.fault,
        hits=entry.hit(),
        start=stretch.start,
        end=stretch.end,
        settings=settings.model_dump(mode="json", by_alias=True),
        told={language: settings.told(language) for language in LANGUAGES},
        sends=settings.sends(),
        source=entry.source,
        part_of="" if name == entry.name else entry.name,
    )
