"""Sets of SLOs: before the profile's own, and a mistake is told in the set's own file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rentree.errors import InvalidFileError
from rentree.profile import Profile, load_profile
from rentree.slo_sets import SloSet
from rentree.workspace import listing, starter
from rentree.yamltext import load

from .test_profile import SOUND, Latency

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "contract-slos.md"
OWN = SOUND[: SOUND.index("slos:")]
SET = """\
slo_set: ours
title: {fr: Les nôtres, en: Ours}
slos:
  - {slo: response, step: home, quantile: 95 %, below: 2 s, source: CCTP 4}
  - {slo: refused, share_below: 2 %, in: bell, source: convention}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a set in which we stand."""
    (tmp_path / "profiles" / "slos").mkdir(parents=True)
    (tmp_path / "profiles" / "slos" / "ours.yaml").write_text(SET, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "profiles"


def profile(folder: Path, text: str) -> Profile:
    """Load a profile of that text."""
    (folder / "small.yaml").write_text(text, encoding="utf-8")
    return load_profile(
        "small",
        journeys={"pupil": ["sign in", "home"], "teacher": ["sign in", "messages"]},
        fault_kinds={"latency": Latency},
        territories={"north": {}},
    )[0]


def refused(folder: Path, text: str) -> list[str]:
    """What is wrong with it, as `file:line: words`."""
    with pytest.raises(InvalidFileError) as told:
        profile(folder, text)
    return [f"{Path(p.file).name}:{p.line}: {p.text}" for p in told.value.problems]


def test_a_set_comes_before_the_profiles_own(folder: Path) -> None:
    """In the order of the sets, then the profile's."""
    found = profile(folder, SOUND + "slo_sets: [ours]\n")
    assert found.slo_sets == ["ours"]
    assert [slo.slo for slo in found.slos] == [
        "response", "refused", "punctual", "response", "signed-in-at-once", "refused",
    ]  # fmt: skip


def test_a_set_may_make_all_the_promises(folder: Path) -> None:
    """`slos` may be left out; without either, it is missing."""
    found = profile(folder, OWN + "slo_sets: [ours]\n")
    assert [slo.source for slo in found.slos] == ["CCTP 4", "convention"]
    assert refused(folder, OWN) == ["small.yaml:1: the key “slos” is missing"]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("step: home", "step: hom", "4: nobody does the step “hom”: did you mean “home”"),
        ("in: bell", "in: bel", "5: no phase “bel”: did you mean “bell”"),
        ("below: 2 s", "belov: 2 s", "4: unknown key “belov”: did you mean “below”"),
        ("2 %", "2", "5: share_below: “2” is not a share"),
        (", source: CCTP 4", "", "4: a promise of a set says where it is from"),
        ("slo_set: ours", "slo_set: yours", "1: says slo_set: yours; name and file must agree"),
        ("title", "titel", "2: unknown key “titel”: did you mean “title”"),
    ],
)
def test_a_mistake_in_a_set_is_told_there(
    folder: Path, before: str, after: str, words: str
) -> None:
    """With the set's file and line, and in which profile."""
    (folder / "slos" / "ours.yaml").write_text(SET.replace(before, after), encoding="utf-8")
    found = refused(folder, SOUND + "slo_sets: [ours]\n")
    assert any(
        f.startswith(f"ours.yaml:{words}") and f.endswith("(in the profile “small”)") for f in found
    ), found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("slo_sets: [our]", "small.yaml:47: no slo-set “our”: did you mean “ours”"),
        ("slo_sets: [ours, ours]", "small.yaml:47: the set “ours” stands twice"),
        ("slo_sets: ours", "small.yaml:47: must be a list"),
        ("slo_set: [ours]", "small.yaml:47: unknown key “slo_set”: did you mean “slo_sets”"),
    ],
)
def test_a_mistake_in_naming_sets(folder: Path, text: str, words: str) -> None:
    """What is named must be there, once."""
    (found,) = refused(folder, f"{SOUND}{text}\n")
    assert found.startswith(words)


def test_a_mistake_of_the_profiles_own_keeps_its_line(folder: Path) -> None:
    """The set moves the profile's promises, not where they stand."""
    text = SOUND.replace("at_least: 400", "at_least: 481")
    (found,) = refused(folder, text + "slo_sets: [ours]\n")
    line = text.splitlines().index("    at_least: 481") + 1
    assert found.startswith(f"small.yaml:{line}: only 480 come")


@pytest.mark.parametrize("name", sorted(listing("slo-sets", starter())))
def test_each_shipped_set_can_be_promised(folder: Path, name: str) -> None:
    """By a profile whose people sign in and see the home page; it has both titles and sources."""
    own = load(SloSet, listing("slo-sets")[name].path)
    assert set(own.title) == {"fr", "en"}
    found = profile(folder, OWN + f"slo_sets: [{name}]\n")
    assert len(found.slos) == len(own.slos)
    assert all(slo.source for slo in found.slos)


def test_the_contract_of_the_how_to_is_one(folder: Path) -> None:
    """Its set, copied as it stands."""
    page = PAGE.read_text(encoding="utf-8")
    files = dict(re.findall(r"^`(\S+)`:\n\n```yaml\n(.*?)^```$", page, re.M | re.S))
    text = files["profiles/slos/marche-2026.yaml"]
    (folder / "slos" / "marche-2026.yaml").write_text(text, encoding="utf-8")
    found = profile(folder, OWN + "slo_sets: [marche-2026]\n")
    assert [slo.promise.ref for slo in found.slos if slo.promise] == ["CCTP 4.3.2", "CCTP 4.3.5"]
