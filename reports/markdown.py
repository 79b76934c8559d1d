"""The verdict as summary.md: for the summary page of a pipeline, a ticket, a terminal.

Fit for GitHub and GitLab: the verdict first, long lists folded, and what a platform or a profile
brought is text there, never a link, a mention or markup.
"""

import re
from typing import ClassVar

from rentree.evidence import Evidence
from rentree.failure_words import said
from rentree.i18n import Language, translator
from rentree.reasons import promises, reasons, telling
from rentree.report import template
from rentree.tried import group_name, tried
from rentree.verdict import Verdict
from rentree.words import number, percent, step

WORDS = {
    "pass": ("✓", "held"),
    "fail": ("✗", "not held"),
    "undecided": ("?", "undecided"),
    "invalid": ("∅", "not valid"),
}
_LONGEST = 400  # characters of one text
_GROUPS = 200  # findings in the folded table; the others are in report.html and report.json
_MARKUP = re.compile(r"([\\`*_\[\]#|~!<>$])")


class Markdown:
    """Writes summary.md."""

    filename: ClassVar[str] = "summary.md"
    explains: ClassVar[str] = "for a pipeline’s summary page and tickets: short, long lists folded"

    def render(self, verdict: Verdict, evidence: Evidence, language: Language) -> str:
        """Markdown text in one language."""
        _ = translator(language)
        page = template(__file__, "markdown.md.j2", language)
        worst = [(telling(found), len(found)) for found in promises(verdict.findings).values()]
        return page.render(
            verdict=verdict,
            plan=evidence.plan,
            language=language,
            mark=WORDS[verdict.decision][0],
            words={decision: f"{mark} {_(word)}" for decision, (mark, word) in WORDS.items()},
            reasons=reasons(verdict, evidence, language),
            worst=worst,
            findings=verdict.findings[:_GROUPS],
            more=max(0, len(verdict.findings) - _GROUPS),
            plain=plain,
            folder=f"{evidence.folder.parent.name}/{evidence.folder.name}",
            tried=tried(evidence, language),
            group=lambda finding: group_name(finding, evidence, language),
            number=lambda value: number(value, language),
            percent=lambda value: percent(value, language),
            step=lambda name: step(name, language),
            said=lambda why: said(why, language),
        )


def plain(text: object) -> str:
    """One line of text that Markdown, HTML, mentions and bare links leave alone; bounded."""
    line = " ".join(str(text).split())
    line = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
    escaped = _MARKUP.sub(r"\\\1", line.replace("&", "&amp;")).replace("\\<", "&lt;")
    return escaped.replace("@", "@\u2060").replace("://", ":\u2060//")


REPORTER = Markdown
