"""What must hang together about bells: when they ring, and whom they convene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rentree.errors import Problem
from rentree.profile import Bell
from rentree.slos.punctual import clock
from rentree.yamltext import Document, nearest


def check_bells(parts: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    """Problems of each bell, and of all together; only the sections that are sound are asked."""
    for i, bell in enumerate(parts.get("bells") or []):
        yield from _rings(i, bell, parts.get("phases"), document)
        yield from _calls(i, bell, parts.get("crowd") or [], document)
    for persona, shares in convened(parts).items():
        if max(shares) > 1:
            yield document.problem(("bells",), f"the bells convene more than all of “{persona}”")


def convened(parts: Mapping[str, Any]) -> dict[str, list[float]]:
    """Persona → which share of them the bells convene, of each territory and level they are of."""
    found: dict[str, list[float]] = {}
    for coming in parts.get("crowd") or []:
        for persona in coming.come:
            for level in coming.unit.levels:
                bells = parts.get("bells") or []
                share = sum(bell.share(coming.territory, persona, level) for bell in bells)
                found.setdefault(persona, []).append(round(share, 9))  # 70 % and 30 % make 1
    return found


def _rings(
    i: int, bell: Bell, phases: Mapping[str, Any] | None, document: Document
) -> Iterator[Problem]:
    """Within the run and within its own arrivals; nobody comes before the run."""
    begin = min(phase.start for phase in phases.values()) if phases else bell.arrive.from_
    end = max(phase.end for phase in phases.values()) if phases else bell.arrive.to
    at = ("bells", i, "at")
    if phases and not begin <= bell.at <= end:
        stretch = f"{clock(begin)} to {clock(end)}"
        text = f"the bell rings at {clock(bell.at)}, outside the phases ({stretch})"
        yield document.problem(at, text)
    elif not bell.arrive.from_ <= bell.at <= bell.arrive.to:
        yield document.problem(at, "the bell rings outside its arrivals")
    elif bell.arrive.curve == "swell" and bell.at == bell.arrive.from_:
        yield document.problem(at, "“swell” ends at the bell: it must ring after `from`")
    for persona, earlier in bell.earlier.items():
        if phases and bell.arrive.from_ - earlier < begin:
            text = f"“{persona}” would arrive before the run begins"
            yield document.problem(("bells", i, "earlier", persona), text)


def _calls(i: int, bell: Bell, crowd: list[Any], document: Document) -> Iterator[Problem]:
    """Whom it names must come."""
    come = {
        "territory": {coming.territory for coming in crowd},
        "level": {level for coming in crowd for level in coming.unit.levels},
        "persona": {persona for coming in crowd for persona in coming.come},
    }
    named = [
        *(("persona", name, (key, name)) for key in ("convenes", "earlier")
          for name in getattr(bell, key)),
        *(("level", level, ("levels",)) for level in bell.levels),
        *(("territory", name, ("territories", k)) for k, name in enumerate(bell.territories)),
    ]  # fmt: skip
    says = {
        "territory": "nobody comes from “{name}”: {hint}",
        "level": "nobody comes of the level “{name}”: {hint}",
        "persona": "nobody comes as “{name}”: {hint}",
    }
    for what, name, place in named:
        if crowd and name not in come[what]:
            text = says[what].format(name=name, hint=nearest(name, come[what]))
            yield document.problem(("bells", i, *place), text)
