"""The schema of a profile as tables in Markdown: one for each mapping, in the order of the keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]


def tables(schema: Schema) -> str:
    """Markdown: a heading, a sentence and a table for the file and each mapping in it."""
    return "\n".join(_sections("", "The file", schema, schema["$defs"], set()))


def _sections(
    path: str, heading: str, schema: Schema, parts: dict[str, Schema], told: set[str]
) -> Iterator[str]:
    """The section of a mapping at a path such as `bells[].arrive`, then those below it.

    Kinds of a list share their path; what lies below them is `told` once.
    """
    yield f"## {heading}\n"
    yield f"{_sentence(schema['description'])}\n"
    yield "| key | value | |\n|---|---|---|"
    needed = schema.get("required", [])
    for key, value in schema["properties"].items():
        left_out = "needed" if key in needed else _default(value)
        yield f"| `{key}` | {_value(value, _under(path, key))} | {left_out} |"
    yield ""
    for key, value in schema["properties"].items():
        here = _under(path, key)
        if "$ref" in value and here not in told:
            told.add(here)
            yield from _sections(here, f"`{here}`", _part(value, parts), parts, told)
        elif "oneOf" in value.get("items", {}):
            for kind in value["items"]["oneOf"]:
                part = _part(kind, parts)
                tag = next(k for k, v in part["properties"].items() if _words(v))
                word = " or ".join(_words(part["properties"][tag]))
                heading = f"`{here}[]` with `{tag}: {word}`"
                yield from _sections(f"{here}[]", heading, part, parts, told)
        elif "$ref" in value.get("items", {}):
            part = _part(value["items"], parts)
            yield from _sections(f"{here}[]", f"`{here}[]`", part, parts, told)


def _words(value: Schema) -> list[str]:
    """The words of a tag; of a part that is no tag, none."""
    return [value["const"]] if "const" in value else list(value.get("enum", []))


def _part(reference: Schema, parts: dict[str, Schema]) -> Schema:
    return parts[reference["$ref"].rpartition("/")[2]]


def _under(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _default(value: Schema) -> str:
    default = value.get("default")
    if default is None:
        return "may be left out"
    shown = ", ".join(default) if isinstance(default, list) else default
    return f"default: `{shown}`"


def _value(value: Schema, path: str) -> str:
    """In words, what may stand behind a key."""
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return " or ".join(f"`{word}`" for word in value["enum"])
    if "anyOf" in value:
        return ", or ".join(_value(option, path) for option in value["anyOf"])
    if "examples" in value:
        return f"{value['description']}, as in `{value['examples'][0]}`"
    if "$ref" in value:
        return f"a mapping: `{path}` below"
    if "items" in value:
        if {"$ref", "oneOf"} & value["items"].keys():
            return f"a list: `{path}[]` below"
        return f"a list of {_value(value['items'], path)}"
    if value.get("additionalProperties") is True:
        return "a mapping of keys"
    if "additionalProperties" in value:
        return f"a mapping of names, each to {_value(value['additionalProperties'], path)}"
    return "text"
