"""Sets of SLOs: promises that many profiles make, in a file each: `profiles/slos/NAME.yaml`.

A profile that says `slo_sets: [default]` makes the promises of the set before its own. They are
validated where they stand: a mistake is told with the file and line of the set, and what a set
asks for and the profile does not have (a step, a phase, a persona) is told with the profile's name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rentree.errors import Problem, UsageError
from rentree.workspace import find
from rentree.yamltext import Document, Place, check_sections, read


class SloSet(BaseModel):
    """`profiles/slos/NAME.yaml`; its promises are validated in the profile that makes them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slo_set: str
    replaces: Literal["starter"] | None = None
    title: dict[Literal["fr", "en"], str]
    slos: list[dict[str, Any]] = Field(min_length=1)


def put_before(document: Document) -> set[str]:
    """Put the promises of a profile's `slo_sets` before its own, each still knowing its place.

    Returns the files of the sets; what is wrong with them is added to the document's problems.

    Raises:
        InvalidFileError: a set is not readable, or not YAML.
    """
    data = document.data
    names, own = data.get("slo_sets"), data.get("slos", [])
    if not isinstance(names, list) or not isinstance(own, list):
        return set()  # the profile's own check tells
    promises: list[Any] = []
    places: dict[Place, tuple[str, int]] = {}
    files = set()
    for i, name in enumerate(names):
        here = document.places[("slo_sets", i)]
        if name in names[:i]:
            document.problems.append(Problem(*here, f"the set “{name}” stands twice: keep one"))
            continue
        try:
            path = find("slo-sets", str(name))
        except UsageError as error:
            document.problems.append(Problem(*here, str(error)))
            continue
        given = _set(path, document)
        files.add(given.file)
        found = given.data.get("slos")
        if not isinstance(found, list):
            continue
        for place, at in given.places.items():
            if len(place) > 1 and place[0] == "slos" and isinstance(place[1], int):
                places[("slos", len(promises) + place[1], *place[2:])] = at
        promises += found
    for place, at in list(document.places.items()):
        if len(place) > 1 and place[0] == "slos" and isinstance(place[1], int):
            del document.places[place]
            places[("slos", len(promises) + place[1], *place[2:])] = at
    document.places.setdefault(("slos",), document.places[("slo_sets",)])
    document.places.update(places)
    data["slos"] = promises + own
    return files


def _set(path: Path, document: Document) -> Document:
    """Read one set; what is wrong with it besides its promises goes to the profile's problems."""
    given = read(path)
    parts, problems = check_sections(SloSet, given, "a set of SLOs")
    if parts.get("slo_set", path.stem) != path.stem:
        text = f"says slo_set: {parts['slo_set']}; name and file must agree"
        problems.append(given.problem(("slo_set",), text))
    for i, promise in enumerate(parts.get("slos", [])):
        if not promise.get("source"):
            text = "a promise of a set says where it is from: `source: …`, or `source: convention`"
            problems.append(given.problem(("slos", i), text))
    document.problems += problems
    return given
