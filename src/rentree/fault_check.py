"""What must hang together in the faults of a profile: kinds, names, when, whom they hit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rentree.errors import Problem
from rentree.fault import Settings
from rentree.profile import FaultEntry
from rentree.ramp import grown
from rentree.slo import Surroundings
from rentree.windows import spans, window
from rentree.yamltext import Document, Place, check, nearest


def check_faults(
    parts: Mapping[str, Any], document: Document, kinds: Mapping[str, type[Settings]]
) -> Iterator[Problem]:
    """Problems of `faults:`, of the sections that are sound by themselves (`parts`)."""
    names: set[str] = set()
    for i, entry in enumerate(parts.get("faults") or []):
        if entry.name in names:
            yield document.problem(("faults", i, "name"), f"two faults are named “{entry.name}”")
        names.add(entry.name)
        if entry.fault not in kinds:
            hint = nearest(entry.fault, kinds)
            yield document.problem(("faults", i, "fault"), f"unknown fault “{entry.fault}”: {hint}")
        else:
            own = Document(document.file, entry.own_keys(), {})
            own.places = {p[2:]: at for p, at in document.places.items() if p[:2] == ("faults", i)}
            found = check(kinds[entry.fault], own)[1]
            yield from found
            if entry.ramp is not None and not found:
                yield from _ramp(entry, kinds[entry.fault], i, document)
        if phases := parts.get("phases"):
            yield from _when(entry, i, phases, document)
        kind = kinds.get(entry.fault)
        yield from _hits(entry, kind, ("faults", i, "hits"), parts, document)


def _when(
    entry: FaultEntry, i: int, phases: Mapping[str, Any], document: Document
) -> Iterator[Problem]:
    """When a fault is in force: names and times that exist, bursts that fit at clock 1x."""
    if entry.repeat is not None and entry.ramp is not None:
        yield document.problem(("faults", i, "ramp"), "a fault is repeated or ramped, not both")
    place = "during"
    try:
        whole = window(entry.during, phases)
        place = "repeat"
        spans(whole, entry.repeat, lambda moment: moment, 1.0, "")
    except ValueError as error:
        yield document.problem(("faults", i, place), str(error))


def _ramp(entry: FaultEntry, kind: type[Settings], i: int, document: Document) -> Iterator[Problem]:
    """Where a ramp ends: settings that its kind takes, and that figures lead to."""
    assert entry.ramp is not None  # noqa: S101  # asked by the caller
    try:
        grown(entry.own_keys(), entry.ramp, kind)
    except ValueError as error:
        first = str(error).splitlines()[0] if not hasattr(error, "errors") else _first(error)
        yield document.problem(("faults", i, "ramp"), f"the ramp's `to`: {first}")


def _first(error: Any) -> str:
    told = error.errors()[0]
    return f"{'.'.join(map(str, told['loc']))}: {told['msg'].removeprefix('Value error, ')}"


def _hits(
    entry: FaultEntry,
    kind: type[Settings] | None,
    place: Place,
    parts: Mapping[str, Any],
    document: Document,
) -> Iterator[Problem]:
    """What a fault hits: the keys that its kind needs and no others, and who comes is there."""
    said = entry.hit()
    if kind is not None and not _is_shape(said, kind):
        shapes = [", ".join(f"{key}: …" for key in keys) for keys in (kind.hits, kind.or_hits)]
        shape = " or ".join(f"{{{shape}}}" for shape in shapes if shape)
        more = f" ({', '.join(kind.may_hit)} if need be)" if kind.may_hit else ""
        yield document.problem(
            place, f"a {entry.fault} hits {shape}{more}: say these keys, no other"
        )
        return
    crowd = parts.get("crowd") or []
    for key, come in (("territory", "nobody comes from"), ("platform", "nobody goes to")):
        known = {getattr(coming, key) for coming in crowd}
        if key == "platform":
            known = Surroundings(parts, document.data, {}).platforms
        if known and key in said and said[key] not in known:
            yield document.problem(place, f"{come} “{said[key]}”: {nearest(said[key], known)}")
    if "home" in said and _sound(parts, document) and not parts.get("homes", {}).get(said["home"]):
        yield document.problem(place, f"nobody has the home network “{said['home']}”: see `homes`")


def _sound(parts: Mapping[str, Any], document: Document) -> bool:
    return "homes" in parts or "homes" not in document.data


def _is_shape(said: Mapping[str, str], kind: type[Settings]) -> bool:
    keys = set(said)
    other = set(kind.or_hits)
    return set(kind.hits) <= keys <= {*kind.hits, *kind.may_hit} or (bool(other) and keys == other)
