"""Writing reports: languages beside each other, whole files, and a failure costs itself only."""

from __future__ import annotations

import ast
import io
import json
import re
import shutil
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from babel.messages.pofile import read_po
from rich.console import Console

from rentree import report
from rentree.commands.summary import print_verdict
from rentree.errors import UsageError
from rentree.evidence import Evidence
from rentree.i18n import Language
from rentree.judge import judge
from rentree.report import FIRST, named, reporters, write_reports
from rentree.testing import Story, make_plan
from rentree.verdict import Verdict

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A golden folder of one's own."""
    return Path(
        shutil.copytree(ROOT / "tests" / "golden" / "one-territory-ruined", tmp_path / "run")
    )


def verdict_of(folder: Path) -> Verdict:
    """Its verdict."""
    return judge(Evidence(folder))


def test_both_languages_lie_beside_each_other(folder: Path) -> None:
    """French keeps the plain name; nothing overwrites anything."""
    for language in ("fr", "en"):
        _, failed = write_reports(folder, verdict_of(folder), FIRST, language)
        assert failed == []
    names = {p.name for p in folder.iterdir() if p.is_file()}
    assert names >= {
        "report.html",
        "report.en.html",
        "junit.xml",
        "junit.en.xml",
        "summary.md",
        "summary.en.md",
        "report.json",
        "report.en.json",
    }
    digests = (folder / "derived.sha256").read_text(encoding="utf-8")
    assert all(name in digests for name in ("report.html", "report.en.html"))
    assert "CONFORME" in (folder / "report.html").read_text(encoding="utf-8")
    assert "DOES NOT MEET" in (folder / "report.en.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("filename", "english"),
    [("report.html", "report.en.html"), ("junit.xml", "junit.en.xml"), ("a.b.txt", "a.b.en.txt")],
)
def test_a_language_is_part_of_the_name(filename: str, english: str) -> None:
    """But for French."""
    assert named(filename, "en") == english
    assert named(filename, "fr") == filename


class Broken:
    """A reporter that raises."""

    filename: ClassVar[str] = "broken.txt"
    explains: ClassVar[str] = "raises"

    def render(self, *_: object) -> str:
        """Raise."""
        raise ZeroDivisionError("by zero")


class Silent(Broken):
    """A reporter that returns nothing."""

    filename: ClassVar[str] = "silent.txt"

    def render(self, *_: object) -> str:
        """Return what is no text."""
        return None  # type: ignore[return-value]


