"""The HTML report: what it says of golden folders, and that nothing in it is alive."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from rentree.charts import funnel, timeline
from rentree.course import WayIn, course, territories, way_in
from rentree.evidence import Evidence
from rentree.i18n import Language, translator
from rentree.judge import judge
from rentree.plan import Plan
from rentree.quantity import SECOND
from rentree.reasons import reasons
from rentree.report import reporters
from rentree.testing import Story, make_plan, us
from rentree.tried import tried
from rentree.verdict import Verdict

GOLDEN = sorted(p.parent for p in (Path(__file__).parents[1] / "golden").glob("*/raw"))
SIGN_IN = {"slo": "response", "step": "sign in", "quantile": "50 %", "below": "5 s", "each": "none"}


def html(evidence: Evidence, language: Language = "fr") -> str:
    """The report of a folder."""
    return reporters()["html"]().render(judge(evidence), evidence, language)


def visible(page: str) -> str:
    """What a reader reads, without tags, styles and pictures."""
    page = re.sub(r"<(style|svg|pre|code)\b.*?</\1>", " ", page, flags=re.S)
    return re.sub(r"<[^>]+>", " ", page)


@cache
def golden(folder: Path, language: Language) -> tuple[str, Verdict]:
    """The report of a golden folder, which several tests read, and its verdict."""
    evidence = Evidence(folder)
    verdict = judge(evidence)
    return reporters()["html"]().render(verdict, evidence, language), verdict


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_golden_folder_has_a_report(folder: Path, language: Language) -> None:
    """Whatever became of the run; the verdict's word stands first, and three sentences follow."""
    page, verdict = golden(folder, language)
    assert "".join(verdict.title[language].split()) in "".join(visible(page).split()).replace(
        "&#34;", '"'
    ).replace("&#39;", "'")
    assert 2 <= len(reasons(verdict, Evidence(folder), language)) <= 3
    assert re.findall(r"""(?:href|src|action)=["'](?!#)|url\(|@import""", page) == []
    assert "<script" not in page


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
def test_french_typography(folder: Path) -> None:
    """No plain space stands before high punctuation, per cent or inside quotation marks."""
    text = visible(golden(folder, "fr")[0])
    wrong = [m.group() for m in re.finditer(r".{0,30}\w [:;!?%»]|« .{0,30}", text)]
    assert wrong == []


def test_every_word_is_translated() -> None:
    """Each message of the template and of the pictures has French words."""
    root = Path(__file__).parents[2]
    sources = [
        root / "reports" / "html.html.j2",
        root / "src" / "rentree" / "charts.py",
        root / "src" / "rentree" / "reasons.py",
        root / "reports" / "html.py",
    ]
    french = translator("fr")
    same = {"verdict", "source", ": "}
    messages = {
        m
        for source in sources
        for m in re.findall(r"\b_\(\s*[\"'](.+?)[\"']\s*\)", source.read_text(encoding="utf-8"))
    }
    assert len(messages) > 50
    assert {m for m in messages if french(m) == m} <= same


def test_the_way_in_adds_up(tmp_path: Path) -> None:
    """Each person once: due = never started + got in + gave up."""
    story = Story(make_plan(slos=[SIGN_IN]))
    people = [story.person(10 + i) for i in range(6)]
    story.tries(people[0], took=0.5)  # in at once
    story.tries(people[1], took=6.0)  # in, after a wait
    story.tries(people[2], outcome="refused")  # refused, then in
    story.tries(people[2], attempt=2)
    story.tries(people[3], outcome="refused")  # refused, and gave up
    story.tries(people[4], outcome="timeout", took=20.0)  # waited, and gave up
    story.tries(people[5], outcome="not_sent")  # by our own doing
    way = way_in(story.write(tmp_path))
    assert way == WayIn(due=6, never_started=1, waited=2, refused=2, got_in=3, at_once=2, gave_up=2)


