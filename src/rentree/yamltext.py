"""Strict YAML: every scalar is text, keys are unique, every place knows its file and line.

Plain `safe_load` reads the key `on:` as True, `15:00` as 900, and keeps the last of two equal
keys in silence. Here a wrong key is answered with the nearest right one, and all problems of a
file are told at once. Aliases are read as what they stand for; merge keys (`<<`) are refused.
"""

from __future__ import annotations

import difflib
import types
import typing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from rentree.errors import InvalidFileError, Problem
from rentree.quantity import two_readings

Place = tuple[str | int, ...]  # keys and list positions from the root of a file
T = TypeVar("T")
_LARGEST = 100_000  # values of a file, its aliases written out: an alias bomb ends here
_DEEPEST = 50  # levels: an alias that contains itself ends here
_MERGE = "tag:yaml.org,2002:merge"


@dataclass
class Document:
    """Text data and where each part of it stands."""

    file: str
    data: Any
    places: dict[Place, tuple[str, int]] = field(default_factory=dict)  # → (file, line)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, place: Place, text: str) -> Problem:
        """Describe a problem at a place, or at the nearest place above it that is known."""
        while place and place not in self.places:
            place = place[:-1]
        file, line = self.places.get(place, (self.file, 1))
        return Problem(file, line, text)


def read(path: Path, name: str | None = None) -> Document:
    """Read a YAML file as text; `name` is how messages call it (default: the path).

    Raises:
        InvalidFileError: not readable, not YAML, or a key stands twice.
    """
    shown = name or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFileError([Problem(shown, 1, f"cannot be read: {error}")]) from error
    return read_text(text, shown)


def read_text(text: str, name: str) -> Document:
    """Read YAML from text. Raises InvalidFileError as `read` does."""
    try:
        root = _composed(text)
    except yaml.YAMLError as error:
        what, line = _what_and_where(error, text)
        raise InvalidFileError([Problem(name, line, f"not YAML: {what}")]) from error
    except RecursionError as error:
        raise InvalidFileError([Problem(name, 1, "nested too deeply")]) from error
    document = Document(name, None)
    document.data = _plain(root, (), document) if root is not None else {}
    return document


@lru_cache(maxsize=128)
def _composed(text: str) -> yaml.Node | None:
    """The nodes of a text, parsed once: many profiles extend the same base, in the same places.

    Nobody changes them. A text that is no YAML is parsed anew each time. Raises yaml.YAMLError.
    """
    root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    return root


def _what_and_where(error: yaml.YAMLError, text: str) -> tuple[str, int]:
    if isinstance(error, yaml.reader.ReaderError):
        sign = f"the character U+{error.character:04X} is not allowed"
        return sign, text.count("\n", 0, error.position) + 1
    mark = getattr(error, "problem_mark", None)
    return getattr(error, "problem", None) or str(error), mark.line + 1 if mark else 1


def _plain(node: yaml.Node, place: Place, document: Document) -> Any:
    line = node.start_mark.line + 1
    if len(place) > _DEEPEST:
        text = f"nested deeper than {_DEEPEST} levels (does an alias contain itself?)"
        raise InvalidFileError([Problem(document.file, line, text)])
    if len(document.places) >= _LARGEST:
        text = f"more than {_LARGEST} values, with its aliases written out"
        raise InvalidFileError([Problem(document.file, line, text)])
    document.places[place] = (document.file, line)
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*place, i), document) for i, child in enumerate(node.value)]
    assert isinstance(node, yaml.MappingNode)  # noqa: S101  # YAML has three kinds of node
    mapping: dict[str, Any] = {}
    for key_node, child in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key_node.tag == _MERGE:
            text = "`<<` (a merge key) is not read: write its keys out, or extend a profile"
            document.problems.append(Problem(document.file, line, text))
            continue
        if not isinstance(key_node, yaml.ScalarNode):
            text = "a key is a word, not a list or a mapping"
            document.problems.append(Problem(document.file, line, text))
            continue
        if comma := _split_number(node, mapping, key, child):
            document.problems.append(Problem(document.file, line, comma))
            continue
        if key in mapping:
            first = document.places[(*place, key)][1]
            text = f"the key “{key}” stands twice (first in line {first}): keep one"
            document.problems.append(Problem(document.file, line, text))
            continue
        mapping[key] = _plain(child, (*place, key), document)
        document.places[(*place, key)] = (document.file, line)
    return mapping


def _split_number(
    node: yaml.MappingNode, mapping: dict[str, Any], key: str, child: yaml.Node
) -> str:
    """What is wrong with `{pupil: 1,500}`, which YAML reads as `pupil: 1` and a key `500`."""
    before = next(reversed(mapping.values()), None)
    if not (node.flow_style and isinstance(before, str) and child.value == ""):
        return ""
    return two_readings(f"{before},{key[:3]}") if not key[3:4].isdigit() else ""


