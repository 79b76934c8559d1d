"""Territories: figures add up, say how sure they are, and parts are no larger than their whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from rentree.commands.catalogue import catalogue
from rentree.errors import InvalidFileError, UsageError
from rentree.hypothesis import reckon
from rentree.territory import Kind, Level, Territory, all_territories, load_territory, national
from rentree.workspace import starter

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "territories.md"
BEGIN, END = "<!-- tables: begin -->\n", "<!-- tables: end -->\n"

WHOLE = """\
territory: whole
name: {fr: Tout, en: Whole}
kind: région académique
pupils: {count: 2 000 000, year: 2020, source: somewhere, confidence: high}
pupils_by_level:
  école: {count: 1 080 000, hypothèse: "élèves × 54 %, national"}
  collège: {count: 560 000, hypothèse: "élèves × 28 %, national"}
  lycée: {count: 360 000, hypothèse: "élèves × 18 %, national"}
"""
SOUND = """\
territory: north
name: {fr: Nord, en: North}
pupils: {count: 1 155 000, year: 2020, source: somewhere, confidence: medium}
kind: académie
in: whole
pupils_by_level:
  école: {count: 600 000, year: 2020, source: somewhere, confidence: medium}
  collège: {count: 300 000, year: 2020, source: somewhere, confidence: medium}
  lycée: {count: 255 000, year: 2020, source: somewhere, confidence: low}
classes: {count: 48 529, hypothèse: "élèves / 23.8, F10"}
teachers: {count: 80 000, hypothèse: a guess}
platforms:
  - levels: [lycée]
    authority: Région
    product: Petit ENT
    provider: somebody
    sign_in: A
    when: both
    source: somewhere
    confidence: high
