"""A timetable as a profile has it, and shown by the outlook to fit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rentree.asked import Capacity, demand
from rentree.crowd import Crowd, crowd
from rentree.errors import UsageError
from rentree.outlook import Outlook, outlook
from rentree.prepare import Prepared
from rentree.profile import Bell, Others, Profile, Stay
from rentree.quantity import SECOND, Span, parse_span
from rentree.scaling import make_plan
from rentree.slos.punctual import clock
from rentree.timetable import (
    MINUTE,
    Timetable,
    fitted,
    groups,
    last_stay,
    pace_of,
    personas,
)

_LATEST = 24 * 60 * MINUTE - SECOND  # of a profile's times: 23:59:59
WIDER, TIMES = 1.03, 5  # a draw that is beyond its margin widens the timetable, so often at most


@dataclass(frozen=True)
class Proposal:
    """A timetable that the outlook has shown to fit, and what it looks like."""

    table: Timetable
    keys: dict[str, Any]
    seen: Outlook
    members: Crowd
    starts_at: int  # µs of the day


def propose(prepared: Prepared, capacity: Capacity, day: Span) -> Proposal | None:
    """The shortest timetable that the outlook shows to fit; None: nothing fits in the day.

    Raises:
        UsageError: the profile's phases around it would leave the day.
    """
    profile, members = prepared.profile, prepared.members
    mean, who = pace_of(members, prepared.walks), groups(members, profile)
    for turn in range(TIMES):
        table = fitted(capacity, mean, who, day, last_stay(profile), WIDER**turn)
        if table is None:
            return None
        said = keys(table, profile, _source(profile, capacity))
        proposal = _shown(prepared, proposed(profile, said), table, said)
        if demand(proposal.seen).fits(capacity):
            return proposal
    return None


def _source(profile: Profile, capacity: Capacity) -> str:
    """What a bell's figures are from: the command that computed them."""
    asked = "".join(f" --fits '{value:.4g} {unit}'" for value, unit in capacity.told())
    return f"convention: computed by rentree check {profile.profile}{asked}"


def _shown(
    prepared: Prepared, profile: Profile, table: Timetable, said: dict[str, Any]
) -> Proposal:
    """What the outlook has to say of it, by the same people."""
    plan = prepared.plan
    members = crowd(profile, seed=plan.seed, challenge=plan.challenge)
    then = make_plan(
        profile, members, fault_kinds={}, territories=plan.territories, seed=plan.seed,
        challenge=plan.challenge, scale=1.0, clock=1.0, workers=plan.workers,
        sandbox=plan.sandbox, rehearsal_asked=False,
    )  # fmt: skip
    return Proposal(table, said, outlook(members, then, prepared.walks), members, profile.starts_at)


def keys(table: Timetable, profile: Profile, source: str) -> dict[str, Any]:
    """The keys of a profile that make it so, as YAML has them."""
    who = personas(profile)
    several = len({slot.level for slot in table.slots}) > 1
    span = table.span
    return {
        "phases": _phases(table, profile),
        "bells": [
            {
                "at": _time(slot.start),
                "source": source,
                "convenes": dict.fromkeys(who, f"{slot.share * 100:.12g} %"),
                **({"levels": [slot.level]} if several else {}),
                "arrive": {"from": _time(slot.start), "to": _time(slot.end), "curve": "even"},
            }
            for slot in table.slots
        ],
        "others": {"arrive": {"from": _time(span.start), "to": _time(span.end), "curve": "even"}},
        "behaviour": {
            "stay": {"until": _time(span.end + table.stay), "at_most": _long(table.stay)}
        },
    }


def _phases(table: Timetable, profile: Profile) -> dict[str, str]:
    """Its phases: the one of the first arrivals takes all slots, the last one those who stay.

    Raises:
        UsageError: they begin before midnight, or end after it.
    """
    named = list(profile.phases.items())
    arrive = min(
        [bell.at for bell in profile.bells]
        or [profile.others.arrive.from_ if profile.others else profile.starts_at]
    )
    main = next(i for i, (_, span) in enumerate(named) if arrive < span.end)
    until = table.span.end + table.stay + profile.ends_at - profile.behaviour.stay.until
    start = table.span.start - sum(span.length for _, span in named[:main])
    if start < 0 or until > _LATEST:
        raise UsageError(
            f"with slots from {clock(table.span.start)} to {clock(table.span.end)} the phases "
            "around them would leave the day: give another --day"
        )
    found: dict[str, str] = {}
    for i, (name, span) in enumerate(named):
        end = table.span.end if i == main else start + span.length
        end = max(end, until) if i == len(named) - 1 else end
        found[name] = f"{_time(start)}-{_time(end)}"
        start = end
    return found


def proposed(profile: Profile, said: Mapping[str, Any]) -> Profile:
    """The profile with these keys, and neither faults nor promises: what an outlook needs."""
    stay = Stay.model_validate(said["behaviour"]["stay"])
    return profile.model_copy(
        update={
            "phases": {name: parse_span(span) for name, span in said["phases"].items()},
            "bells": [Bell.model_validate(bell) for bell in said["bells"]],
            "others": Others.model_validate(said["others"]),
            "behaviour": profile.behaviour.model_copy(update={"stay": stay}),
            "faults": [],
            "slos": [],
        }
    )


def _time(moment: int) -> str:
    minutes, seconds = divmod(math.ceil(moment / SECOND), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")


def _long(us: int) -> str:
    return f"{us // MINUTE} min" if us % MINUTE == 0 else f"{math.ceil(us / SECOND)} s"
