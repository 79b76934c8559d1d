"""The verdict for programs: report.json, one language, flat findings, the exit code."""

from json import dumps
from math import inf
from typing import ClassVar

from rentree.evidence import Evidence
from rentree.failure_words import said
from rentree.gate import gate_code, obstacles
from rentree.i18n import Language
from rentree.tried import tried
from rentree.verdict import Verdict


class Json:
    """Writes report.json."""

    filename: ClassVar[str] = "report.json"
    explains: ClassVar[str] = "for programs: verdict, exit code, every finding with its figures"

    def render(self, verdict: Verdict, evidence: Evidence, language: Language) -> str:
        """JSON text; infinite figures are written as the text "inf"."""
        plan = evidence.plan
        findings = [
            {
                "id": f.id,
                "decision": f.decision,
                "promise": f.text[language],
                "measured": f.measured_text[language],
                "value": "inf" if f.measured == inf else f.measured,
                "limit": f.limit,
                "unit": f.unit,
                "interval": f.interval,
                "group": f.group,
                "listed": f.listed,
                "count": f.count,
                "reasons": [reason[language] for reason in f.reasons],
            }
            for f in verdict.findings
        ]
        troubles = [
            {**one, "why": said(str(one["why"]), language)}
            for one in verdict.figures.get("troubles", [])
        ]
        report = {
            "title": verdict.title[language],
            "decision": verdict.decision,
            "rehearsal": verdict.rehearsal,
            "exit_code": gate_code(verdict, evidence),
            "obstacles": obstacles(verdict, evidence, language),
            "profile": verdict.profile,
            "scale": plan.scale,
            "clock": plan.clock,
            "seed": plan.seed,
            "day": None if plan.day is None else plan.day.isoformat(),
            "people": plan.people,
            "sandbox": plan.sandbox,
            "tried": tried(evidence, language),
            "not_checked": [
                {
                    "ref": item.ref,
                    "text": item.text,
                    "why": item.because(language),
                    "testable": item.needs is None,
                }
                for item in plan.not_checked
            ],
            "manifest": verdict.manifest,
            "rules": verdict.rules,
            "findings": findings,
            "invalid": [{"gate": i.gate, "why": i.why[language]} for i in verdict.invalid],
            "figures": verdict.figures | {"troubles": troubles},
        }
        return dumps(report, ensure_ascii=False, indent=2) + "\n"


REPORTER = Json
