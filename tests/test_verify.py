"""`rentree verify`: a one-bit change anywhere is named, and so is whatever a seal cannot show."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rentree.commands.verify import verify
from rentree.errors import UsageError
from rentree.evidence import Evidence, seal
from rentree.judge import judge
from rentree.report import write_reports
from rentree.series import Listed, write_series
from rentree.testing import Story, make_plan
from rentree.verdict import RULES, write

GOLDEN = Path(__file__).parent / "golden" / "homework-lost"
ANEW, LOST = "JUDGED ANEW, IT DIFFERS", "nothing-lost/homework/run"
LISTS = {"raw/MANIFEST.sha256", "derived.sha256"}  # of other files: a change may show in those


def concluded(folder: Path) -> Path:
    """The folder as a run leaves it: judged, with its reports and their digests."""
    verdict = judge(Evidence(folder))
    write(folder, verdict)
    _, failed = write_reports(folder, verdict, ["markdown", "json", "junit"], "en")
    assert failed == []
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything, that each test leaves as it was."""
    folder = Path(shutil.copytree(GOLDEN, tmp_path_factory.mktemp("verify") / "evidence"))
    (folder / "expected.json").unlink()
    return concluded(folder)


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(whole, tmp_path / "evidence"))


def names(folder: Path) -> list[str]:
    """Every file of a folder, by its path in it."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in files)


@contextmanager
def flipped(path: Path, place: int, bit: int) -> Iterator[None]:
    """The file with one bit otherwise."""
    before = path.read_bytes()
    after = bytearray(before)
    after[place] ^= 1 << bit
    path.write_bytes(after)
    try:
        yield
    finally:
        path.write_bytes(before)


def named(folder: Path, name: str) -> None:
    """`verify` speaks of that file, and its exit code is not 0."""
    found = verify(folder)
    assert found.code == 1, (name, found.lines)
    against = [line for line in found.lines if line.startswith(("BROKEN", "CHANGED"))]
    assert against, name
    assert name in LISTS or any(name in line for line in against), (name, against)


def test_an_untouched_folder_is_sound(whole: Path) -> None:
    """Nothing speaks against it; without an anchor that is said."""
    found = verify(whole)
    assert found.code == 0
    assert found.lines[0].startswith("intact, not anchored")
    assert "judged anew: the same verdict" in found.lines
    assert len(names(whole)) >= 12


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_bit_of_each_file_is_named(whole: Path, place: str) -> None:
    """Each file of the folder, sealed or derived, at its first, middle and last byte."""
    for name in names(whole):
        size = (whole / name).stat().st_size
        assert size, name
        with flipped(whole / name, {"first": 0, "middle": size // 2, "last": size - 1}[place], 0):
            named(whole, name)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_bit_of_any_file_is_named(whole: Path, data: st.DataObject) -> None:
    """One bit anywhere in the folder, wherever it is."""
    name = data.draw(st.sampled_from(names(whole)))
    place = data.draw(st.integers(0, (whole / name).stat().st_size - 1))
    with flipped(whole / name, place, data.draw(st.integers(0, 7))):
        named(whole, name)


def taken(path: Path) -> None:
    """A file that is no longer there."""
    path.unlink()


def renamed(path: Path) -> None:
    """A file under another name."""
    path.rename(path.with_name(f"x-{path.name}"))


def emptied(path: Path) -> None:
    """A file without content."""
    path.write_bytes(b"")


def cut(path: Path) -> None:
    """A file without its last byte."""
    path.write_bytes(path.read_bytes()[:-1])


def longer(path: Path) -> None:
    """A file with a byte more."""
    path.write_bytes(path.read_bytes() + b"\n")


@pytest.mark.parametrize("spoil", [taken, renamed, emptied, cut, longer])
def test_whatever_is_done_to_a_file_is_named(whole: Path, spoil: Callable[[Path], None]) -> None:
    """Each file of the folder, sealed or derived; without its list nothing speaks for a report."""
    before = names(whole)
    for name in before:
        path = whole / name
        text = path.read_bytes()
        spoil(path)
        found = verify(whole)
        for left in set(names(whole)) - set(before):
            (whole / left).unlink()
        path.write_bytes(text)
        assert found.code == 1, (name, found.lines)
        assert any(name in line for line in found.lines) or name in LISTS, (name, found.lines)
    assert verify(whole).code == 0


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_bit_of_a_list_is_noticed(whole: Path, name: str) -> None:
    """A line feed that becomes another line end, a digit that becomes a capital: all of it."""
    text = (whole / name).read_bytes()
    first, last = text.index(b"\n"), len(text) - 1
    for place in (0, 1, 2, first - 1, first, first + 1, first + 65, first + 66, last - 1, last):
        for bit in range(8):
            with flipped(whole / name, place, bit):
                named(whole, name)


def test_a_folder_that_was_sealed_anew_fails_its_anchor(folder: Path) -> None:
    """Who holds the folder can seal it again: only the digest that the run printed tells."""
    printed = Evidence(folder).manifest
    assert verify(folder, printed).code == 0
    assert verify(folder, f" {printed.upper()}\n").code == 0
    plan = json.loads((folder / "raw" / "plan.json").read_text(encoding="utf-8"))
    (folder / "raw" / "plan.json").write_text(json.dumps(plan), encoding="utf-8")  # else laid out
    seal(folder)
    for report in names(folder):
        if not report.startswith("raw/"):
            (folder / report).unlink()
    concluded(folder)
    assert verify(folder).code == 0
    found = verify(folder, printed)
    assert found.code == 1
    assert (
        found.lines[0] == f"ANOTHER FOLDER: expected {printed}, found {Evidence(folder).manifest}"
    )


@pytest.mark.parametrize(
    ("given_text", "code", "says"),
    [
        ("mardi 3 novembre", 0, "the challenge is the one that was given"),
        ("mardi 3 novembre ", 1, "ANOTHER CHALLENGE"),
        ("lundi", 1, "ANOTHER CHALLENGE"),
    ],
)
def test_the_buyers_challenge(tmp_path: Path, given_text: str, code: int, says: str) -> None:
    """The text must be the plan's, to the letter."""
    Story(make_plan(challenge="mardi 3 novembre")).write(tmp_path)
    found = verify(tmp_path, challenge=given_text)
    assert found.code == code
    assert any(line.startswith(says) for line in found.lines)


