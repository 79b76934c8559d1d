"""junit.xml: a pipeline that reads nothing else takes no doubt for a pass."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from junitparser import JUnitXml

from rentree.evidence import Evidence
from rentree.judge import judge
from rentree.report import reporters
from rentree.testing import Story, make_plan
from rentree.verdict import exit_code

GOLDEN = sorted(p.parent for p in (Path(__file__).parents[1] / "golden").glob("*/raw"))
SIGN_IN = {"slo": "response", "step": "sign in", "quantile": "50 %", "below": "5 s", "each": "none"}


def suite(evidence: Evidence) -> ET.Element:
    """The one suite of a folder's JUnit report."""
    root = ET.fromstring(reporters()["junit"]().render(judge(evidence), evidence, "fr"))  # noqa: S314  # ours
    (only,) = root.findall("testsuite")
    return only


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
def test_it_is_green_exactly_when_the_exit_code_is_0(folder: Path) -> None:
    """On every golden folder, undecided, invalid, rehearsals and empty ones among them."""
    evidence = Evidence(folder)
    junit, verdict = suite(evidence), judge(evidence)
    bad = len(junit.findall("testcase/failure")) + len(junit.findall("testcase/error"))
    assert (bad == 0) == (exit_code(verdict) == 0)
    assert len({case.get("name") for case in junit.iter("testcase")}) == int(junit.get("tests", ""))
    assert junit.findall("testcase/skipped") == []
    assert int(junit.get("tests", "0")) == len(junit.findall("testcase")) >= 1
    assert int(junit.get("failures", "0")) + int(junit.get("errors", "0")) == bad


def test_what_each_decision_becomes() -> None:
    """Held: a case; not held or undecided: a failure; not valid: an error."""
    golden = Path(__file__).parents[1] / "golden"
    kinds = {
        name: {node.tag for node in suite(Evidence(golden / name)).findall("testcase/*")}
        for name in ("all-fine", "one-territory-ruined", "forty-people-none-refused", "starved")
    }
    assert kinds == {
        "all-fine": set(), "one-territory-ruined": {"failure"},
        "forty-people-none-refused": {"failure"}, "starved": {"error"},
    }  # fmt: skip


@pytest.mark.parametrize("name", ["rehearsal", "rehearsal-asked"])
def test_a_rehearsal_says_so_in_every_name(name: str) -> None:
    """Small trials never look like the real one; GitLab shows the class, and not the suite."""
    junit = suite(Evidence(Path(__file__).parents[1] / "golden" / name))
    assert junit.get("name", "").startswith("RÉPÉTITION")
    for case in junit.iter("testcase"):
        assert case.get("classname", "").startswith("rentree.small-morning-RÉPÉTITION.")
    told = [node.text for node in junit.findall("testcase/failure")]
    unasked = ["une répétition que personne n’a demandée (--rehearsal)"]
    assert told == (unasked if name == "rehearsal" else [])


def test_what_no_finding_tells_fails_too(tmp_path: Path) -> None:
    """A fault that is not proven cleared: the run ends in 4, though every promise held."""
    story = Story(make_plan(slos=[SIGN_IN], faults=[("slow", 20, 40)]))
    for second in range(40):
        story.tries(story.person(10 + second))
    story.says(100, "fault", "unproven", name="slow", why="Toxiproxy does not answer")
    evidence = story.write(tmp_path)
    junit = suite(evidence)
    facts = {p.get("name"): p.get("value") for p in junit.iter("property")}
    assert exit_code(judge(evidence)) == 0
    assert facts["rentree.exit_code"] == "4"
    assert junit.get("failures") == "1"
    assert "slow" in (junit.findtext("testcase/failure") or "")


