"""What must hang together in a profile: names that exist, times inside, limits that can be met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from rentree.bell_check import check_bells, convened
from rentree.clock_change import check_clock
from rentree.errors import Problem
from rentree.fault import Settings
from rentree.fault_check import check_faults
from rentree.presets import key_of, presets_of
from rentree.profile import Coming
from rentree.record import facts
from rentree.sample import CREATE_ACCOUNT, SIGN_IN, SIGN_OUT
from rentree.slo import Slo, Surroundings
from rentree.slos.punctual import clock
from rentree.stop import Health
from rentree.yamltext import Document, Place, nearest

_EACH = "people sign in and out of each platform by itself: leave it out"
_APART = {  # steps that `steps_at` does not move, and why
    SIGN_IN: _EACH,
    SIGN_OUT: _EACH,
    CREATE_ACCOUNT: "people create their account where they go first: leave it out",
}


def cross_check(
    parts: Mapping[str, Any],
    document: Document,
    journeys: Mapping[str, list[str]],
    fault_kinds: Mapping[str, type[Settings]],
    territories: Mapping[str, Any],
) -> list[Problem]:
    """Problems between the sections that are sound by themselves (`parts`)."""
    problems = [
        *_phases(parts, document),
        *_crowd(parts, document, journeys, territories),
        *_homes(parts, document),
        *_new_accounts(parts, document),
        *_elsewhere(parts, document, journeys),
        *_replayed(parts, document),
        *_times(parts, document),
        *check_faults(parts, document, fault_kinds),
        *_slos(parts, document, journeys),
        *_dated(parts, document),
        *_stops(parts, document),
    ]
    problems += [
        document.problem(("journeys", persona), f"nobody comes as “{persona}”")
        for persona in parts.get("journeys") or {}
        if persona not in (_personas(parts) or {persona})
    ]
    if parts.get("zone", "UTC") not in _zones():
        problems.append(document.problem(("zone",), f"unknown time zone “{parts['zone']}”"))
    elif _sound("zone", parts, document):
        problems += check_clock(parts, document)
    return problems


@cache
def _zones() -> set[str]:
    """The names of all time zones: the system's files are looked through once."""
    return available_timezones()


