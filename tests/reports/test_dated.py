"""A promise of a day, and what was not checked: as every report tells them, in both languages."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from rentree.evidence import Evidence
from rentree.i18n import Language
from rentree.judge import judge
from rentree.report import reporters
from rentree.testing import Story, make_plan

REFUSED: dict[str, Any] = {
    "slo": "refused", "share_below": "50 %", "each": "none",
    "promise": {"ref": "ministère", "text": "dès ce matin", "from": "2021-04-07"},
}  # fmt: skip
NOT_CHECKED = [
    {"ref": "F12", "text": "illimité", "needs": "un nombre"},
    {"ref": "F61", "text": "fluide", "from": "2021-04-26"},
    {"ref": "CCTP", "text": "98 %", "why": "Une matinée"},
]
TOLD: dict[Language, list[str]] = {
    "fr": [
        "promis pour le mercredi 7 avril 2021",
        "Le scénario joue le jeudi 8 avril 2021.",
        "non testable\u00a0: la promesse ne donne aucun chiffre\u00a0; il faudrait un nombre",
        "promis à partir du lundi 26 avril 2021 seulement",
        "Une matinée",
    ],
    "en": [
        "promised for Wednesday 7 April 2021",
        "The profile plays Thursday 8 April 2021.",
        "not testable: the promise gives no figure; it would take un nombre",
        "promised from Monday 26 April 2021 only",
        "Une matinée",
    ],
}


@pytest.fixture
def run(tmp_path: Path) -> Evidence:
    """A morning of 8 April, on which nobody was refused."""
    story = Story(make_plan(slos=[REFUSED], day="2021-04-08", not_checked=NOT_CHECKED))
    for i in range(60):
        story.tries(story.person(10 + i / 2))
    return story.write(tmp_path / "run")


def rendered(run: Evidence, name: str, language: Language) -> str:
    """A report, as it is read: without tags, and what they escape."""
    text = reporters()[name]().render(judge(run), run, language)
    return html.unescape(re.sub(r"<[^>]+>", " ", text)) if name == "html" else text


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", ["html", "markdown", "json"])
def test_every_report_tells_them(run: Evidence, name: str, language: Language) -> None:
    """The day that is promised beside its finding; each reason among what was not checked."""
    text = rendered(run, name, language)
    assert [words for words in TOLD[language] if words not in text] == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_pipelines_page_names_the_promise(run: Evidence, language: Language) -> None:
    """The case is the finding, with its day in its name."""
    text = rendered(run, "junit", language)
    assert re.search(rf'<testcase name="[^"]*{TOLD[language][0]}"', text)


def test_the_first_page_says_which_day_is_played(run: Evidence) -> None:
    """Beside the title, before the verdict."""
    page = reporters()["html"]().render(judge(run), run, "fr")
    assert re.search(r"<h1>[^<]* · Petit matin · jeudi 8 avril 2021", page)


def test_a_program_sees_what_cannot_be_tested(run: Evidence) -> None:
    """A claim without a figure is no untested promise."""
    told = json.loads(rendered(run, "json", "fr"))
    assert {item["ref"]: item["testable"] for item in told["not_checked"]} == {
        "F12": False, "F61": True, "CCTP": True,
    }  # fmt: skip
    assert told["day"] == "2021-04-08"
