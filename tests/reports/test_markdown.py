"""summary.md: fit for a pipeline's page, bounded, and text of others is text."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path
from types import ModuleType

from markdown_it import MarkdownIt

from rentree.evidence import Evidence
from rentree.judge import judge
from rentree.report import reporters
from rentree.testing import Story, make_plan

GOLDEN = Path(__file__).parents[1] / "golden"
HOSTILE = (
    "a|b\n# <script>alert(1)</script><img src=x> @team `x` [l](http://e.invalid) **b** #1 ~~s~~ "
    "![i](u) <http://e.invalid> www.e.invalid a@e.invalid &lt;b&gt; | x |\n- y\n```\n$m$ _u_ \\"
)


def test_markdown_leaves_no_markup_of_others() -> None:
    """Pipes, HTML, mentions, links and lines of a platform are text; CommonMark agrees."""
    text = markdown().plain(HOSTILE)
    assert "\n" not in text
    assert not re.search(r"@\w|://|www\.", text)
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    assert re.findall(r"<[^>]*>", shown.render(f"- {text}")) == ["<ul>", "<li>", "</li>", "</ul>"]
    table = shown.render(f"| a | b |\n|---|---|\n| {text} | 1 |")
    assert table.count("<td>") == 2
    assert set(re.findall(r"<(\w+)", table)) == {"table", "thead", "tbody", "tr", "th", "td"}
    words = html.unescape(re.sub(r"<[^>]*>", "", shown.render(text))).replace("\u2060", "")
    assert words.split() == HOSTILE.split()
    assert len(markdown().plain("x" * 10_000_000)) < 1_000


def test_markdown_keeps_french_typography() -> None:
    """The spaces that must not break do not; a summary is read by the buyer too."""
    for folder in GOLDEN.glob("*/raw"):
        evidence = Evidence(folder.parent)
        text = reporters()["markdown"]().render(judge(evidence), evidence, "fr")
        assert re.findall(r".{0,20}\w [:;!?%»]|« .{0,20}", text) == []
    assert markdown().plain("12\u202f000 à 5\u00a0%  et  plus ") == "12\u202f000 à 5\u00a0% et plus"


def test_markdown_stays_small(tmp_path: Path) -> None:
    """A GitHub step summary takes 1 MiB: thousands of promises, none like another, still fit."""
    full = "&" * 1_000  # what grows most when it is made inert
    item = {"ref": full, "text": full, "why": full}
    title = {"fr": full, "en": full}
    rule = {
        "slo": "response",
        "step": "sign in",
        "quantile": "50 %",
        "below": "5 s",
        "each": "none",
    }
    story = Story(make_plan(slos=[rule], title=title, not_checked=[item] * 2_000))
    for number in range(40):
        story.tries(story.person(12), outcome="error", why=f"{number}{full}")
    evidence = story.write(tmp_path)
    verdict = judge(evidence)
    words = [{"fr": f"{i} {full}", "en": f"{i} {full}"} for i in range(3_000)]
    findings = [
        verdict.findings[0].model_copy(
            update={"text": w, "measured_text": w, "reasons": [w], "group": {"persona": full}}
        )
        for w in words
    ]
    text = reporters()["markdown"]().render(
        verdict.model_copy(update={"findings": [*findings, *findings]}), evidence, "fr"
    )
    assert len(text.encode()) < 1_000_000
    assert "et 2\u202f970 de plus" in text


def test_what_did_not_hold_is_never_among_what_is_left_out() -> None:
    """Of too many findings the first to be shown are those that failed."""
    verdict = judge(Evidence(GOLDEN / "one-territory-ruined"))
    held = next(f for f in verdict.findings if f.decision == "pass")
    failed = next(f for f in verdict.findings if f.decision == "fail")
    assert markdown().gravest([held] * 500 + [failed], 3) == [failed, held, held]
    assert markdown().gravest([held, failed], 3) == [held, failed]


def test_no_mark_of_success_stands_over_a_shut_gate() -> None:
    """A rehearsal that nobody asked for held, and is no pass: its title has the mark of doubt."""
    for name, mark in (("rehearsal", "# ? "), ("rehearsal-asked", "# ✓ "), ("starved", "# ∅ ")):
        evidence = Evidence(GOLDEN / name)
        text = reporters()["markdown"]().render(judge(evidence), evidence, "fr")
        assert text.startswith(mark)
        assert ("que personne n’a demandée" in text) == (name == "rehearsal")


def markdown() -> ModuleType:
    """The module of the summary; it is loaded by its path."""
    return sys.modules[reporters()["markdown"].__module__]