def test_no_name_comes_twice(tmp_path: Path) -> None:
    """Of two cases with one name GitLab takes the first only: one that failed would be lost."""
    evidence = Evidence(Path(__file__).parents[1] / "golden" / "one-territory-ruined")
    verdict = judge(evidence)
    same = {"text": {"fr": "x" * 5_000, "en": "x"}, "group": {}}
    alike = [finding.model_copy(update=same) for finding in verdict.findings]
    text = reporters()["junit"]().render(
        verdict.model_copy(update={"findings": alike}), evidence, "fr"
    )
    names = [case.get("name") for case in ET.fromstring(text).iter("testcase")]  # noqa: S314  # ours
    assert len(names) == len(set(names)) == len(verdict.findings)
    long = [f.model_copy(update={"text": same["text"]}) for f in verdict.findings]
    text = reporters()["junit"]().render(
        verdict.model_copy(update={"findings": long}), evidence, "fr"
    )
    assert all(group in text for group in ("· east", "· Nord", "· south"))


def test_a_reader_that_no_one_here_wrote() -> None:
    """`junitparser` finds what failed, what it is called, and why."""
    for folder in GOLDEN:
        evidence = Evidence(folder)
        verdict = judge(evidence)
        text = reporters()["junit"]().render(verdict, evidence, "en")
        read = JUnitXml.fromstring(text.encode())
        cases = [case for one in read for case in one]
        assert [case.is_passed for case in cases][: len(verdict.findings)] == [
            finding.decision == "pass" for finding in verdict.findings
        ]
        assert all(case.is_passed for case in cases) == (exit_code(verdict) == 0)
        assert not any(case.is_skipped for case in cases)
        for case, finding in zip(cases, verdict.findings, strict=False):
            assert case.name.startswith(finding.text["en"])
            for result in case.result:
                assert result.type == finding.decision
                assert finding.measured_text["en"] in (result.text or "")


def test_it_is_as_the_schema_of_jenkins_has_it() -> None:
    """The parts in their order, and what each must have (junit-10.xsd of its xUnit plugin)."""
    for folder in GOLDEN:
        junit = suite(Evidence(folder))
        order = ["properties", "testcase", "system-out"]
        found = [order.index(node.tag) for node in junit]
        assert found == sorted(found)
        assert found.count(0) == found.count(2) == 1
        assert re.fullmatch(r"\d+\.\d{3}", junit.get("time", ""))
        assert {*junit.keys()} == {"name", "tests", "failures", "errors", "skipped", "time"}
        for case in junit.iter("testcase"):
            assert {*case.keys()} == {"name", "classname", "time"}
            assert [node.tag for node in case] in ([], ["failure"], ["error"])
            assert all({*node.keys()} == {"type", "message"} for node in case)


def test_the_facts_stand_in_properties() -> None:
    """What a dashboard needs to tell runs apart."""
    evidence = Evidence(Path(__file__).parents[1] / "golden" / "all-fine")
    facts = {p.get("name"): p.get("value") for p in suite(evidence).iter("property")}
    assert facts["rentree.decision"] == "pass"
    assert facts["rentree.manifest"] == evidence.manifest
    assert facts["rentree.exit_code"] == "0"


def test_what_xml_cannot_hold_is_left_out(tmp_path: Path) -> None:
    """Control characters, markup, megabytes in a title."""
    title = {"fr": "a\x00b\x1b<c>&\ufffe" + "x" * 5_000_000, "en": "x"}
    story = Story(make_plan(slos=[SIGN_IN], title=title))
    for i in range(4):
        story.tries(story.person(10 + i), outcome="error")
    junit = suite(story.write(tmp_path))
    assert "<c>" in junit.get("name", "")
    assert len(ET.tostring(junit)) < 20_000


def test_json_tells_the_same_exit_code() -> None:
    """Both files of one run say one thing."""
    for folder in GOLDEN:
        evidence = Evidence(folder)
        report = json.loads(reporters()["json"]().render(judge(evidence), evidence, "en"))
        facts = {p.get("name"): p.get("value") for p in suite(evidence).iter("property")}
        assert str(report["exit_code"]) == facts["rentree.exit_code"]
