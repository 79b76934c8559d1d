"""The gate of a pipeline: what keeps a run from counting as a pass beside its findings."""

from __future__ import annotations

from rentree.evidence import Evidence
from rentree.i18n import Language, translator
from rentree.verdict import Verdict, exit_code

HARNESS_BROKE, INTERRUPTED = 4, 130


def gate_code(verdict: Verdict, evidence: Evidence) -> int:
    """The exit code that `rentree run` ends in: 4 and 130 weigh more than the verdict's."""
    if uncleared(evidence):
        return HARNESS_BROKE
    return INTERRUPTED if verdict.interrupted else exit_code(verdict)


def obstacles(verdict: Verdict, evidence: Evidence, language: Language) -> list[str]:
    """In words, what no finding tells and what keeps the gate shut."""
    _ = translator(language)
    told = {
        _("nothing was promised, and so nothing is shown"): not verdict.findings,
        _("a rehearsal that nobody asked for (--rehearsal)"): verdict.rehearsal
        and not verdict.rehearsal_asked,
        _("the run was interrupted"): verdict.interrupted,
    }
    cleared = _("when the run ended, this fault was not proven cleared{colon}{fault}")
    faults = [cleared.format(colon=_(": "), fault=name) for name in uncleared(evidence)]
    return [why for why, holds in told.items() if holds] + faults


def uncleared(evidence: Evidence) -> list[str]:
    """The faults of which the journal says last that they are not proven cleared."""
    last = {
        (number, str(entry.get("name"))): entry["state"]
        for number, run in enumerate(evidence.runs)
        for entry in run.journal
        if entry.get("event") == "fault" and entry.get("state") in ("proven", "unproven")
    }
    return [name for (_, name), state in last.items() if state == "unproven"]
