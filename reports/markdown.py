"""The verdict as summary.md: for the summary page of a pipeline, a ticket, a terminal.

Fit for GitHub and GitLab: the verdict first, long lists folded, and what a platform or a profile
brought is text there, never a link, a mention or markup.
"""

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

from rentree.evidence import Evidence
from rentree.failure_words import said
from rentree.gate import obstacles
from rentree.i18n import Language, translator
from rentree.reasons import promises, reasons, telling
from rentree.reconstruction import disclaimer
from rentree.report import template
from rentree.tried import group_name, tried
from rentree.verdict import Finding, Verdict
from rentree.visible import visible
from rentree.words import number, percent, step

WORDS = {
    "pass": ("✓", "held"),
    "fail": ("✗", "not held"),
    "undecided": ("?", "undecided"),
    "invalid": ("∅", "not valid"),
}
OWN_MARKS = {  # of a check on our own instrument
    True: ("✓", "so it is"),
    False: ("✗", "not so"),
    None: ("?", "nothing known"),
}
_ORDER = ("fail", "invalid", "undecided", "pass")
# GitHub takes 1 MiB: no text, no list and no table has more, and report.json has it all.
_LONGEST = 300  # characters of one text
_ITEMS = 30  # of a list, and promises
_GROUPS = 100  # findings in the folded table
_MARKUP = re.compile(r"([\\`*_\[\]#|~!<>$])")
_LINKS = re.compile(r"@|:(?=//)|www(?=\.)", re.I)


class Markdown:
    """Writes summary.md."""

    filename: ClassVar[str] = "summary.md"
    explains: ClassVar[str] = "for a pipeline’s summary page and tickets: short, long lists folded"

    def render(self, verdict: Verdict, evidence: Evidence, language: Language) -> str:
        """Markdown text in one language."""
        _ = translator(language)
        page = template(__file__, "markdown.md.j2", language)
        blocked = obstacles(verdict, evidence, language)
        shown = "undecided" if blocked and verdict.decision == "pass" else verdict.decision
        worst = [telling(found) for found in promises(verdict.findings).values()]

        def listed(items: Iterable[str]) -> str:
            lines = list(dict.fromkeys(items))
            lines, left = lines[:_ITEMS], len(lines) - _ITEMS
            told = [_("and {count} more").format(count=number(left, language))] if left > 0 else []
            return "".join(f"- {plain(line)}\n" for line in lines + told)

        return page.render(
            verdict=verdict,
            plan=evidence.plan,
            language=language,
            mark=WORDS[shown][0],
            blocked=blocked,
            words={decision: f"{mark} {_(word)}" for decision, (mark, word) in WORDS.items()},
            reasons=reasons(verdict, evidence, language),
            worst=gravest(worst, _ITEMS),
            promised=len(worst),
            findings=gravest(verdict.findings, _GROUPS),
            more=lambda count: _("and {count} more").format(count=number(count, language)),
            plain=plain,
            reconstruction=disclaimer(evidence.plan, language),
            disputed=[f for f in evidence.plan.figures if f.disputed],
            figures=[f for f in evidence.plan.figures if not f.disputed][:_GROUPS],
            sourced=sum(not f.disputed for f in evidence.plan.figures),
            listed=listed,
            folder=code(f"{evidence.folder.parent.name}/{evidence.folder.name}"),
            tried=tried(evidence, language),
            open=[reason[language] for f in verdict.findings for reason in f.reasons],
            contract=[
                f"{slo.promise.ref}{_(': ')}{slo.promise.text}"
                for slo in evidence.plan.slos
                if slo.promise
            ],
            unfit=[window.why[language] for window in verdict.invalid],
            own_checks=[
                {**check, "mark": OWN_MARKS[check["ok"]]}
                for check in verdict.figures.get("own_checks", [])
            ],
            unchecked=[
                f"{item.ref}{_(': ')}{item.text} ({item.because(language)})"
                for item in evidence.plan.not_checked
            ],
            group=lambda finding: group_name(finding, evidence, language),
            number=lambda value: number(value, language),
            percent=lambda value: percent(value, language),
            step=lambda name: step(name, language),
            said=lambda why: said(why, language),
        )


def gravest(findings: Sequence[Finding], most: int) -> Sequence[Finding]:
    """The findings in their order; where they are too many, first what did not hold."""
    if len(findings) <= most:
        return findings
    return sorted(findings, key=lambda finding: _ORDER.index(finding.decision))[:most]


def plain(text: object) -> str:
    """One line of text that Markdown, HTML, mentions and bare links leave alone; bounded."""
    line = re.sub(" {2,}", " ", visible(str(text)[: 2 * _LONGEST])).strip(" ")
    line = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
    escaped = _MARKUP.sub(r"\\\1", line.replace("&", "&amp;")).replace("\\<", "&lt;")
    return _LINKS.sub("\\g<0>\u2060", escaped)


def code(text: str) -> str:
    """What stands between backticks."""
    return visible(text[:_LONGEST]).replace("`", "\ufffd")


REPORTER = Markdown
