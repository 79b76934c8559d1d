"""The JSON Schema for editors: made from the models, committed, and true to what we accept."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from rentree.workspace import starter

DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = "<!-- tables: begin -->\n", "<!-- tables: end -->\n"


def printed(*arguments: str, where: Path) -> str:
    """What the command prints outside any workspace, so with our own faults only."""
    command = [sys.executable, "-m", "rentree.schema", *arguments]
    child = subprocess.run(command, cwd=where, capture_output=True, check=True, timeout=60)
    return child.stdout.decode()


@pytest.fixture(scope="module")
def schema() -> Any:
    """The schema as it is committed."""
    return json.loads((starter() / "profiles/profile.schema.json").read_text(encoding="utf-8"))


def mistakes(schema: Any, profile: Any) -> list[str]:
    """Where an editor would underline, as paths of keys."""
    errors = Draft202012Validator(schema).iter_errors(profile)
    return sorted("/".join(map(str, e.absolute_path)) for e in errors)


def as_editors_read(name: str) -> Any:
    """A shipped profile, read by a plain YAML 1.1 loader."""
    return yaml.safe_load((starter() / "profiles" / f"{name}.yaml").read_text(encoding="utf-8"))


def test_the_committed_schema_is_what_the_models_give(tmp_path: Path) -> None:
    """`make schema` after a change of the models."""
    committed = (starter() / "profiles/profile.schema.json").read_text(encoding="utf-8")
    assert printed(where=tmp_path) == committed


def test_the_committed_tables_are_what_the_models_give(tmp_path: Path) -> None:
    """`python -m rentree.schema --markdown` between the markers of docs/reference/profile.md."""
    page = (DOCS / "reference" / "profile.md").read_text(encoding="utf-8")
    assert page.partition(BEGIN)[2].partition(END)[0] == printed("--markdown", where=tmp_path)


def test_the_schema_is_one(schema: Any) -> None:
    """It is valid by the rules of its own draft."""
    Draft202012Validator.check_schema(schema)


def defaults(part: Any) -> Iterator[tuple[str, str]]:
    """Every default that is a text, with an example of what its field takes."""
    if isinstance(part, dict):
        if isinstance(part.get("default"), str) and "examples" in part:
            yield part["default"], part["examples"][0]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from defaults(each)


def test_a_default_has_the_unit_of_its_field(schema: Any) -> None:
    """A rate is not told in seconds: without digits, default and example are the same."""
    pairs = set(defaults(schema))
    assert len(pairs) > 5
    for default, example in pairs:
        assert re.sub(r"[\d .]", "", default) == re.sub(r"[\d .]", "", example), default


@pytest.mark.parametrize("name", ["essai", "rentree-9h"])
def test_shipped_profiles_are_valid_and_name_the_schema(schema: Any, name: str) -> None:
    """An editor finds the schema by the first line, and underlines nothing."""
    path = starter() / "profiles" / f"{name}.yaml"
    first, _, _ = path.read_text(encoding="utf-8").partition("\n")
    assert first == "# yaml-language-server: $schema=profile.schema.json"
    assert mistakes(schema, as_editors_read(name)) == []


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("zoen", "Europe/Paris", "an unknown key of the file"),
        ("behaviour/patiense", "5 s", "an unknown key of a mapping"),
        ("crowd/0/unit/level", "lycée", "an unknown key within a list"),
        ("faults/0/delai", "200 ms", "an unknown key of a fault"),
        ("slos/0/belov", "5 s", "an unknown key of a promise"),
        ("behaviour/patience", 20, "a duration without its unit"),
        ("behaviour/patience", "20", "a duration without its unit, as text"),
        ("slos/0/share", 95, "a share without its sign"),
        ("slos/0/slo", "punctuel", "a kind of promise that there is not"),
        ("faults/0/fault", "latencie", "a kind of fault that there is not"),
        ("faults/0/name", "Slow Line", "a name with a space"),
        ("crowd/0/come/pupil", "1,500", "a number with a comma"),
        ("crowd/0/come/pupil", -1, "fewer than nobody"),
        ("crowd/0/unit/levels", [], "no level at all"),
        ("bells/0/arrive/curve", "rusch", "a curve that there is not"),
        ("bells/0/at", "9 h", "a time of another notation"),
        ("phases/bell", "08:59:56", "half a stretch of time"),
        ("expects/rentree", "passed", "a verdict that there is not"),
    ],
)
def test_a_mistake_is_underlined(schema: Any, path: str, value: object, says: str) -> None:
    """What we would refuse, an editor shows while one writes."""
    profile = as_editors_read("essai")
    *way, last = [int(p) if p.isdigit() else p for p in path.split("/")]
    part = profile
    for step in way:
        part = part[step]
    part[last] = value
    assert mistakes(schema, profile), says


@pytest.mark.parametrize(
    "path", ["profile", "slos", "behaviour/stay", "behaviour/retry/after", "others/arrive/from"]
)
def test_a_missing_key_is_underlined_unless_a_base_may_say_it(schema: Any, path: str) -> None:
    """A profile that extends another leaves out what the other says, at any depth of mappings."""
    profile = as_editors_read("essai")
    *way, last = path.split("/")
    part = profile
    for step in way:
        part = part[step]
    del part[last]
    assert mistakes(schema, profile) == ["/".join(way)]
    assert mistakes(schema, profile | {"extends": "rentree-9h"}) == []


def test_a_list_replaces_the_bases_and_so_must_be_whole(schema: Any) -> None:
    """What a list leaves out is missing, in a profile that extends another too."""
    profile = {"extends": "essai", "slos": [{"slo": "refused"}]}
    assert mistakes(schema, profile) == ["slos/0"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("bells/0/at", 15 * 60),  # 15:00 of YAML 1.1
        ("crowd/0/come/pupil", 144),
        ("crowd/0/come/pupil", "1\u202f440"),
        ("title/fr", 2021),
        ("crowd/0/source", {"pupil": "assumption"}),
        ("crowd/0/source", "F06"),
        ("slos/0/each", "none"),
        ("slos/0/each", ["school", "persona"]),
    ],
)
def test_what_we_accept_is_not_underlined(schema: Any, path: str, value: object) -> None:
    """Plain YAML gives numbers where we read text: the schema takes both."""
    profile = as_editors_read("essai")
    *way, last = [int(p) if p.isdigit() else p for p in path.split("/")]
    part = profile
    for step in way:
        part = part[step]
    part[last] = value
    assert mistakes(schema, profile) == []
