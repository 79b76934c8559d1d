"""The verdict on a terminal: a title, the promises, what was measured, and where it all lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.text import Text

from rentree.evidence import Evidence
from rentree.failure_words import said
from rentree.i18n import Language, translator
from rentree.tried import group_name, tried
from rentree.verdict import Finding, Verdict
from rentree.visible import visible
from rentree.words import number, step

# A mark and a word beside each colour: colour never stands alone.
MARKS = {
    "pass": ("✓", "held", "green"),
    "fail": ("✗", "not held", "bold red"),
    "undecided": ("?", "undecided", "yellow"),
    "invalid": ("∅", "not valid", "magenta"),
}
_NAMED = 10  # of what broke a promise, by name
LOW_IS_BAD = ("punctual", "signed-in-at-once")


def print_verdict(
    verdict: Verdict,
    evidence: Evidence,
    language: Language,
    console: Console,
    written: Sequence[Path] = (),
) -> None:
    """Print a verdict; whoever read us may be gone, which changes nothing."""
    with suppress(OSError):
        for line in _lines(verdict, evidence, language, written):
            text = Text(line) if isinstance(line, str) else line
            text.plain = visible(text.plain)  # a platform's words steer no terminal
            console.print(text, soft_wrap=True)


def _lines(
    verdict: Verdict, evidence: Evidence, language: Language, written: Sequence[Path]
) -> Iterator[Text | str]:
    _ = translator(language)
    colon = _(": ")
    yield ""
    yield Text(verdict.title[language], style="bold")
    yield ""
    yield from tried(evidence, language)
    for run in verdict.runs:
        mark, word, style = MARKS[run.decision]
        told = f"  {run.folder} ({_('seed')} {run.seed})"
        yield Text.assemble((f"{mark} {_(word)}", style), told)
    yield ""
    width = max(len(_(word)) for _mark, word, _style in MARKS.values())
    for promise, findings in groupby(verdict.findings, key=lambda f: f.text[language]):
        for decision, alike in _by_decision(list(findings)):
            mark, word, style = MARKS[decision]
            yield Text.assemble((f"{mark} {_(word):{width}}", style), "  ", promise)
            for told in _measured(alike, evidence, language):
                yield " " * (width + 4) + told
            named = [name for finding in alike for name in finding.listed]
            yield from (" " * (width + 4) + f"- {name}" for name in named[:_NAMED])
            if (left := len(named) - _NAMED) > 0:
                more = _("and {count} more").format(count=number(left, language))
                yield " " * (width + 4) + more
    reasons = {r[language]: None for f in verdict.findings for r in f.reasons}
    reasons |= {window.why[language]: None for window in verdict.invalid}
    if reasons:
        yield ""
    for reason in reasons:
        yield f"- {reason}"
    if verdict.decision == "fail" and (troubles := verdict.figures.get("troubles")):
        yield ""
        yield _("What failed most often") + colon.rstrip()
        for trouble in troubles[:5]:
            count = number(trouble["attempts"], language)
            what = f"{count} × {step(trouble['step'], language)}{colon}{_(trouble['outcome'])}"
            why = said(trouble["why"], language)
            yield f"- {what}, {why}" if why else f"- {what}"
    yield ""
    yield f"{_('evidence')}{colon}{_near(evidence.folder)}"
    yield f"{_('manifest')}{colon}{verdict.manifest}"
    yield f"{_('seed')}{colon}{evidence.plan.seed}"
    for path in written:
        yield f"{_('report')}{colon}{_near(path)}"


def _near(path: Path) -> Path:
    """The path as one would type it from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _by_decision(findings: list[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    for decision in ("fail", "invalid", "undecided", "pass"):
        alike = [f for f in findings if f.decision == decision]
        if alike:
            yield decision, alike


def _measured(alike: list[Finding], evidence: Evidence, language: Language) -> Iterator[str]:
    """A line for each group that did not hold; one line, the worst, for many that held."""
    _ = translator(language)
    if len(alike) > 2 and alike[0].decision == "pass":
        worst = sorted(alike, key=_badness)[-1]
        where = f"{len(alike)} {_('groups')}"
        if len({finding.measured_text[language] for finding in alike}) > 1:
            where += f", {_('at worst')} {group_name(worst, evidence, language)}"
        yield f"{where}{_(': ')}{worst.measured_text[language]}"
        return
    for finding in alike:
        name = group_name(finding, evidence, language)
        yield (f"{name}{_(': ')}" if name else "") + finding.measured_text[language]


def _badness(finding: Finding) -> float:
    measured = 0.0 if finding.measured is None else finding.measured
    return -measured if finding.slo in LOW_IS_BAD else measured
