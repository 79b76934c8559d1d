"""Territories: name and file agree, and figures say how sure they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentree.errors import InvalidFileError, UsageError
from rentree.territory import load_territory

SOUND = """\
territory: north
name: {fr: Nord, en: North}
pupils: {count: 1 155 000, year: 2020, source: somewhere, confidence: medium}
on_6_april_2021: calme
source: F52
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The territories of a workspace in which we stand."""
    folder = tmp_path / "profiles" / "territories"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_territory_is_read(folder: Path) -> None:
    """Its count, with spaces between the digits, is a number."""
    (folder / "north.yaml").write_text(SOUND, encoding="utf-8")
    territory = load_territory("north")
    assert (territory.pupils.count, territory.pupils.year) == (1_155_000, 2020)
    assert territory.name == {"fr": "Nord", "en": "North"}


def test_name_and_file_must_agree(folder: Path) -> None:
    """A copied file that was not renamed inside is told."""
    (folder / "south.yaml").write_text(SOUND, encoding="utf-8")
    with pytest.raises(UsageError, match=r"south\.yaml:1: says territory: north"):
        load_territory("south")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("confidence: medium", "confidence: some", r"3: “some” is not possible here"),
        ("1 155 000", "1,155", r"3: “1,155” can be read 1155 or 1\.155"),
        ("source: F52\n", "", r"1: the key “source” is missing"),
        ("source: F52", "sources: F52", r"5: unknown key “sources”: did you mean “source”"),
    ],
)
def test_a_mistake_is_told_with_its_line(folder: Path, before: str, after: str, words: str) -> None:
    """A figure without a source, or with a doubtful number, is not read."""
    (folder / "north.yaml").write_text(SOUND.replace(before, after), encoding="utf-8")
    with pytest.raises(InvalidFileError, match=rf"north\.yaml:{words}"):
        load_territory("north")


def test_an_unknown_territory_is_answered_with_the_nearest(folder: Path) -> None:
    """What we ship is known from everywhere."""
    with pytest.raises(UsageError, match=r"no territory “grand-es”: did you mean “grand-est”?"):
        load_territory("grand-es")
