"""The verdict as junit.xml: one case a finding, for the test page of a pipeline.

Undecided is a failure and invalid an error, never skipped: a pipeline that reads nothing but this
file takes no doubt for a pass. JUnit's own schema has no place for a verdict: it stands in
`properties`, and in the name of the suite. GitLab shows neither, and of two cases with one name
only the first: so a class says that it is a rehearsal, and no name comes twice.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import ClassVar

from rentree.evidence import Evidence
from rentree.gate import gate_code, obstacles
from rentree.i18n import Language, translator
from rentree.tried import group_name, tried
from rentree.verdict import Finding, Verdict

_ILLEGAL = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_LONGEST = 2_000  # characters of a text


class Junit:
    """Writes junit.xml."""

    filename: ClassVar[str] = "junit.xml"
    explains: ClassVar[str] = "for pipelines: one test case a finding; in doubt it fails"

    def render(self, verdict: Verdict, evidence: Evidence, language: Language) -> str:
        """XML text, UTF-8; `time` is the run's length, s."""
        plan = evidence.plan
        suite = ET.Element("testsuite", name=_clean(verdict.title[language]))
        properties = ET.SubElement(suite, "properties")
        facts = {
            "decision": verdict.decision, "rehearsal": verdict.rehearsal,
            "exit_code": gate_code(verdict, evidence), "profile": verdict.profile,
            "scale": plan.scale, "clock": plan.clock, "seed": plan.seed, "people": plan.people,
            "rules": verdict.rules, "manifest": verdict.manifest, "evidence": evidence.folder.name,
        }  # fmt: skip
        for key, value in facts.items():
            ET.SubElement(properties, "property", name=f"rentree.{key}", value=_clean(str(value)))
        _ = translator(language)
        rehearsal = f"-{_('REHEARSAL')}" if verdict.rehearsal else ""
        classname = f"rentree.{_clean(verdict.profile)}{rehearsal}"
        for finding in verdict.findings:
            group = group_name(finding, evidence, language)
            name = _clean(finding.text[language]) + (f" · {_clean(group)}" if group else "")
            _told(_case(suite, f"{classname}.{finding.slo}", name), finding, language)
        for why in obstacles(verdict, evidence, language):
            _failed(_case(suite, f"{classname}.gate", _clean(why)), "failure", "gate", why, why)
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


def _case(suite: ET.Element, classname: str, name: str) -> ET.Element:
    """A case that has passed so far, under a name that no other has."""
    taken = {case.get("name") for case in suite.iterfind("testcase")}
    while name in taken:
        name += " (bis)"
    return ET.SubElement(suite, "testcase", name=name, classname=classname, time="0")


def _told(case: ET.Element, finding: Finding, language: Language) -> None:
    """What became of a finding: nothing where it held, else what was measured and why."""
    if finding.decision == "pass":
        return
    kind = "error" if finding.decision == "invalid" else "failure"
    measured = finding.measured_text[language]
    why = "\n".join([finding.id, measured, *(reason[language] for reason in finding.reasons)])
    _failed(case, kind, finding.decision, measured, why)


def _failed(case: ET.Element, kind: str, word: str, message: str, why: str) -> None:
    """Jenkins shows the message, GitLab the text."""
    ET.SubElement(case, kind, type=word, message=_clean(message)).text = _clean(why)


def _clean(text: str) -> str:
    """What XML 1.0 may hold, and not too much of it."""
    told = _ILLEGAL.sub("\ufffd", text)
    return told if len(told) <= _LONGEST else told[:_LONGEST] + "…"


REPORTER = Junit