on_6_april_2021: calme
source: F52
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The territories of a workspace in which we stand: a whole, to begin with."""
    folder = tmp_path / "profiles" / "territories"
    folder.mkdir(parents=True)
    (folder / "whole.yaml").write_text(WHOLE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture(scope="module")
def shipped() -> list[Territory]:
    """Those that we ship."""
    return all_territories()


def test_a_territory_is_read(folder: Path) -> None:
    """Its count, with spaces between the digits, is a number; a hypothesis says that it is one."""
    (folder / "north.yaml").write_text(SOUND, encoding="utf-8")
    territory = load_territory("north")
    assert (territory.pupils.count, territory.pupils.year) == (1_155_000, 2020)
    assert territory.name == {"fr": "Nord", "en": "North"}
    assert territory.within == "whole"
    assert territory.pupils.basis == "2020, medium: somewhere"
    assert territory.classes
    assert territory.classes.basis == "hypothèse: élèves / 23.8, F10"


def test_name_and_file_must_agree(folder: Path) -> None:
    """A copied file that was not renamed inside is told."""
    (folder / "south.yaml").write_text(SOUND, encoding="utf-8")
    with pytest.raises(UsageError, match=r"south\.yaml:1: says territory: north"):
        load_territory("south")


LAST_LEVEL = "  lycée: {count: 255 000, year: 2020, source: somewhere, confidence: low}\n"
UNEQUAL = (
    "6: the levels add up to 1 155 000, but pupils says 1 155 001: correct one, or say why in "
    "`do_not_add_up: {pupils: …}`"
)
UNFOUNDED = "8: collège: a figure without source: say it, or mark it as `hypothèse: how"
WRONG = "10: “élèves / 23.8, F10” gives 48 529, but the count is 48 592: correct one"
GUESS = "hypothèse: a guess"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("confidence: low", "confidence: some", "9: “some” is not possible here: known: high,"),
        ("1 155 000", "1,155", "3: “1,155” can be read 1155 or 1.155: write"),
        ("source: F52\n", "", "21: what happened has no source: say `source:` for it"),
        ("source: F52", "sources: F52", "22: unknown key “sources”: did you mean “source”"),
        ("kind: académie\n", "", "1: the key “kind” is missing"),
        ("académie", "academie", "4: “academie” is not possible here: did you mean “académie”"),
        ("in: whole", "in: hole", "5: no territory “hole”: did you mean “whole”"),
        ("in: whole", "in: north", "5: “north” would lie in itself (north in north): take one"),
        ("1 155 000", "1 155 001", UNEQUAL),
        (LAST_LEVEL, "", "6: the levels add up to 900 000"),
        (" F52", " F52\ndo_not_add_up: {pupils: x}", "23: the levels of pupils do add up"),
        ("  lycée: {", "  lycee: {", "9: “lycee” is not possible here: did you mean “lycée”"),
        ("[lycée]", "[primaire]", "13: “primaire” is not possible here: known: collège, lycée"),
        ("[lycée]", "[]", "13: levels: must have at least one"),
        ("300 000, year: 2020, source: somewhere,", "300 000, year: 2020,", UNFOUNDED),
        ("300 000, year: 2020,", "300 000, year: 20,", "8: year: “20” is not the year of a figure"),
        (GUESS, "hypothèse: x, source: y", "11: a hypothesis has neither source nor"),
        (GUESS, "hypothese: x", "11: unknown key “hypothese”: did you mean “hypothèse”"),
        ("48 529", "48 592", WRONG),
        ("élèves /", "eleves /", "10: hypothèse: “eleves” is not counted in this file: did you"),
        ("élèves / 23.8", "élèves / 0", "10: hypothèse: “élèves / 0” divides by nothing"),
        ("    provider: somebody\n", "", "13: the key “provider” is missing"),
        ("sign_in: A", "sign_in: F", "17: “F” is not possible here"),
        ("en: North", "de: Norden", "2: a name is French and English, as in {fr:"),
        ("1 155 000", "2 255 000", "3: 2 255 000 pupils, more than the 2 000 000 of “whole”"),
        ("600 000", "1 600 000", "7: 1 600 000 pupils, more than the 1 080 000 of “whole”"),
    ],
)
def test_a_mistake_is_told_with_its_line(folder: Path, before: str, after: str, words: str) -> None:
    """What is wrong, in which line, and what to write."""
    assert SOUND.count(before) == 1
    (folder / "north.yaml").write_text(SOUND.replace(before, after), encoding="utf-8")
    with pytest.raises(InvalidFileError) as told:
        load_territory("north")
    assert f"north.yaml:{words}" in str(told.value)


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    """One in the shape of a section does not hide another in what hangs together."""
    text = SOUND.replace("sign_in: A", "sign_in: F").replace("48 529", "48 592")
    text = text.replace("1 155 000", "1 155 001").replace("in: whole", "in: hole")
    (folder / "north.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFileError) as told:
        load_territory("north")
    assert [problem.line for problem in told.value.problems] == [5, 6, 10, 17]


def test_territories_do_not_lie_in_one_another(folder: Path) -> None:
    """A loop is told in the file that closes it."""
    (folder / "north.yaml").write_text(SOUND, encoding="utf-8")
    whole = WHOLE.replace("kind: rég", "in: north\nkind: rég")
    (folder / "whole.yaml").write_text(whole, encoding="utf-8")
    with pytest.raises(InvalidFileError, match=r"whole\.yaml:3: .*north in whole in north"):
        load_territory("north")


@pytest.mark.parametrize("text", ["", "- north\n"])
def test_a_file_of_something_else_is_told(folder: Path, text: str) -> None:
    """An empty file, a list."""
    (folder / "north.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFileError, match=r"north\.yaml:1: a territory is a mapping of keys"):
        load_territory("north")


def test_one_may_stand_in_place_of_ours(folder: Path) -> None:
    """A workspace that knows better says so."""
    text = SOUND.replace("territory: north", "territory: occitanie\nreplaces: starter")
    (folder / "occitanie.yaml").write_text(text, encoding="utf-8")
    assert load_territory("occitanie").pupils.count == 1_155_000


def test_an_unknown_territory_is_answered_with_the_nearest(folder: Path) -> None:
    """What we ship is known from everywhere."""
    with pytest.raises(UsageError, match=r"no territory “grand-es”: did you mean “grand-est”?"):
        load_territory("grand-es")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("élèves / 23.8, F10", 1_000 / 23.8),
        ("élèves × 54 %", 540),
        ("1 421 000 habitants × 18 %, from memory", 255_780),
        ("100 + élèves × 10 % / 2 − 20", 130),
        ("a guess", None),
        ("estimation du projet, faute de source / de mieux", None),
    ],
)
def test_a_hypothesis_is_reckoned(text: str, value: float | None) -> None:
    """Products before sums; after the first comma there are only words."""
    assert reckon(text, {"élèves": 1_000}) == pytest.approx(value)


def test_the_regions_make_up_the_country(shipped: list[Territory]) -> None:
    """12.3 M within 1 %; each level within 2 % of its figure of 2019 (Insee 4797582)."""
    assert sum(t.kind == "région académique" for t in shipped) == 18
    sums = national(shipped)
    assert sums["all"] == pytest.approx(12_300_000, rel=0.01)
    levels = {"école": 6_704_000, "collège": 3_413_000, "lycée": 2_264_000}
    assert {level: sums[level] for level in levels} == pytest.approx(levels, rel=0.02)
    assert sum(sums[level] for level in levels) == sums["all"]


def test_a_part_is_counted_once(shipped: list[Territory]) -> None:
    """Départements and académies that lie directly in one whole are together no larger than it."""
    for whole in shipped:
        parts = [t.pupils.count for t in shipped if t.within == whole.territory]
        assert sum(parts) <= whole.pupils.count, whole.territory


def test_every_region_has_its_figures(shipped: list[Territory]) -> None:
    """By level, with schools, classes and teachers, from a source or as a hypothesis."""
    for region in (t for t in shipped if t.kind == "région académique"):
        assert (
            list(region.pupils_by_level) == list(region.schools_by_level) == list(get_args(Level))
        )
        assert region.schools
        assert region.classes
        assert region.teachers
    assert {t.kind for t in shipped} >= set(get_args(Kind)) - {"commune"}


def test_the_list_has_a_line_each() -> None:
    """Name, kind, pupils and how sure, platform and provider."""
    rows = dict(catalogue("territories"))
    who, _, where = rows["bourgogne-franche-comte"].partition("; ")
    assert who == "Bourgogne-Franche-Comté: région académique, 484,600 pupils (2020, high)"
    assert where == "ÉCLAT-BFC (Kosmos)"
    assert rows["guyane"].endswith("82,000 pupils (hypothèse); no platform on record")


def test_the_committed_tables_are_what_the_files_give(tmp_path: Path) -> None:
    """`python -m rentree.territory_page` between the markers of docs/reference/territories.md."""
    command = [sys.executable, "-m", "rentree.territory_page"]
    child = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=60)
    page = PAGE.read_text(encoding="utf-8")
    assert page.partition(BEGIN)[2].partition(END)[0] == child.stdout.decode()


def test_no_file_names_a_host() -> None:
    """Products have names; addresses are nobody's business here."""
    for path in (starter() / "profiles" / "territories").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert not [end for end in (".fr", ".com", ".net", ".eu", ".org", "://") if end in text], (
            path
        )


def test_the_file_that_the_page_shows_is_read(folder: Path) -> None:
    """Copied as it stands."""
    page = PAGE.read_text(encoding="utf-8")
    text = page.partition("```yaml\n")[2].partition("```")[0]
    (folder / "pays-d-exemple.yaml").write_text(text, encoding="utf-8")
    assert load_territory("pays-d-exemple").pupils.count == 12_000