def test_nobody_is_in_after_a_run_that_ended_early(tmp_path: Path) -> None:
    """Ended at 40 s of 100: no session is drawn after it, and the sentence says how long it was."""
    story = Story(make_plan(slos=[SIGN_IN]))
    for i in range(20):
        story.tries(story.person(10 + i))
    story.ends, story.ends_at = "stop rule", 40.0
    evidence = story.write(tmp_path)
    drawn = course(evidence)
    inside = dict(zip(drawn.starts, drawn.signed_in, strict=True))
    assert inside[39 * SECOND] == 20
    assert {count for at, count in inside.items() if at >= 40 * SECOND} == {0}
    assert "40\u00a0s sur 100\u00a0s" in tried(evidence, "fr")[0]
    assert "40\u00a0s of 100\u00a0s" in tried(evidence, "en")[0]


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
def test_people_are_never_lost_between_the_lines(folder: Path) -> None:
    """On every golden folder."""
    way = way_in(Evidence(folder))
    assert way.due == way.never_started + way.got_in + way.gave_up
    assert way.at_once <= way.got_in


def test_the_course_counts_everybody(tmp_path: Path) -> None:
    """All stretches make the whole; one without an ok has no time."""
    story = Story(make_plan(slos=[SIGN_IN]))
    for i in range(10):
        story.tries(story.person(10 + i), took=1.0 + i, outcome="ok" if i < 8 else "error")
    run = course(story.write(tmp_path))
    assert run.width == us(1)
    assert sum(run.arrivals) == 10
    assert {name: sum(counts) for name, counts in run.outcomes.items()} == {"ok": 8, "error": 2}
    assert run.p95[10] == 1.0
    assert run.p95[18] is None
    assert max(run.signed_in) == 8


def test_a_long_run_stays_readable(tmp_path: Path) -> None:
    """Three hours are cut into 120 stretches at most, whole."""
    plan = make_plan(slos=[SIGN_IN], phases={"bell": (0.0, 10_800.0)})
    run = course(Story(plan).write(tmp_path))
    assert len(run.starts) <= 120
    assert run.starts[-1] + run.width >= plan.end


def test_who_was_hurt_most_stands_first(tmp_path: Path) -> None:
    """Fewer got in, or more met failures."""
    names = {"north": {"fr": "Nord", "en": "North"}, "south": {"fr": "Sud", "en": "South"}}
    story = Story(make_plan(slos=[SIGN_IN], territories=names))
    for i in range(4):
        story.tries(story.person(10 + i, territory="north"))
        story.tries(story.person(10 + i, territory="south"), outcome="ok" if i else "timeout")
    rows = territories(story.write(tmp_path))
    assert [(r["territory"], r["got_in"]) for r in rows] == [("south", 0.75), ("north", 1.0)]
    assert rows[0]["p95"] == float("inf")


HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"


def test_what_others_wrote_is_inert_and_bounded(tmp_path: Path) -> None:
    """A title that holds script, a failure of ten megabytes."""
    title = {"fr": f"Matin {HOSTILE}", "en": f"Morning {HOSTILE}"}
    story = Story(make_plan(slos=[SIGN_IN], title=title, faults=[("slow", 10.0, 20.0)]))
    for i in range(4):
        story.tries(story.person(10 + i), outcome="error", why=HOSTILE + "x" * 10_000_000)
    page = html(story.write(tmp_path))
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert len(page) < 400_000


def test_a_run_without_anything_has_pictures(tmp_path: Path) -> None:
    """No people, no samples: the pictures are there and say nothing."""
    evidence = Story(make_plan(slos=[SIGN_IN])).write(tmp_path)
    plan: Plan = evidence.plan
    assert timeline(course(evidence), plan, "fr", str).startswith("<svg")
    assert funnel(way_in(evidence), "fr", str).startswith("<svg")


def test_pictures_have_a_name_and_a_description(tmp_path: Path) -> None:
    """For who hears the report."""
    evidence = Story(make_plan(slos=[SIGN_IN])).write(tmp_path)
    svg = funnel(way_in(evidence), "en", str)
    assert re.match(r'<svg[^>]* role="img" aria-label="The way in, in people"', svg)
    assert "<desc>0 due at the door" in svg


def test_parts_that_were_replaced_stand_on_top(tmp_path: Path) -> None:
    """A verdict made with somebody's own code says so before anything else."""
    evidence = Story(make_plan(slos=[SIGN_IN])).write(tmp_path)
    part = {"kind": "journeys", "name": "pupil", "starter": False, "replaces_starter": True}
    parts = json.dumps({"dropins": [part]})
    (evidence.raw / "environment.json").write_text(parts, encoding="utf-8")
    page = html(evidence, "en")
    assert page.index("journeys/pupil (in place of ours)") < page.index('class="verdict')