def test_a_challenge_that_the_run_never_had(folder: Path) -> None:
    """A run without a challenge does not bear one out."""
    assert verify(folder, challenge="mardi").code == 1


@pytest.mark.parametrize(
    ("anchor", "says"),
    [
        ({"expect": "abc"}, "64 hex digits"),
        ({"expect": ""}, "64 hex"),
        ({"challenge": ""}, "empty"),
    ],
)
def test_an_anchor_that_shows_nothing_is_refused(
    folder: Path, anchor: dict[str, str], says: str
) -> None:
    """Half a digest and an empty challenge are mistakes of who typed them."""
    with pytest.raises(UsageError, match=says):
        verify(folder, **anchor)


def another_version(stored: dict[str, Any]) -> None:
    """A verdict of rules of their own, with keys that this release does not have."""
    stored["rules"], stored["weather"] = "7", "fine"
    for finding in stored["findings"]:
        finding["mood"] = "good"
        finding["decision"] = "pass"


def only_the_version(stored: dict[str, Any]) -> None:
    """A verdict of other rules that says the same."""
    stored["rules"] = "1"


def another_decision(stored: dict[str, Any]) -> None:
    """A verdict of these rules that says otherwise."""
    stored["decision"] = "pass"


def another_digit(stored: dict[str, Any]) -> None:
    """Another machine's last digit."""
    stored["findings"][0]["measured"] *= 1 + 1e-13


def another_finding(stored: dict[str, Any]) -> None:
    """A finding that is not judged, and one that is missing."""
    stored["findings"][0]["id"] = "response/home/run"


