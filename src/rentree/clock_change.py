"""Times that a clock change makes two moments of, or none: a profile that plays such a day. Pure.

In October an hour comes twice and in March one is left out (Europe/Paris: 02:00 to 03:00). A time
in it cannot be played, and what goes over it would last an hour more, or less, than its times say.
Without the profile's `day` no time is in doubt: every other day has each of them once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from rentree.errors import Problem
from rentree.quantity import SECOND, Span
from rentree.yamltext import Document, Place

_MINUTE = 60 * SECOND
_MINUTES = 24 * 60


class Change(NamedTuple):
    """What a clock change does to a stretch of a day, by the clock on the wall."""

    span: Span  # µs since midnight
    repeated: bool  # else it does not exist


def changes(day: date, zone: str) -> list[Change]:
    """The stretches of a day in a zone that come twice, or not at all, to the minute."""
    midnight, at = datetime.combine(day, time()), ZoneInfo(zone)
    found: list[Change] = []
    for minute in range(_MINUTES):
        moment = (midnight + timedelta(minutes=minute)).replace(tzinfo=at)
        # PEP 495: `fold` chooses between the two; with one only, or none, it tells them apart.
        first, second = moment.utcoffset(), moment.replace(fold=1).utcoffset()
        if first is None or second is None or first == second:
            continue
        start, repeated = minute * _MINUTE, first > second
        if found and found[-1] == (Span(found[-1].span.start, start), repeated):
            start = found.pop().span.start
        found.append(Change(Span(start, (minute + 1) * _MINUTE), repeated))
    return found


def check_clock(parts: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    """Times of a profile in a clock change, and phases that go over one."""
    day, zone = parts.get("day"), parts.get("zone", "Europe/Paris")
    if day is None:
        return
    for change in changes(day, zone):
        what, way, much = (
            ("comes twice", "back", "longer")
            if change.repeated
            else ("does not exist", "forward", "shorter")
        )
        hour = f"{_clock(change.span.start)} to {_clock(change.span.end)}"
        when = f"on {day} clocks go {way} in {zone}, {hour} {what}"
        for place, moment in _times(parts):
            if moment in change.span:
                text = f"{_clock(moment)} {what}: {when}: take another time, or another `day`"
                yield document.problem(place, text)
        for name, span in (parts.get("phases") or {}).items():
            if span.start < change.span.start and span.end >= change.span.end:
                yield document.problem(
                    ("phases", name),
                    f"phase “{name}” goes over a clock change and would last {much} than its times "
                    f"say: {when}: end before it, begin after it, or play another `day`",
                )


def _times(parts: Mapping[str, Any]) -> Iterator[tuple[Place, int]]:
    """Every time of day that says when something happens."""
    for name, span in (parts.get("phases") or {}).items():
        yield from ((("phases", name), moment) for moment in (span.start, span.end))
    stretches: list[tuple[Place, Any]] = []
    for i, bell in enumerate(parts.get("bells") or []):
        yield ("bells", i, "at"), bell.at
        stretches.append((("bells", i, "arrive"), bell.arrive))
    if parts.get("others"):
        stretches.append((("others", "arrive"), parts["others"].arrive))
    for place, arrive in stretches:
        yield (*place, "from"), arrive.from_
        yield (*place, "to"), arrive.to
    if parts.get("behaviour"):
        yield ("behaviour", "stay", "until"), parts["behaviour"].stay.until


def _clock(moment: int) -> str:
    seconds = moment // SECOND
    shown = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return shown if seconds % 60 == 0 else f"{shown}:{seconds % 60:02}"