def _phases(parts: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    phases = parts.get("phases")
    if phases is None:
        return
    if not phases:
        yield document.problem(("phases",), "a run needs at least one phase")
    previous: tuple[str, Any] | None = None
    for name, span in phases.items():
        if previous and span.start != previous[1].end:
            yield document.problem(
                ("phases", name),
                f"phase “{name}” begins at {clock(span.start)}, but “{previous[0]}” ends at "
                f"{clock(previous[1].end)}: phases follow one another without gap or overlap",
            )
        previous = (name, span)


def _crowd(
    parts: Mapping[str, Any],
    document: Document,
    journeys: Mapping[str, list[str]],
    territories: Mapping[str, Any],
) -> Iterator[Problem]:
    seen: set[str] = set()
    if "crowd" in parts and not parts["crowd"]:
        yield document.problem(("crowd",), "nobody comes: a run needs people")
    for i, coming in enumerate(parts.get("crowd") or []):
        place: Place = ("crowd", i, "territory")
        if coming.territory not in territories:
            hint = nearest(coming.territory, territories)
            yield document.problem(place, f"unknown territory “{coming.territory}”: {hint}")
        if coming.territory in seen:
            yield document.problem(place, f"territory “{coming.territory}” stands twice")
        seen.add(coming.territory)
        if len(set(coming.unit.levels)) < len(coming.unit.levels):
            yield document.problem(("crowd", i, "unit", "levels"), "a level stands twice")
        for persona in coming.journeys:
            if persona not in coming.come:
                hint = nearest(persona, coming.come)
                text = f"nobody comes from there as “{persona}”: {hint}"
                yield document.problem(("crowd", i, "journeys", persona), text)
        for persona in coming.come:
            walks = (parts.get("journeys") or {}).get(persona, persona)
            place = ("journeys", persona) if walks != persona else ("crowd", i, "come", persona)
            if persona in coming.journeys:
                walks, place = coming.journeys[persona], ("crowd", i, "journeys", persona)
            if walks not in journeys:
                text = f"no journey for “{walks}” in loadtests/: {nearest(walks, journeys)}"
                yield document.problem(place, text)
        if not coming.come.get("pupil"):
            yield document.problem(
                ("crowd", i, "come"), "no pupils come: classes are made of pupils"
            )
        if coming.classes.of < 1 or coming.classes.per_school < 1:
            yield document.problem(
                ("crowd", i, "classes"), "a class and a school need at least one"
            )
        yield from _schools(coming, ("crowd", i), document)


def _schools(coming: Coming, place: Place, document: Document) -> Iterator[Problem]:
    schools = coming.schools
    if schools is None:
        return
    if "classes" in coming.model_fields_set:
        yield document.problem(
            (*place, "classes"), "schools of recorded sizes have classes of their own: leave it out"
        )
    for level in schools.shares:
        if level not in coming.unit.levels:
            yield document.problem(
                (*place, "schools", "shares", level),
                f"no “{level}” among the unit's levels: {nearest(level, coming.unit.levels)}",
            )
    if schools.shares and round(sum(schools.shares.values()), 9) != 1:
        yield document.problem((*place, "schools", "shares"), "the shares do not make 100 %")


def _replayed(parts: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    """What it reproduces is numbered; what history names is told of a preset that is expected."""
    for number in parts.get("reproduces", {}):
        if number not in facts():
            text = f"“{number}” is no number of the record: F01 to F61, X01 to X17 (docs/record.md)"
            yield document.problem(("reproduces", number), text)
    expected = parts.get("expects", {})
    platforms = Surroundings(parts, document.data, {}).platforms
    for key in expected:
        presets = presets_of(key)
        if "" not in presets and platforms and set(presets) != platforms:
            text = f"people go to {', '.join(sorted(platforms))}: name a preset for each"
            yield document.problem(("expects", key), text)
        if key != key_of(presets):
            text = f"platforms stand in the order of their names: “{key_of(presets)}”"
            yield document.problem(("expects", key), text)
    for preset in parts.get("named_by", {}):
        if preset not in expected:
            hint = nearest(preset, expected)
            text = f"no verdict is expected of “{preset}”: {hint}"
            yield document.problem(("named_by", preset), text)


def _elsewhere(
    parts: Mapping[str, Any], document: Document, journeys: Mapping[str, list[str]]
) -> Iterator[Problem]:
    """Steps that are done at another platform, and the one that people fall back on."""
    around = Surroundings(parts, document.data, journeys)
    tried = around.tried() - _APART.keys()
    for step in parts.get("steps_at") or {}:
        if "crowd" in parts and step not in tried:
            text = f"nobody does the step “{step}”: {nearest(step, tried)}"
            yield document.problem(("steps_at", step), _APART.get(step, text))
    fallback = parts["behaviour"].fallback if "behaviour" in parts else None
    if fallback is None:
        return
    place: Place = ("behaviour", "fallback")
    if around.platforms and fallback.from_ not in around.platforms:
        hint = nearest(fallback.from_, around.platforms)
        text = f"nobody goes to “{fallback.from_}”: {hint}"
        yield document.problem((*place, "from"), text)
    if fallback.to == fallback.from_:
        text = "people fall back on another platform than the one that they give up"
        yield document.problem((*place, "to"), text)


def _homes(parts: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    homes = parts.get("homes")
    if homes and round(sum(homes.values()), 9) != 1:
        yield document.problem(("homes",), "the shares of home networks do not make 100 %")


def _new_accounts(parts: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    """Those whose account is not there yet are some of those who come."""
    personas = _personas(parts)
    for persona in parts["new_accounts"].share if "new_accounts" in parts else ():
        if personas and persona not in personas:
            text = f"nobody comes as “{persona}”: {nearest(persona, personas)}"
            yield document.problem(("new_accounts", "share", persona), text)


def _times(parts: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    phases = parts.get("phases")
    told = parts.get("crowd") and _sound("bells", parts, document)
    if (
        told
        and "others" not in document.data
        and any(share < 1 for shares in convened(parts).values() for share in shares)
    ):
        yield document.problem((), "not everybody is convened: say when `others` arrive")
    places: list[tuple[Place, Any]] = [
        (("bells", i, "arrive"), bell.arrive) for i, bell in enumerate(parts.get("bells") or [])
    ]
    if parts.get("others"):
        places.append((("others", "arrive"), parts["others"].arrive))
    for place, arrive in places:
        if arrive.to <= arrive.from_:
            yield document.problem(place, "arrivals end before they begin")
        if phases and not (_start(phases) <= arrive.from_ and arrive.to <= _end(phases)):
            stretch = f"{clock(_start(phases))} to {clock(_end(phases))}"
            yield document.problem(place, f"people arrive outside the phases ({stretch})")
        if arrive.curve == "swell" and place[0] == "others":
            yield document.problem(
                (*place, "curve"), "“swell” grows towards a bell, and none rings for the others"
            )
    yield from check_bells(parts, document)
    bearing = parts.get("behaviour")
    if bearing and phases and not _start(phases) < bearing.stay.until <= _end(phases):
        yield document.problem(("behaviour", "stay"), "people stay until a time outside the phases")
    if bearing and bearing.stay.at_most is not None and bearing.stay.at_most <= 0:
        yield document.problem(("behaviour", "stay", "at_most"), "give more than nothing")
    if bearing and bearing.patience <= 0:
        yield document.problem(("behaviour", "patience"), "patience must be longer than zero")


def _slos(
    parts: Mapping[str, Any], document: Document, journeys: Mapping[str, list[str]]
) -> Iterator[Problem]:
    slos, phases = parts.get("slos"), parts.get("phases")
    around = Surroundings(parts, document.data, journeys)
    if slos is not None and not slos:
        yield document.problem(
            ("slos",), "nothing is promised: a run that checks nothing proves nothing"
        )
    for i, slo in enumerate(slos or []):
        if slo.phase is not None and phases and slo.phase not in phases:
            hint = nearest(slo.phase, phases)
            yield document.problem(("slos", i, "in"), f"no phase “{slo.phase}”: {hint}")
        if slo.platform is not None:
            yield from _slo_at(slo, ("slos", i, "platform"), around.platforms, document)
        for key, text in slo.mistakes(around):
            yield document.problem(("slos", i, *([key] if key != "slo" else [])), text)


def _dated(parts: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    """A promise that holds from a day on needs the day that is played, and one that holds then."""
    slos, day = parts.get("slos") or [], parts.get("day")
    for i, slo in enumerate(slos):
        if slo.promise is not None and slo.promise.from_ is not None and "day" not in document.data:
            yield document.problem(
                ("slos", i, "promise", "from"),
                "a promise that holds from a day on needs the day that is played: say "
                f"`day: {slo.promise.from_}` in the profile, or another day",
            )
    if day is not None and slos and not any(slo.holds_on(day) for slo in slos):
        yield document.problem(
            ("day",), f"nothing is promised on {day} yet: play a later day, or promise something"
        )


def _slo_at(slo: Slo, place: Place, platforms: set[str], document: Document) -> Iterator[Problem]:
    """A promise of one platform: somebody goes there, and it can be told of one."""
    if platforms and slo.platform not in platforms:
        hint = nearest(str(slo.platform), platforms)
        yield document.problem(place, f"nobody goes to “{slo.platform}”: {hint}")
    if not slo.by_platform:
        yield document.problem(place, f"“{slo.word}” is told of all platforms: leave it out")


def _stops(parts: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    platforms = Surroundings(parts, document.data, {}).platforms
    for i, rule in enumerate(parts.get("stop") or []):
        if isinstance(rule, Health) and platforms and rule.platform not in platforms:
            yield document.problem(
                ("stop", i, "platform"),
                f"nobody goes to “{rule.platform}”: {nearest(rule.platform, platforms)}",
            )


def _personas(parts: Mapping[str, Any]) -> set[str] | None:
    crowd = parts.get("crowd")
    return {persona for coming in crowd for persona in coming.come} if crowd else None


def _sound(key: str, parts: Mapping[str, Any], document: Document) -> bool:
    """Whether a section is as it was meant: valid, or left out."""
    return key in parts or key not in document.data


def _start(phases: Mapping[str, Any]) -> int:
    return int(min(span.start for span in phases.values()))


def _end(phases: Mapping[str, Any]) -> int:
    return int(max(span.end for span in phases.values()))