def nearest(word: str, known: typing.Iterable[str]) -> str:
    """A hint at what was meant: the nearest known word, and the whole list when it is short."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    hint = f"did you mean “{close[0]}”? " if close else ""
    return f"{hint}known: {', '.join(words)}" if len(words) <= 24 else hint.strip()


def check(kind: Any, document: Document, place: Place = ()) -> tuple[Any, list[Problem]]:
    """Validate the part of a document at `place` as `kind` (a model or any type).

    Returns the value, or None, and the problems found, each with its file and line.
    """
    data = document.data
    for step in place:
        data = data[step]
    try:
        return TypeAdapter(kind).validate_python(data), []
    except ValidationError as error:
        return None, [_problem(kind, document, place, e) for e in error.errors(include_url=False)]


def check_sections(
    kind: type[BaseModel], document: Document, what: str
) -> tuple[dict[str, Any], list[Problem]]:
    """Validate each top-level key by itself, so that one mistake does not hide the next.

    Returns the keys that are sound, and all problems of the document. `what` is its word.

    Raises:
        InvalidFileError: it is no mapping of keys.
    """
    if not isinstance(document.data, dict) or not document.data:
        raise InvalidFileError([Problem(document.file, 1, f"{what} is a mapping of keys")])
    fields = {f.alias or name: f for name, f in kind.model_fields.items()}
    parts: dict[str, Any] = {}
    problems = list(document.problems)
    for key in document.data:
        if key not in fields:
            text = f"unknown key “{key}”: {nearest(key, fields)}"
            problems.append(document.problem((key,), text))
            continue
        whole: Any = fields[key].annotation
        for part in fields[key].metadata:
            whole = typing.Annotated[whole, part]
        if (tag := fields[key].discriminator) is not None:
            whole = typing.Annotated[whole, Field(discriminator=tag)]
        value, found = check(whole, document, (key,))
        problems += found
        if not found:
            parts[key] = value
    problems += [
        document.problem((), f"the key “{key}” is missing")
        for key, field in fields.items()
        if field.is_required() and key not in document.data
    ]
    return parts, problems


def load(kind: type[T], path: Path, name: str | None = None) -> T:
    """Read and validate one file.

    Raises:
        InvalidFileError: with every problem of the file.
    """
    document = read(path, name)
    value, problems = check(kind, document)
    if problems or document.problems:
        raise InvalidFileError(problems + document.problems)
    return typing.cast(T, value)


_PLAIN = {  # pydantic's words for what stands in the wrong form
    "dict_type": "must be a mapping of keys, as in {fr: …, en: …}",
    "model_type": "must be a mapping of keys",
    "model_attributes_type": "must be a mapping of keys",
    "list_type": "must be a list",
    "string_type": "must be text",
    "too_short": "must have at least one",
}


def _problem(kind: Any, document: Document, place: Place, error: ErrorDetails) -> Problem:
    inner = _without_tags(document, place, error["loc"])
    here = (*place, *inner)
    word = str(inner[-1]) if inner else ""
    if error["type"] == "extra_forbidden":
        text = f"unknown key “{word}”: {nearest(word, _keys(kind, inner[:-1], document, place))}"
    elif error["type"] == "missing":
        text = f"the key “{error['loc'][-1]}” is missing"
        here = here[:-1] if here and here[-1] == error["loc"][-1] else here
    elif error["type"].startswith("union_tag"):
        found = error.get("ctx", {})
        tag = str(found.get("tag", ""))
        known = [w.strip(" '") for w in str(found.get("expected_tags", "")).split(",")]
        text = f"unknown kind “{tag}”: {nearest(tag, known)}" if tag else "its kind is missing"
    elif error["type"] == "literal_error":
        expected = str(error.get("ctx", {}).get("expected", "")).replace(" or ", ", ")
        known = [w.strip(" '") for w in expected.split(",")]
        text = f"“{error['input']}” is not possible here: {nearest(str(error['input']), known)}"
    else:
        message = _PLAIN.get(error["type"], error["msg"].removeprefix("Value error, "))
        text = f"{word}: {message}" if inner and isinstance(inner[-1], str) else message
    return document.problem(here, text)


def _without_tags(document: Document, place: Place, loc: tuple[int | str, ...]) -> Place:
    """Drop what pydantic puts into a location that is not in the file (tags of unions)."""
    data = document.data
    for step in place:
        data = data[step]
    kept: list[int | str] = []
    for i, step in enumerate(loc):
        last = i == len(loc) - 1
        if isinstance(data, dict) and (step in data or last):
            kept.append(step)
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            kept.append(step)
            data = data[step]
    return tuple(kept)


def _keys(kind: Any, inner: Place, document: Document, place: Place) -> list[str]:
    """The keys that the model at `inner` knows."""
    data = document.data
    for step in place:
        data = data[step]
    for model in _models(kind, inner, data):
        return [f.alias or name for name, f in model.model_fields.items()]
    return []


def _models(kind: Any, inner: Place, data: Any) -> typing.Iterator[type[BaseModel]]:
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        yield from _models(typing.get_args(kind)[0], inner, data)
    elif origin in (typing.Union, types.UnionType):
        for option in typing.get_args(kind):
            for model in _models(option, inner, data):
                if not inner and not _tag_fits(model, data):
                    continue
                yield model
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        if not inner:
            yield kind
            return
        for name, f in kind.model_fields.items():
            if (f.alias or name) == inner[0]:
                yield from _models(f.annotation, inner[1:], _get(data, inner[0]))
    elif origin in (list, tuple, dict) and inner:
        yield from _models(typing.get_args(kind)[-1], inner[1:], _get(data, inner[0]))


def _get(data: Any, step: str | int) -> Any:
    try:
        return data[step]
    except (KeyError, IndexError, TypeError):
        return None


def _tag_fits(model: type[BaseModel], data: Any) -> bool:
    """Whether every field with a fixed value (the tag of a union) has that value here."""
    for name, f in model.model_fields.items():
        if (
            typing.get_origin(f.annotation) is typing.Literal
            and len(typing.get_args(f.annotation)) == 1
        ):
            return bool(_get(data, f.alias or name) == typing.get_args(f.annotation)[0])
    return True
