"""What `rentree check --fits` says: does it fit, and if not, which timetable by slots would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from rentree.asked import USABLE, Capacity, Demand, Peak, demand
from rentree.errors import UsageError
from rentree.i18n import Language, translator
from rentree.outlook import Outlook
from rentree.outlook_picture import clock
from rentree.prepare import Prepared
from rentree.proposal import Proposal, propose
from rentree.quantity import SECOND, Span
from rentree.timetable import Slot, last_stay, needed, pace_of
from rentree.words import duration, number, percent


def require_whole(prepared: Prepared, capacity: Capacity) -> None:
    """Raise UsageError when it is not the morning itself that would be fitted, or to another's."""
    for measured in capacity.of:
        if measured != prepared.plan.profile:
            raise UsageError(
                f"--fits: that capacity was measured with the journeys of “{measured}”, and a step "
                f"costs what it costs there: measure “{prepared.plan.profile}” (rentree capacity), "
                "or, where the journeys are the same, say the rate in words (“160 steps/s”)"
            )
    plan, platforms = prepared.plan, prepared.profile.platforms
    if plan.people < plan.people_in_full or plan.clock != 1:
        raise UsageError(
            "--fits is of the morning as it is: leave --scale out, and say --clock 1x where the "
            "profile has another clock"
        )
    if len(platforms) > 1:
        raise UsageError(
            f"--fits is of one platform, and people go to {', '.join(platforms)}: make a profile "
            "for each"
        )


def print_timetable(
    prepared: Prepared, seen: Outlook, capacity: Capacity, day: Span,
    language: Language, console: Console,
) -> bool:  # fmt: skip
    """Whether the profile's own arrivals fit; if not, a timetable that does, or what is lacking."""
    _ = translator(language)

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    asked = demand(seen)
    for line in _asked(asked, capacity, language):
        say(line)
    if asked.fits(capacity):
        say(_("IT FITS: no timetable is needed"))
        return True
    say(_("IT DOES NOT FIT as it is"))
    say("")
    proposal = propose(prepared, capacity, day)
    if proposal is None:
        for line in _lacking(prepared, capacity, day, language):
            say(line)
        return False
    table = proposal.table
    say(
        _(
            "A timetable that fits: slots from {start} to {end}; whoever stays does so {stay} at "
            "most"
        ).format(start=_clock(table.span.start, language), end=_clock(table.span.end, language),
                stay=duration(table.stay, language))
        + (_(" (shorter than in the profile, or there are too few places)")
           if table.shortened else "")
    )  # fmt: skip
    console.print(_slots(proposal, language))
    others = int(np.count_nonzero(~proposal.members.convened))
    say(_("{people} more, whom no slot convenes, come evenly all the time").format(
        people=number(others, language)))  # fmt: skip
    for line in _asked(demand(proposal.seen), capacity, language):
        say(line)
    say("")
    say(_("# These keys make it so, in a profile that extends {profile}:").format(
        profile=prepared.profile.profile))  # fmt: skip
    say(_yaml(proposal.keys))
    return False


def _asked(asked: Demand, capacity: Capacity, language: Language) -> Iterator[str]:
    """A line for each capacity: what is asked, what may be, and whether that is so."""
    _, share = translator(language), percent(USABLE, language, decimals=0)
    rates: list[tuple[float | None, Peak, str]] = [
        (capacity.steps, asked.steps, _("steps/s")),
        (capacity.sign_ins, asked.sign_ins, _("sign-ins/s")),
    ]
    for most, peak, unit in rates:
        if most is not None:
            yield _(
                "of {most} {unit}: {second} in the busiest second (all of it may be asked), "
                "{minute} in the busiest minute ({share} may: {usable})"
            ).format(
                most=number(most, language, 1), unit=unit, second=number(peak.second, language, 1),
                minute=number(peak.minute, language, 1), share=share,
                usable=number(USABLE * most, language, 1),
            ) + (_(": fits") if peak.fits(most) else _(": TOO MUCH"))  # fmt: skip
    if capacity.sessions is not None:
        yield _("of {most} sessions: {peak} open at once ({share} may be: {usable})").format(
            most=number(capacity.sessions, language), peak=number(asked.sessions, language),
            share=share, usable=number(USABLE * capacity.sessions, language),
        ) + (
            _(": fits") if asked.sessions <= USABLE * capacity.sessions else _(": TOO MUCH")
        )  # fmt: skip


def _lacking(
    prepared: Prepared, capacity: Capacity, day: Span, language: Language
) -> Iterator[str]:
    """That nothing fits, and how much would do."""
    _ = translator(language)
    stay = last_stay(prepared.profile)
    much = needed(capacity, pace_of(prepared.members, prepared.walks), day, stay)
    units = [(much.steps, _("steps/s")), (much.sign_ins, _("sign-ins/s")),
             (much.sessions, _("sessions"))]  # fmt: skip
    told = [f"{number(np.ceil(most), language)} {unit}" for most, unit in units if most is not None]
    yield _(
        "NOTHING FITS between {start} and {end}, however {people} people are spread. With stays of "
        "{stay} it would take about {told}"
    ).format(
        start=_clock(day.start, language), end=_clock(day.end, language),
        people=number(len(prepared.members), language), stay=duration(stay, language),
        told=_(" and ").join(told),
    )  # fmt: skip


def _slots(proposal: Proposal, language: Language) -> Table:
    _ = translator(language)
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column(_("slot"))
    for head in ("begins", "ends", "classes", "people", "steps/s", "sessions"):
        table.add_column(_(head), justify="right")
    for slot in proposal.table.slots:
        table.add_row(*_row(proposal, slot, language))
    return table


def _row(proposal: Proposal, slot: Slot, language: Language) -> list[str]:
    """One slot: who, from, to, classes, people, and the peaks meanwhile."""
    members, seen = proposal.members, proposal.seen
    start, end = slot.start - proposal.starts_at, slot.end - proposal.starts_at
    here = members.convened & (members.due >= start) & (members.due < end)
    steps = seen.per_second(np.sum(list(seen.steps.values()), axis=0))
    inside = seen.sessions[start // seen.width : end // seen.width]
    of = {"fr": "sur", "en": "of"}[language]
    return [
        slot.level + (f" {slot.part} {of} {slot.parts}" if slot.parts > 1 else ""),
        _clock(slot.start, language), _clock(slot.end, language),
        number(len(np.unique(members.class_[here])), language),
        number(int(np.count_nonzero(here)), language),
        number(float(steps[start // SECOND : end // SECOND].max()), language),
        number(float(inside.max()), language),
    ]  # fmt: skip


def _clock(moment: int, language: Language) -> str:
    return clock(moment / SECOND, language)


def _yaml(said: dict[str, Any]) -> str:
    """The keys as our profiles write them: a bell on some lines, all else on one each."""
    lines = [f"phases: {_flow(said['phases'])}", "bells:"]
    for bell in said["bells"]:
        told = [f"{key}: {_flow(value)}" for key, value in bell.items()]
        lines += [f"  - {told[0]}", *(f"    {line}" for line in told[1:])]
    lines += [f"{key}: {_flow(said[key])}" for key in ("others", "behaviour")]
    return "\n".join(lines)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if ": " in value else str(value)