@pytest.mark.parametrize(
    ("bend", "code", "says"),
    [
        (another_version, 1, [
            f"judged by rules 7, this release has {RULES}: judged anew it differs so",
            f"{ANEW}: weather: fine was stored, nothing is judged",
            f"{ANEW}: finding {LOST}, mood: good was stored, nothing is judged",
            f"{ANEW}: finding {LOST}, decision: pass was stored, fail is judged"]),
        (only_the_version, 0,
         [f"judged by rules 1, this release has {RULES}: judged anew: the same verdict"]),
        (another_decision, 1,
         [f"{ANEW}: decision: pass was stored, fail is judged"]),
        (another_digit, 0, ["judged anew: the same verdict, its figures within 1e-9"]),
        (another_finding, 1, [
            f"{ANEW}: finding response/home/run was stored and is not judged",
            f"{ANEW}: finding {LOST} is judged and was not stored"]),
    ],
)  # fmt: skip
def test_a_stored_verdict_is_held_against_one_made_anew(
    folder: Path, bend: Callable[[dict[str, Any]], None], code: int, says: list[str]
) -> None:
    """What differs is named; rules of another version are said, and read all the same."""
    stored = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    bend(stored)
    (folder / "verdict.json").write_text(json.dumps(stored), encoding="utf-8")
    for path in (folder / "derived.sha256", *folder.glob("*.en.*")):
        path.unlink()
    found = verify(folder)
    assert found.code == code
    assert set(says) <= set(found.lines), found.lines


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rules": "2", "findings": [1]}', "[" * 10**5])
def test_a_verdict_that_is_none_is_named(folder: Path, text: str) -> None:
    """A damaged verdict.json is one more difference, not the end of the check."""
    (folder / "verdict.json").write_text(text, encoding="utf-8")
    found = verify(folder)
    assert found.code == 1
    assert any(line.startswith("CHANGED: ") and "as a verdict" in line for line in found.lines)
    assert any("verdict.json was changed after writing" in line for line in found.lines)


def test_what_lies_beside_is_told(folder: Path) -> None:
    """Files of others beside raw/ are named; they say nothing for or against the evidence."""
    (folder / "note.txt").write_text("x", encoding="utf-8")
    found = verify(folder)
    assert found.code == 0
    assert found.lines[-1] == "beside the seal: note.txt, of which nothing is known"


@pytest.mark.parametrize("name", ["report.html", "report.fr.pdf", "Report-final.html", "junit.xml"])
def test_a_report_that_no_list_knows_is_against_the_folder(folder: Path, name: str) -> None:
    """With the list and without it: “CONFORME” may stand on it, and nobody wrote it of this run."""
    (folder / name).write_text("CONFORME", encoding="utf-8")
    found = verify(folder)
    assert found.code == 1
    again = "(rentree report writes it again)"
    told = f"CHANGED: {name} has the name of a report, and derived.sha256 does not know it {again}"
    assert told in found.lines
    (folder / "derived.sha256").unlink()
    found = verify(folder)
    assert found.code == 1
    gone = f"CHANGED: derived.sha256 is missing, and nothing else speaks for {name} {again}"
    assert gone in found.lines


def test_writing_another_report_speaks_for_no_strangers(folder: Path) -> None:
    """`rentree report` lists what it wrote, now or before: not what somebody put beside it."""
    (folder / "report.html").write_text("CONFORME", encoding="utf-8")
    (folder / "summary.en.md").write_text("MEETS the promises", encoding="utf-8")
    _, failed = write_reports(folder, judge(Evidence(folder)), ["json"], "fr")
    assert failed == []
    found = verify(folder)
    assert found.code == 1
    told = [line for line in found.lines if line.startswith("CHANGED")]
    assert [line.split()[1] for line in told] == ["summary.en.md", "report.html"]


def test_a_folder_without_reports_needs_no_list_of_them(folder: Path) -> None:
    """Judged, and nothing written: there is nothing to take for a report."""
    for path in (folder / "derived.sha256", *folder.glob("*.en.*")):
        path.unlink()
    assert verify(folder).code == 0


def test_without_a_verdict_there_is_nothing_to_compare(tmp_path: Path) -> None:
    """A run that nobody has judged is judged now, and that is said."""
    shutil.copytree(GOLDEN / "raw", tmp_path / "raw")
    found = verify(tmp_path)
    assert found.code == 0
    assert "no verdict.json to compare with; judged now: fail" in found.lines


def test_the_runs_of_a_series_are_looked_at_as_well(folder: Path, tmp_path: Path) -> None:
    """Verdict and reports of each run, not only those of the series."""
    series = tmp_path / "series"
    series.mkdir()
    run = Path(shutil.copytree(folder, series / "run-1"))
    write_series(series, 1, [Listed("run-1", Evidence(run).manifest, 1)])
    sound = verify(series)
    assert sound.code == 0, sound.lines
    assert "run-1: judged anew: the same verdict" in sound.lines
    told = json.loads((run / "verdict.json").read_text("utf-8"))
    told["decision"] = "pass"
    (run / "verdict.json").write_text(json.dumps(told), encoding="utf-8")
    found = verify(series)
    assert found.code == 1
    assert any(line.startswith("run-1: JUDGED ANEW, IT DIFFERS") for line in found.lines)


def test_a_finding_that_was_slipped_in_before_its_namesake_is_seen(folder: Path) -> None:
    """A reader meets the first one: as many findings must be stored as are judged."""
    path = folder / "verdict.json"
    told = json.loads(path.read_text("utf-8"))
    told["findings"].insert(0, told["findings"][0] | {"decision": "pass"})
    path.write_text(json.dumps(told), encoding="utf-8")
    assert any("findings were stored, and" in line for line in verify(folder).lines)
