"""Writing reports: languages beside each other, whole files, and a failure costs itself only."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from rentree import report
from rentree.errors import UsageError
from rentree.evidence import Evidence
from rentree.failure_words import said
from rentree.judge import judge
from rentree.report import FIRST, named, reporters, write_reports
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


def test_markdown_leaves_no_markup_of_others(folder: Path) -> None:
    """Pipes, HTML, mentions, links and lines of a platform are text."""
    made = sys.modules[reporters()["markdown"].__module__].plain  # it is loaded by path
    text = made("a|b\n<script>@team `x` [l](http://e.invalid) *b* #1 ![i](u)")
    assert "\n" not in text
    assert "<script" not in text
    assert not re.search(r"(?<!\\)[|`\[\]*#]", text)
    assert "@team" not in text
    assert "http://" not in text
    assert len(made("x" * 10_000_000)) < 1_000


def test_markdown_stays_small(folder: Path) -> None:
    """A GitHub step summary takes 1 MiB: far more findings than anybody reads still fit."""
    verdict = verdict_of(folder)
    many = verdict.model_copy(update={"findings": verdict.findings * 3_000})
    text = reporters()["markdown"]().render(many, Evidence(folder), "fr")
    assert len(text.encode()) < 500_000


@pytest.mark.parametrize(
    ("why", "french"),
    [
        ("no answer within 20 s", "pas de réponse en 20\u00a0s"),
        ("HTTP 503 overloaded", "HTTP 503, surcharge"),
        ("connection reset before the answer", "connexion rompue avant la réponse"),
        ("connection closed in a way unknown", "connexion fermée in a way unknown"),
        ("asset portail.css did not come", "l’élément portail.css n’est pas venu"),
        ("“refus” instead of “accueil”", "«\u00a0refus\u00a0» au lieu de «\u00a0accueil\u00a0»"),
        ("words of somebody’s own adapter", "words of somebody’s own adapter"),
        ("asset {0} did not come", "l’élément {0} n’est pas venu"),
    ],
)
def test_words_of_a_failure_in_french(why: str, french: str) -> None:
    """What we know is said in French; what we do not know stays."""
    assert said(why, "fr") == french
    assert said(why, "en") == why


def test_every_word_of_ours_has_french() -> None:
    """The literals by which the client and the adapters tell what went wrong."""
    sources = [
        *(ROOT / "src/rentree/client").glob("*.py"),
        *(ROOT / "src/rentree/adapter").glob("*.py"),
        ROOT / "loadtests/platforms/sandbox.py",
    ]
    pattern = re.compile(
        r'(?:Failure|Answer)\(\s*"(?:error|timeout|wrong|refused|waiting)",\s*f?"([^"]+)"'
    )
    words = {
        re.sub(r"\{[^{}]*\}", "7", found)
        for source in sources
        for found in pattern.findall(source.read_text(encoding="utf-8"))
    }
    words -= {"quota", "HTTP 7", "HTTP 77", "7 7", "7", "7 once unpacked"}
    assert len(words) > 20
    assert {word for word in words if said(word, "fr") == word} == set()
