"""Reading a study, strictly: every problem of its file at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rentree.errors import InvalidFileError, Problem, UsageError
from rentree.presets import presets_of
from rentree.profile import Rehearsal, VerdictAt, resolve
from rentree.study.kind import Ran, Study
from rentree.study.kinds import KINDS
from rentree.study.measure import why_not
from rentree.workspace import find
from rentree.yamltext import Document, check, check_sections, nearest, read


@dataclass(frozen=True)
class Size:
    """At which scale and clock a profile is played small."""

    scale: float
    clock: float


def load_study(name: str) -> Study:
    """Read a study by name or path, and see that what it names is there.

    Raises:
        UsageError: no such study.
        InvalidFileError: with every problem found.
    """
    path = find("studies", name)
    document = read(path, _shown(path))
    kind = KINDS.get(str(document.data.get("kind")) if isinstance(document.data, dict) else "")
    if kind is None:
        raise InvalidFileError([_no_kind(document)])
    parts, problems = check_sections(kind, document, "a study")
    if parts.get("study", path.stem) != path.stem:
        text = f"the file is named “{path.stem}”: name and file must agree"
        problems.append(document.problem(("study",), text))
    measure = parts.get("measure")
    if measure is not None and (text := why_not(measure)):
        problems.append(document.problem(("measure",), text))
    for i, ran in enumerate(parts.get("runs", [])):
        problems += _there(ran, i, measure, document)
    if problems:
        raise InvalidFileError(problems)
    study: Study = kind(**_by_field(kind, parts))
    if told := [document.problem(place, text) for place, text in study.mistakes()]:
        raise InvalidFileError(told)
    return study


def size_of(profile: str) -> Size:
    """The size of a profile's rehearsal.

    Raises:
        UsageError: no such profile, or it is not sound.
    """
    document = _profile(profile)
    for key, kind in (("rehearsal", Rehearsal), ("verdict_at", VerdictAt)):
        if key in document.data:
            value, problems = check(kind, document, (key,))
            if problems:
                raise InvalidFileError(problems)
            return Size(value.scale, value.clock)
    return Size(1.0, 1.0)


def _profile(name: str) -> Document:
    """A profile with what it extends, as it is written.

    Raises:
        UsageError: no such profile. InvalidFileError: it cannot be read, or is no profile.
    """
    document = resolve(find("profiles", name))
    if not isinstance(document.data, dict):
        raise InvalidFileError([Problem(document.file, 1, "a profile is a mapping of keys")])
    return document


def _no_kind(document: Document) -> Problem:
    if not isinstance(document.data, dict) or "kind" not in document.data:
        return document.problem((), f"a study says its `kind`: {', '.join(KINDS)}")
    said = str(document.data["kind"])
    return document.problem(("kind",), f"unknown kind “{said}”: {nearest(said, KINDS)}")


def _there(ran: Ran, i: int, measure: Any, document: Document) -> Iterator[Problem]:
    """What a run names and there is not: profile, preset, the measure's phase."""
    try:
        phases = _profile(ran.profile).data.get("phases")
        phases = phases if isinstance(phases, dict) else {}
        if measure is not None and measure.phase and measure.phase not in phases:
            text = (
                f"“{ran.profile}” has no phase “{measure.phase}”: {nearest(measure.phase, phases)}"
            )
            yield document.problem(("measure", "in"), text)
    except InvalidFileError as error:
        yield from error.problems
    except UsageError as error:
        yield document.problem(("runs", i, "profile"), str(error))
    for preset in presets_of(ran.sandbox).values():
        try:
            find("sandboxes", preset)
        except UsageError as error:
            yield document.problem(("runs", i, "sandbox"), str(error))


def _by_field(kind: type[Study], parts: dict[str, Any]) -> dict[str, Any]:
    """The parts by the names that the model takes them by."""
    return {key: value for key, value in parts.items() if key in kind.model_fields}


def _shown(path: Path) -> str:
    """The path as a user would type it from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
