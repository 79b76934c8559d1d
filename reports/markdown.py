"""The verdict as summary.md: for a terminal, a ticket, the summary page of a pipeline."""

from typing import ClassVar

from rentree.evidence import Evidence
from rentree.i18n import Language, translator
from rentree.report import template
from rentree.tried import group_name, tried
from rentree.verdict import Verdict
from rentree.words import number, percent, step

WORDS = {
    "pass": "held",
    "fail": "not held",
    "undecided": "undecided",
    "invalid": "not valid",
}


class Markdown:
    """Writes summary.md."""

    filename: ClassVar[str] = "summary.md"
    explains: ClassVar[str] = "for people: the verdict, its findings and what was not checked"

    def render(self, verdict: Verdict, evidence: Evidence, language: Language) -> str:
        """Markdown text in one language."""
        _ = translator(language)
        page = template(__file__, "markdown.md.j2", language)
        return page.render(
            verdict=verdict,
            plan=evidence.plan,
            language=language,
            words={decision: _(word) for decision, word in WORDS.items()},
            cell=lambda text: str(text).replace("|", "\\|").replace("\n", " "),
            folder=f"{evidence.folder.parent.name}/{evidence.folder.name}",
            tried=tried(evidence, language),
            group=lambda finding: group_name(finding, evidence, language),
            number=lambda value: number(value, language),
            percent=lambda value: percent(value, language),
            step=lambda name: step(name, language),
        )


REPORTER = Markdown