def test_a_report_that_raises_costs_itself_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are written, before and after it; what failed is said."""
    ours = reporters()
    known = {"markdown": ours["markdown"], "broken": Broken, "silent": Silent, "json": ours["json"]}
    monkeypatch.setattr(report, "reporters", lambda: known)
    written, failed = write_reports(folder, verdict_of(folder), list(known), "fr")
    assert [path.name for path in written] == ["summary.md", "report.json"]
    assert failed[0] == "the report “broken” failed: ZeroDivisionError: by zero"
    assert "silent" in failed[1]
    assert not (folder / "silent.txt").exists()


def test_half_a_report_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up leaves the report of before, or none, and says so in a line."""
    write_reports(folder, verdict_of(folder), ["markdown"], "fr")
    before = (folder / "summary.md").read_bytes()

    def full(self: Path, text: str, **_: object) -> int:
        self.write_bytes(text.encode()[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    written, failed = write_reports(folder, verdict_of(folder), ["markdown"], "fr")
    assert written == []
    assert "No space left on device" in failed[0]
    assert (folder / "summary.md").read_bytes() == before
    assert not [p for p in folder.iterdir() if p.name.startswith(".")]


def test_an_unknown_report_is_told(folder: Path) -> None:
    """With the nearest word."""
    with pytest.raises(UsageError, match="no report “htlm”: did you mean “html”"):
        write_reports(folder, verdict_of(folder), ["htlm"], "fr")


class Leaving(Broken):
    """A reporter that ends the program as if all were well."""

    filename: ClassVar[str] = "leaving.txt"

    def render(self, *_: object) -> str:
        """Exit with 0."""
        sys.exit(0)


class Flattering(Broken):
    """A reporter that rewrites what it is given."""

    filename: ClassVar[str] = "flattering.txt"

    def render(self, *given: object) -> str:
        """Throw away what did not hold."""
        verdict = given[0]
        assert isinstance(verdict, Verdict)
        verdict.findings.clear()
        verdict.title["fr"] = "CONFORME"
        return "all is well"


def test_a_report_neither_ends_the_run_nor_bends_its_verdict(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drop-in that calls `sys.exit(0)` would turn a failing run into a passing one."""
    known = {"leaving": Leaving, "flattering": Flattering, "json": reporters()["json"]}
    monkeypatch.setattr(report, "reporters", lambda: known)
    verdict = verdict_of(folder)
    written, failed = write_reports(folder, verdict, list(known), "fr")
    assert failed == ["the report “leaving” failed: SystemExit: 0"]
    assert [path.name for path in written] == ["flattering.txt", "report.json"]
    assert verdict == verdict_of(folder)
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["exit_code"] == 1


@pytest.mark.parametrize(
    "filename", ["verdict.json", "derived.sha256", "../a.txt", "/a.txt", "raw/plan.json", "", "raw"]
)
def test_a_report_lies_over_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch, filename: str
) -> None:
    """Its file stands beside the verdict, or it is not written."""
    before = {p: p.read_bytes() for p in folder.parent.rglob("*") if p.is_file()}
    kind = type("Elsewhere", (Flattering,), {"filename": filename})
    monkeypatch.setattr(report, "reporters", lambda: {"elsewhere": kind})
    written, failed = write_reports(folder, verdict_of(folder), ["elsewhere"], "fr")
    assert written == []
    assert "is no name for a report" in failed[0]
    after = {p: p.read_bytes() for p in folder.parent.rglob("*") if p.is_file()}
    after.pop(folder / "derived.sha256")
    assert after == before


def test_failures_are_told_in_the_language_of_the_report(tmp_path: Path) -> None:
    """In the summary, in the report for programs and on the terminal; verdict.json keeps words."""
    evidence = troubled(tmp_path, "asset a.css did not come")
    verdict = judge(evidence)
    told: dict[Language, str] = {"fr": "l’élément a.css n’est pas venu", "en": "did not come"}
    for language, words in told.items():
        for name in ("markdown", "json"):
            assert words in reporters()[name]().render(verdict, evidence, language)
        assert words in terminal(verdict, evidence, language)
    assert verdict.figures["troubles"][0]["why"] == "asset a.css did not come"


def test_a_platform_writes_nothing_on_the_terminal(tmp_path: Path) -> None:
    """An escape sequence or a line break in its words would paint a verdict of its own."""
    evidence = troubled(tmp_path, "asset \x1b[2J\x1b[H\r\nCONFORME\u202e did not come")
    verdict = judge(evidence)
    printed = terminal(verdict, evidence, "fr")
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", printed)
    assert [line for line in printed.splitlines() if line.startswith("CONFORME")] == []
    summary = reporters()["markdown"]().render(verdict, evidence, "fr")
    assert "NON CONFORME" in summary
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", summary)


def troubled(folder: Path, why: str) -> Evidence:
    """A run in which every sign-in failed, in these words."""
    rule = {
        "slo": "response",
        "step": "sign in",
        "quantile": "50 %",
        "below": "5 s",
        "each": "none",
    }
    story = Story(make_plan(slos=[rule]))
    for _ in range(40):
        story.tries(story.person(12), outcome="error", why=why)
    return story.write(folder)


def terminal(verdict: Verdict, evidence: Evidence, language: Language) -> str:
    """What a terminal gets."""
    text = io.StringIO()
    print_verdict(verdict, evidence, language, Console(file=text, width=200))
    return text.getvalue()


def test_every_message_of_our_code_has_its_french() -> None:
    """What Python code asks the catalogue for is in it."""
    sources = [*(ROOT / "src/rentree").rglob("*.py"), *(ROOT / "reports").glob("*.py")]
    asked = {
        node.args[0].value
        for source in sources
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"
        if isinstance(node.args[0], ast.Constant)
    }
    assert len(asked) > 20
    with (ROOT / "reports" / "catalogues" / "fr.po").open("rb") as file:
        known = {message.id for message in read_po(file, locale="fr")}
    assert asked - known == set()
