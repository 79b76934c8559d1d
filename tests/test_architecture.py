"""The shape of the code: short files, each with its one sentence."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = sorted(p for f in ("src", "loadtests", "chaos", "reports") for p in (ROOT / f).rglob("*.py"))
CONTENT = sorted(
    p
    for folder in ("src", "loadtests", "chaos", "reports", "profiles")
    for p in (ROOT / folder).rglob("*")
    if p.is_file() and p.suffix in (".py", ".yaml", ".j2", ".html", ".css", ".js")
)  # a catalogue is a table of words, looked up and not read
LONGEST = 400  # lines


def called(path: Path) -> str:
    """A file as one calls it from the root."""
    return path.relative_to(ROOT).as_posix()


def test_there_is_code_to_look_at() -> None:
    """The folders are where this test believes them."""
    assert len(CODE) > 60
    assert {p.relative_to(ROOT).parts[0] for p in CODE} == {"src", "loadtests", "chaos", "reports"}


@pytest.mark.parametrize("path", CONTENT, ids=called)
def test_no_file_is_long(path: Path) -> None:
    """A file is one concept, read top to bottom; 400 lines is the most."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", CODE, ids=called)
def test_a_module_says_in_one_sentence_what_it_is(path: Path) -> None:
    """The docstring's first line begins with a capital or a command and ends as a sentence does."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = text.split("\n", 1)[0]
    assert first, "no docstring"
    if path.is_relative_to(ROOT / "loadtests"):
        first = first.partition("  Alone:")[0]  # how to run it under the stock Locust
    assert first.endswith((".", "?", ":")), first
    assert first[0].isupper() or first[0] == "`", first


@pytest.mark.parametrize("path", CODE, ids=called)
def test_nothing_is_called_for_what_it_is_not_about(path: Path) -> None:
    """Files have the domain's nouns as names."""
    assert path.stem not in {
        "utils",
        "util",
        "helpers",
        "helper",
        "common",
        "manager",
        "base",
        "misc",
    }


def test_drop_ins_share_code_through_rentree_only() -> None:
    """A drop-in never imports another (`json` is Python's), nor a generic folder name."""
    generic = {"loadtests", "profiles", "chaos", "reports"}
    for path in CODE:
        siblings = {p.stem for p in path.parent.glob("*.py")} if "src" not in path.parts else set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0 or "src" in path.parts, called(path)
                names = [node.module or ""]
            roots = {name.split(".")[0] for name in names}
            assert not roots & generic, called(path)
            assert not roots & (siblings - sys.stdlib_module_names), called(path)
