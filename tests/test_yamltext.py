"""Strict YAML: text only, each key once, every problem at once, each with its file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from rentree.errors import InvalidFileError
from rentree.quantity import Count, Duration
from rentree.yamltext import check, load, nearest, read, read_text


class Part(BaseModel):
    """A model as our files have them."""

    model_config = ConfigDict(extra="forbid")


class Inner(Part):
    """Something nested."""

    wait: Duration
    shape: Literal["even", "rush", "flat"] = "even"


class Round(Part):
    """One kind of a union."""

    kind: Literal["round"]
    radius: Count
    inner: Inner | None = None


class Square(Part):
    """Another kind of the union, with other keys."""

    kind: Literal["square"]
    side: Count


class File(Part):
    """A whole file."""

    name: str
    inner: Inner
    kinds: list[Annotated[Round | Square, Field(discriminator="kind")]] = []
    people: dict[str, Count] = {}
    named: dict[str, Inner] = {}


def problems(text: str, kind: Any = File) -> list[tuple[int, str]]:
    """Lines and words of all problems of a text."""
    document = read_text(text, "f.yaml")
    found = document.problems + check(kind, document)[1]
    assert {p.file for p in found} <= {"f.yaml"}
    return sorted((p.line, p.text) for p in found)


def refused(text: str) -> tuple[int, str]:
    """The one problem of a text that cannot be read at all."""
    with pytest.raises(InvalidFileError) as error:
        read_text(text, "f.yaml")
    (problem,) = error.value.problems
    return problem.line, problem.text


@pytest.mark.parametrize(
    "scalar",
    [
        *("on", "yes", "no", "null", "~", "true", "=", ".inf"),
        *("15:00", "09:00", "2021-04-06", "1_000", "0x10", "0o17", "007", "1.0", "1e3"),
        *("10x", "50 000", "95 %", "F28, F29", "08:40-08:50"),
    ],
)
def test_every_scalar_stays_the_text_it_is(scalar: str) -> None:
    """What plain YAML would turn into booleans, numbers or dates is text, as key and as value."""
    data = read_text(f"{scalar}: [{scalar.replace(',', '')}]\nb: {scalar}", "f.yaml").data
    assert data == {scalar: [scalar.replace(",", "")], "b": scalar}


@pytest.mark.parametrize("text", ["", "\n", "# nothing but a comment\n"])
def test_an_empty_file_is_a_mapping_of_nothing(text: str) -> None:
    """An empty file reads as no keys, so that what is missing can be named."""
    assert read_text(text, "f.yaml").data == {}
    assert problems(text) == [
        (1, "the key “inner” is missing"),
        (1, "the key “name” is missing"),
    ]


def test_a_key_that_stands_twice_is_told_with_both_lines() -> None:
    """Plain YAML keeps the last one in silence."""
    text = "name: a\ninner:\n  wait: 1 s\n  wait: 2 s\nname: b\n"
    assert problems(text) == [
        (4, "the key “wait” stands twice (first in line 3): keep one"),
        (5, "the key “name” stands twice (first in line 1): keep one"),
    ]


def test_equal_keys_of_different_notation_are_the_same_key() -> None:
    """Quotes do not make another key."""
    assert problems("name: a\n'name': b\ninner: {wait: 1 s}\n")[0][0] == 2


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("name: a\n  b: c\n", 2, "not YAML: mapping values are not allowed here"),
        ("a: [1, 2\nb: 3\n", 2, "not YAML: "),
        ("a: 'b\n", 2, "not YAML: found unexpected end of stream"),
        ("a: b\n---\na: c\n", 2, "not YAML: but found another document"),
        ("a: *nobody\n", 1, "not YAML: found undefined alias"),
        ("a: b\nc: \x07\n", 2, "not YAML: the character U+0007 is not allowed"),
        ("a: b\n\tc: d\n", 2, "not YAML: "),
        ("[" * 2_000, 1, "nested too deeply"),
    ],
)
def test_what_is_not_yaml_is_told_with_its_line(text: str, line: int, words: str) -> None:
    """A file that cannot be parsed gives one problem, where the parser stopped."""
    where, what = refused(text)
    assert where == line
    assert what.startswith(words)


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    """Latin-1 from an old editor is a message, not a traceback."""
    path = tmp_path / "latin.yaml"
    path.write_bytes("name: rentrée\n".encode("latin-1"))
    with pytest.raises(InvalidFileError, match="cannot be read: 'utf-8' codec"):
        read(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The message names the file as the user called it."""
    with pytest.raises(InvalidFileError, match=r"^my file:1: cannot be read"):
        read(tmp_path / "none.yaml", "my file")


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    path = tmp_path / "bom.yaml"
    path.write_bytes("name: a\n".encode("utf-8-sig"))
    assert read(path).data == {"name": "a"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("nome: a", 3, "unknown key “nome”: did you mean “name”? known: inner, kinds, name,"),
        ("inner2: a", 3, "unknown key “inner2”: did you mean “inner”?"),
        ("zzz: a", 3, "unknown key “zzz”: known: inner"),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest(text: str, line: int, words: str) -> None:
    """A typing mistake is answered with the key that was meant, and all that there are."""
    found = problems(f"name: a\ninner: {{wait: 1 s}}\n{text}\n")
    assert [(at, what[: len(words)]) for at, what in found] == [(line, words)]


def test_all_problems_are_told_at_once_each_with_its_line() -> None:
    """Lists, unions, mappings and nested models: each mistake stands on its own line."""
    text = """\
name: [a]
inner:
  wait: 5
  shape: rusch
  colour: red
kinds:
  - kind: round
    radius: 1,500
  - kind: squarre
    side: 3
  - kind: square
    radius: 4
  - side: 3
  - kind: round
    radius: 2
    inner:
      shape: flat
      weit: 2 s
people:
  pupil: 12
  teacher: many
named:
  a:
    wait: 1 s
    shap: flat
"""
    expected = [
        (1, "name: must be text"),
        (3, "wait: “5” is not a duration"),
        (4, "“rusch” is not possible here: did you mean “rush”? known: even, flat, rush"),
        (5, "unknown key “colour”: known: shape, wait"),
        (8, "radius: “1,500” can be read 1500 or 1.500"),
        (9, "unknown kind “squarre”: did you mean “square”? known: round, square"),
        (11, "the key “side” is missing"),
        (12, "unknown key “radius”: known: kind, side"),
        (13, "its kind is missing"),
        (16, "the key “wait” is missing"),
        (18, "unknown key “weit”: did you mean “wait”? known: shape, wait"),
        (21, "teacher: “many” is not a number"),
        (25, "unknown key “shap”: did you mean “shape”? known: shape, wait"),
    ]
    found = problems(text)
    assert [line for line, _ in found] == [line for line, _ in expected]
    for (_, what), (_, words) in zip(found, expected, strict=True):
        assert what.startswith(words)


@pytest.mark.parametrize("after", ["", " 2 s", ", b: 3"])
def test_a_comma_within_braces_is_taken_for_the_number_that_was_meant(after: str) -> None:
    """`{a: 1,500}` is `a: 1` and a key `500` to YAML: the number is refused with its readings."""
    (problem,) = read_text(f"x: {{a: 1,500{after}}}\n", "f.yaml").problems
    assert problem.line == 1
    assert problem.text.startswith("“1,500” can be read 1500 or 1.500")
    assert read_text("x: {a: 1, 500: b}\ny: {a: b, 500}\n", "f.yaml").problems == []


def test_a_part_of_a_document_is_checked_in_its_place() -> None:
    """A section checked by itself tells the lines of the whole file."""
    document = read_text("name: a\nkinds:\n  - kind: square\n    side: x\n", "f.yaml")
    value, found = check(list[Square], document, ("kinds",))
    assert value is None
    assert [str(p) for p in found] == ["f.yaml:4: side: “x” is not a number"]


def test_load_raises_all_problems_together(tmp_path: Path) -> None:
    """Duplicate keys and values of the wrong kind come in one message, in order of their lines."""
    path = tmp_path / "f.yaml"
    path.write_text("name: a\nname: b\ninner: {wait: 5}\n", encoding="utf-8")
    with pytest.raises(InvalidFileError) as error:
        load(File, path, "f.yaml")
    assert str(error.value).splitlines() == [
        "f.yaml:2: the key “name” stands twice (first in line 1): keep one",
        "f.yaml:3: wait: “5” is not a duration: give its unit, as in 200 ms, 60 s, 5 min, 1 h",
    ]
    path.write_text("name: b\ninner: {wait: 5 s}\n", encoding="utf-8")
    assert load(File, path) == File(name="b", inner=Inner(wait=5_000_000))


def test_an_alias_is_what_it_stands_for_and_problems_point_to_the_anchor() -> None:
    """Two territories may share a unit; a mistake in it stands where it is written."""
    text = "name: a\ninner: &i\n  wait: 5 s\nnamed:\n  b: *i\n"
    document = read_text(text, "f.yaml")
    assert document.data["named"]["b"] == {"wait": "5 s"}
    assert problems(text) == []
    assert {line for line, _ in problems(text.replace("5 s", "5"))} == {3}


def test_a_merge_key_is_refused() -> None:
    """`<<` would be a key of that name or an invisible copy: we read neither."""
    text = "base: &b {wait: 5 s}\nname: a\ninner:\n  <<: *b\n  wait: 1 s\n"
    document = read_text(text, "f.yaml")
    assert document.data["inner"] == {"wait": "1 s"}
    assert [(p.line, p.text) for p in document.problems] == [
        (4, "`<<` (a merge key) is not read: write its keys out, or extend a profile")
    ]


@pytest.mark.parametrize("key", ["? [a, b]\n: c", "? {a: b}\n: c"])
def test_a_key_that_is_no_word_is_refused(key: str) -> None:
    """Lists and mappings as keys are YAML, and nobody means them."""
    (problem,) = read_text(f"x: y\n{key}\n", "f.yaml").problems
    assert (problem.line, problem.text) == (2, "a key is a word, not a list or a mapping")


def test_an_alias_bomb_does_not_explode() -> None:
    """Nine levels of nine aliases would be 3 billion values: reading stops at 100 000."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    line, text = refused("\n".join(lines))
    assert "more than 100000 values" in text
    assert line >= 1


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: *a}"])
def test_an_alias_that_contains_itself_is_refused(text: str) -> None:
    """A value without end is a message."""
    assert "does an alias contain itself?" in refused(text)[1]


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("latencie", ["latency", "flood"], "did you mean “latency”? known: flood, latency"),
        ("xyz", ["latency"], "known: latency"),
        ("deffaut", [f"n{i}" for i in range(30)] + ["defaut"], "did you mean “defaut”?"),
        ("zzz", [f"n{i}" for i in range(30)], ""),
    ],
)
def test_nearest(word: str, known: list[str], hint: str) -> None:
    """A hint names the nearest word, and lists all when they are few."""
    assert nearest(word, known) == hint
