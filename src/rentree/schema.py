"""The JSON Schema of a profile, for editors: what the models say, as the YAML is written.

    python -m rentree.schema             prints it (profiles/profile.schema.json)
    python -m rentree.schema --markdown  prints the tables of docs/reference/profile.md

The kinds of faults are those of the workspace one stands in. The schema knows one file at a
time: of a profile that extends another it does not ask for what the other may say.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from rentree import dropin
from rentree.profile import FaultKinds, Profile
from rentree.quantity import SECOND
from rentree.schema_page import tables
from rentree.slo import KINDS as SLO_KINDS

Schema = dict[str, Any]


class _AsWritten(GenerateJsonSchema):
    """The schema of the text that people write, not of the values that it becomes."""

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        """Plain scalars are text to us, whatever type an editor's YAML gives them."""
        return {**super().str_schema(schema), "type": ["string", "number", "boolean"]}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """What is not meant is left out; there is no null in a profile."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Defaults are given as one would write them."""
        value = super().default_schema(schema)
        default = _written(value.pop("default", None), value)
        return value if default is None else {**value, "default": default}

    def field_title_should_be_set(self, schema: Any) -> bool:  # never
        """Keys are their own titles."""
        return False


def complete_schema(kinds: FaultKinds) -> Schema:
    """What a profile says with everything it extends; `kinds` are those of its faults."""
    schema = Profile.model_json_schema(schema_generator=_AsWritten)
    parts: dict[str, Schema] = schema["$defs"]
    for slo in SLO_KINDS.values():
        parts[slo.__name__]["description"] = slo.explains
    shared = parts.pop("FaultEntry")
    for word, kind in kinds.items():
        own = kind.model_json_schema(schema_generator=_AsWritten)
        parts |= own.pop("$defs", {})
        parts[f"fault-{word}"] = {
            "description": getattr(kind, "explains", ""),
            "type": "object",
            "properties": {
                **shared["properties"],
                "fault": {"const": word, "type": "string"},
                **own.get("properties", {}),
            },
            "required": [*shared["required"], *own.get("required", [])],
            "additionalProperties": False,
        }
    schema["properties"]["faults"]["items"] = {
        "oneOf": [{"$ref": f"#/$defs/fault-{word}"} for word in kinds]
    }
    for part in (schema, *parts.values()):
        part.pop("title", None)
        part["description"] = " ".join(part.get("description", "").split())
    return schema


def profile_schema(kinds: FaultKinds) -> Schema:
    """The schema of one file of `profiles/`."""
    schema = complete_schema(kinds)
    parts: dict[str, Schema] = schema.pop("$defs")
    alone = _loosen(schema, parts)
    alone["required"].remove("slos")  # a set may make all the promises
    alone["anyOf"] = [{"required": ["slos"]}, {"required": ["slo_sets"]}]
    used = json.dumps([schema, parts])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A profile of Rentrée",
        **schema,
        "if": {"required": ["extends"]},
        "else": alone,
        "$defs": {n: part for n, part in parts.items() if f'"#/$defs/{n}"' in used},
    }


def _loosen(schema: Schema, parts: dict[str, Schema]) -> Schema:
    """Let keys be left out wherever a base may say them, and return what asks for them all.

    Mappings are merged key by key, so that is everywhere but within lists.
    """
    strict: Schema = {"required": schema.pop("required", [])}
    below = {}
    for key, value in schema["properties"].items():
        if "$ref" in value:
            part = json.loads(json.dumps(parts[value.pop("$ref").rpartition("/")[2]]))
            below[key] = _loosen(part, parts)
            value.update(part)
    return strict | ({"properties": below} if below else {})


def _written(default: Any, schema: Schema) -> Any:
    """A default as one would write it in a profile; None when it has no short form."""
    if isinstance(default, dict):
        return None
    if default is None or "examples" not in schema:
        return default
    example = schema["examples"][0]
    if example.endswith("%"):
        return f"{100 * default:g} %"
    if example.endswith("x"):
        return f"{default:g}x"
    if example.endswith("requests/s"):
        return f"{default:g} requests/s"
    return f"{default / SECOND:g} s" if example.endswith("s") else default


def main(arguments: list[str]) -> None:
    """Print the schema, or the tables of the reference page."""
    kinds: FaultKinds = {word: kind.kinds[word] for word, kind in dropin.injectors().items()}
    if "--markdown" in arguments:
        sys.stdout.write(tables(complete_schema(kinds)))
    else:
        text = json.dumps(profile_schema(kinds), ensure_ascii=False, indent=2)
        sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
