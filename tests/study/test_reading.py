"""A study's file: what is wrong with it is told with file and line, and the nearest right word."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentree.commands.catalogue import catalogue
from rentree.errors import InvalidFileError, UsageError
from rentree.study.kinds import KINDS
from rentree.study.reading import Size, load_study, size_of

FOUR = """\
study: four
title: {fr: "Quatre", en: "Four"}
kind: factorial
factors: {crowd: {fr: la foule, en: the crowd}, flood: {fr: le flot, en: the flood}}
measure: {slo: punctual, share: 90 %, within: 3 s, in: bell, each: none}
runs:
  - {profile: essai, sandbox: rentree, with: []}
  - {profile: filtre, sandbox: rentree, with: [crowd]}
  - {profile: eure, sandbox: rentree, with: [flood]}
  - {profile: rentree-9h, sandbox: rentree, with: [crowd, flood]}
"""
SWEEP = """\
study: four
title: {fr: "Deux", en: "Two"}
kind: sweep
swept: {what: {fr: fenêtre, en: window}, unit: {fr: min, en: min}}
measure: {slo: refused, share_below: 1 %, in: bell, each: none}
runs:
  - {profile: essai, sandbox: rentree, at: 1 000}
  - {profile: eure, sandbox: rentree, at: 5}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a folder of studies, in which we stand."""
    (tmp_path / "profiles" / "studies").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "profiles" / "studies"


@pytest.mark.parametrize(("text", "kind"), [(FOUR, "factorial"), (SWEEP, "sweep")])
def test_a_sound_study(folder: Path, text: str, kind: str) -> None:
    """It is found beside the starter's, and is of its kind."""
    (folder / "four.yaml").write_text(text, encoding="utf-8")
    assert type(load_study("four")) is KINDS[kind]


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (FOUR, "kind: factorial", "kind: factoriel",
         "four.yaml:3: unknown kind “factoriel”: did you mean “factorial”?"),
        (FOUR, "kind: factorial\n", "", "four.yaml:1: a study says its `kind`: factorial"),
        (FOUR, "study: four", "study: fore", "four.yaml:1: the file is named “four”"),
        (FOUR, "profile: filtre", "profile: filter", "four.yaml:8: no profile “filter”: did you"),
        (FOUR, "profile: filtre", "profile: essai", "four.yaml:8: “essai” on “rentree” stands"),
        (FOUR, "sandbox: rentree, with: []", "sandbox: rentre, with: []",
         "four.yaml:7: no sandbox “rentre”: did you mean “rentree”?"),
        (FOUR, "in: bell", "in: bel", "four.yaml:5: “essai” has no phase “bel”: did you mean"),
        (FOUR, "slo: punctual", "slo: response", "four.yaml:5: unknown kind “response”"),
        (SWEEP, "in: bell", "in: bell, of: attempts", "four.yaml:5: a study compares people"),
        (FOUR, ", each: none", "", "four.yaml:5: a study compares the whole of each run"),
        (FOUR, "with: [flood]}", "with: [fload]}", "four.yaml:9: no factor “fload”: did you mean"),
        (FOUR, "with: [flood]}", "with: [crowd]}", "four.yaml:9: two runs with the same factors"),
        (FOUR, "with: [flood]}", "with: [flood, flood]}", "four.yaml:9: a factor stands twice"),
        (FOUR, "flood: {fr", "interaction: {fr", "four.yaml:4: what both together change"),
        (FOUR, "  - {profile: rentree-9h, sandbox: rentree, with: [crowd, flood]}\n", "",
         "four.yaml:6: four runs are needed: neither, crowd and flood alone, and both"),
        (FOUR, ", flood: {fr: le flot, en: the flood}", "", "four.yaml:4: a factorial has two"),
        (FOUR, "sandbox: rentree, with: [flood]", "sandbox: 6-avril-2021, with: [flood]",
         "four.yaml:9: the runs of such a study try one platform, “rentree”"),
        (FOUR, "runs:", "run:", "four.yaml:6: unknown key “run”: did you mean “runs”?"),
        (SWEEP, "at: 5", "at: 1000", "four.yaml:8: values of a sweep stand in order, each once"),
        (SWEEP, "at: 5", "at: 1,500", "four.yaml:8: "),
        (SWEEP, "  - {profile: eure, sandbox: rentree, at: 5}\n", "",
         "four.yaml:6: a study has two runs or more"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(folder: Path, text: str, old: str, new: str, said: str) -> None:
    """A row each: what was changed in a sound file, and what is said of it."""
    assert old in text
    (folder / "four.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidFileError) as told:
        load_study("four")
    assert said in str(told.value)


def test_a_profile_that_is_none_is_told_by_its_own_name(folder: Path) -> None:
    """A list of things: with the profile's file and line, and no traceback."""
    (folder.parent / "list.yaml").write_text("- a\n", encoding="utf-8")
    (folder / "four.yaml").write_text(FOUR.replace("filtre", "list"), encoding="utf-8")
    with pytest.raises(InvalidFileError, match=r"list\.yaml:1: a profile is a mapping of keys"):
        load_study("four")


def test_a_file_that_is_no_study_is_listed_without_a_title(folder: Path) -> None:
    """`rentree list studies` goes on to the others."""
    (folder / "four.yaml").write_text("- a\n", encoding="utf-8")
    listed = dict(catalogue("studies"))
    assert listed["four"] == ""
    assert listed["concentration"]


def test_an_unknown_study_is_told_with_the_nearest() -> None:
    """As with other kinds of file."""
    with pytest.raises(UsageError, match="no study “concentrations”: did you mean “concentration”"):
        load_study("concentrations")


@pytest.mark.parametrize(
    ("profile", "size"),
    [
        pytest.param("concentration-4h", Size(0.005, 370), id="its rehearsal"),
        pytest.param("essai", Size(1.0, 1.0), id="none: as the verdict counts"),
    ],
)
def test_how_small_a_profile_is_made(profile: str, size: Size) -> None:
    """By its `rehearsal`, else where its verdict counts."""
    assert size_of(profile) == size
