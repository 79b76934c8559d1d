"""The verdict on a terminal: a title, the promises, what was measured, and where it all lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.text import Text

from rentree.i18n import Language, translator
from rentree.verdict import Finding, Verdict

# A mark and a word beside each colour: colour never stands alone.
MARKS = {
    "pass": ("✓", "held", "green"),
    "fail": ("✗", "not held", "bold red"),
    "undecided": ("?", "undecided", "yellow"),
    "invalid": ("∅", "not valid", "magenta"),
}
LOW_IS_BAD = ("punctual", "signed-in-at-once")


def print_verdict(
    verdict: Verdict,
    folder: Path,
    language: Language,
    console: Console,
    written: Sequence[Path] = (),
) -> None:
    """Print a verdict."""
    _ = translator(language)

    def line(text: Text | str) -> None:
        console.print(text, soft_wrap=True, markup=False, highlight=False)

    line("")
    line(Text(verdict.title[language], style="bold"))
    line("")
    width = max(len(_(word)) for _mark, word, _style in MARKS.values())
    for promise, findings in groupby(verdict.findings, key=lambda f: f.text[language]):
        for decision, alike in _by_decision(list(findings)):
            mark, word, style = MARKS[decision]
            line(Text.assemble((f"{mark} {_(word):{width}}", style), "  ", promise))
            for told in _measured(alike, language):
                line(" " * (width + 4) + told)
    reasons = {r[language]: None for f in verdict.findings for r in f.reasons}
    reasons |= {window.why[language]: None for window in verdict.invalid}
    if reasons:
        line("")
    for reason in reasons:
        line(f"- {reason}")
    if verdict.decision == "fail" and (troubles := verdict.figures.get("troubles")):
        line("")
        line(f"{_('What went wrong most often')}{_(': ')}")
        for trouble in troubles[:5]:
            told = f"{trouble['attempts']} × {trouble['step']}: {trouble['outcome']}"
            line(f"- {told}, {trouble['why']}")
    line("")
    line(f"{_('evidence')}: {folder}")
    line(f"{_('manifest')}: {verdict.manifest}")
    for path in written:
        line(f"{_('report')}: {path}")


def _by_decision(findings: list[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    for decision in ("fail", "invalid", "undecided", "pass"):
        alike = [f for f in findings if f.decision == decision]
        if alike:
            yield decision, alike


def _measured(alike: list[Finding], language: Language) -> Iterator[str]:
    """A line for each group that did not hold; one line, the worst, for many that held."""
    _ = translator(language)
    if len(alike) > 2 and alike[0].decision == "pass":
        worst = sorted(alike, key=_badness)[-1]
        where = f"{len(alike)} {_('groups, at worst')} {_group(worst)}"
        yield f"{where}{_(': ')}{worst.measured_text[language]}"
        return
    for finding in alike:
        where = f"{_group(finding)}{_(': ')}" if finding.group else ""
        yield where + finding.measured_text[language]


def _badness(finding: Finding) -> float:
    measured = 0.0 if finding.measured is None else finding.measured
    return -measured if finding.slo in LOW_IS_BAD else measured


def _group(finding: Finding) -> str:
    return ", ".join(finding.group.values())
