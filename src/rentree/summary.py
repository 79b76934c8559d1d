"""The verdict on a terminal: a title, a table of findings, why, and where the evidence lies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
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


def print_verdict(
    verdict: Verdict,
    folder: Path,
    language: Language,
    console: Console,
    written: Sequence[Path] = (),
) -> None:
    """Print a verdict."""
    _ = translator(language)
    console.print()
    console.print(Text(verdict.title[language], style="bold"), soft_wrap=True)
    console.print()
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for name in ("finding", "promise", "of", "measured"):
        table.add_column(_(name), overflow="fold")
    for finding in verdict.findings:
        mark, word, style = MARKS[finding.decision]
        table.add_row(
            Text(f"{mark} {_(word)}", style=style),
            Text(finding.text[language]),
            Text(_group(finding) or _("everybody")),
            Text(finding.measured_text[language]),
        )
    console.print(table)
    reasons = {r[language]: None for f in verdict.findings for r in f.reasons}
    reasons |= {window.why[language]: None for window in verdict.invalid}
    if reasons:
        console.print()
    for reason in reasons:
        console.print(Text(f"- {reason}"), soft_wrap=True)
    console.print()
    console.print(f"{_('evidence')}: {folder}", markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"{_('manifest')}: {verdict.manifest}", markup=False, highlight=False, soft_wrap=True
    )
    for path in written:
        console.print(f"{_('report')}: {path.name}", markup=False, highlight=False, soft_wrap=True)


def _group(finding: Finding) -> str:
    return ", ".join(finding.group.values())
