"""junit.xml: a pipeline that reads nothing else takes no doubt for a pass."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

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


def test_a_rehearsal_says_so_in_its_name() -> None:
    """Small trials never look like the real one."""
    junit = suite(Evidence(Path(__file__).parents[1] / "golden" / "rehearsal"))
    assert junit.get("name", "").startswith("RÉPÉTITION")


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
