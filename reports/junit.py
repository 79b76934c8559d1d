"""The verdict as junit.xml: one case a finding, for the test page of a pipeline.

Undecided is a failure and invalid an error, never skipped: a pipeline that reads nothing but this
file takes no doubt for a pass. JUnit's own schema has no place for a verdict: it stands in
`properties`, and in the name of the suite.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import ClassVar

from rentree.evidence import Evidence
from rentree.i18n import Language, translator
from rentree.tried import group_name, tried
from rentree.verdict import Finding, Verdict, exit_code

_ILLEGAL = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_LONGEST = 2_000  # characters of a text


class Junit:
    """Writes junit.xml."""

    filename: ClassVar[str] = "junit.xml"
    explains: ClassVar[str] = "for pipelines: one test case a finding; in doubt it fails"

    def render(self, verdict: Verdict, evidence: Evidence, language: Language) -> str:
        """XML text, UTF-8; `time` is the run's length, s."""
        _ = translator(language)
        plan = evidence.plan
        name = _clean(verdict.title[language])
        suite = ET.Element("testsuite", name=name)
        properties = ET.SubElement(suite, "properties")
        facts = {
            "decision": verdict.decision, "rehearsal": verdict.rehearsal,
            "exit_code": exit_code(verdict), "profile": verdict.profile, "scale": plan.scale,
            "clock": plan.clock, "seed": plan.seed, "people": plan.people, "rules": verdict.rules,
            "manifest": verdict.manifest, "evidence": evidence.folder.name,
        }  # fmt: skip
        for key, value in facts.items():
            ET.SubElement(properties, "property", name=f"rentree.{key}", value=_clean(str(value)))
        for finding in verdict.findings:
            _case(suite, finding, verdict, group_name(finding, evidence, language), language)
        if not verdict.findings:
            _fails(suite, verdict, _("nothing was promised, and so nothing is shown"), "undecided")
        if verdict.rehearsal and not verdict.rehearsal_asked:
            _fails(
                suite, verdict, _("a rehearsal that nobody asked for (--rehearsal)"), "undecided"
            )
        if verdict.interrupted:
            _fails(suite, verdict, _("the run was interrupted"), "interrupted")
        suite.set("tests", str(len(suite.findall("testcase"))))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
        suite.set("errors", str(len(suite.findall("testcase/error"))))
        suite.set("skipped", "0")
        suite.set("time", f"{plan.end / 1e6:.3f}")
        ET.SubElement(suite, "system-out").text = _clean("\n".join(tried(evidence, language)))
        root = ET.Element("testsuites", name="Rentrée")
        root.append(suite)
        ET.indent(root)
        text: str = ET.tostring(root, encoding="unicode")
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _case(
    suite: ET.Element, finding: Finding, verdict: Verdict, group: str, language: Language
) -> None:
    """One finding: passed, or failed with what was measured and why."""
    name = finding.text[language] + (f" · {group}" if group else "")
    case = ET.SubElement(
        suite, "testcase", name=_clean(name),
        classname=_clean(f"rentree.{verdict.profile}.{finding.slo}"), time="0",
    )  # fmt: skip
    if finding.decision == "pass":
        return
    kind = "error" if finding.decision == "invalid" else "failure"
    measured = _clean(finding.measured_text[language])
    node = ET.SubElement(case, kind, type=finding.decision, message=measured)
    node.text = _clean("\n".join([finding.id, measured, *(r[language] for r in finding.reasons)]))


def _fails(suite: ET.Element, verdict: Verdict, why: str, kind: str) -> None:
    """A case of its own for what no finding tells."""
    case = ET.SubElement(
        suite, "testcase", name=_clean(why), classname=f"rentree.{verdict.profile}", time="0"
    )
    ET.SubElement(case, "failure", type=kind, message=_clean(why))


def _clean(text: str) -> str:
    """What XML 1.0 may hold, and not too much of it."""
    told = _ILLEGAL.sub("\ufffd", text)
    return told if len(told) <= _LONGEST else told[:_LONGEST] + "…"


REPORTER = Junit
