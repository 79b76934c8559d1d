"""The gate of a pipeline: what keeps a run from counting as a pass, beside its findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentree.evidence import Evidence
from rentree.gate import gate_code, obstacles
from rentree.judge import judge
from rentree.testing import Story, make_plan

GOLDEN = Path(__file__).parent / "golden"
SIGN_IN = {"slo": "response", "step": "sign in", "quantile": "50 %", "below": "5 s", "each": "none"}


def ended(folder: Path, *states: str) -> Evidence:
    """A run that passes, and after its end says these states of a fault."""
    story = Story(make_plan(slos=[SIGN_IN], faults=[("slow", 20, 40)]))
    for second in range(40):
        story.tries(story.person(10 + second))
    for number, state in enumerate(states):
        why = {"why": "Toxiproxy does not answer"} if state == "unproven" else {}
        story.says(100 + number, "fault", state, name="slow", **why)
    return story.write(folder)


@pytest.mark.parametrize(
    ("states", "code"),
    [
        pytest.param([], 0, id="nobody said"),
        pytest.param(["proven"], 0, id="proven"),
        pytest.param(["unproven"], 4, id="not proven"),
        pytest.param(["unproven", "proven"], 0, id="not at first, but in the end"),
        pytest.param(["proven", "unproven"], 4, id="no longer"),
    ],
)
def test_a_fault_that_may_still_be_there(tmp_path: Path, states: list[str], code: int) -> None:
    """The verdict stands, and the gate is shut: `rentree run` ends in 4."""
    evidence = ended(tmp_path, *states)
    verdict = judge(evidence)
    assert verdict.decision == "pass"
    assert gate_code(verdict, evidence) == code
    told = ["à la fin de l’essai, la levée de cette perturbation n’était pas prouvée\u00a0: slow"]
    assert obstacles(verdict, evidence, "fr") == (told if code else [])


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("all-fine", 0, []),
        ("one-territory-ruined", 1, []),
        ("starved", 3, []),
        ("nothing-promised", 3, ["nothing was promised, and so nothing is shown"]),
        ("rehearsal", 3, ["a rehearsal that nobody asked for (--rehearsal)"]),
        ("rehearsal-asked", 0, []),
        ("interrupted", 130, ["the run was interrupted"]),
    ],
)
def test_the_code_and_what_is_told(name: str, code: int, told: list[str]) -> None:
    """On golden folders: the exit code of the run, and the reasons that no finding gives."""
    evidence = Evidence(GOLDEN / name)
    verdict = judge(evidence)
    assert gate_code(verdict, evidence) == code
    assert obstacles(verdict, evidence, "en") == told


def test_a_pass_that_was_interrupted_is_none() -> None:
    """Every window was over when it was interrupted: the run still ends in 130."""
    evidence = Evidence(GOLDEN / "all-fine")
    verdict = judge(evidence).model_copy(update={"interrupted": True})
    assert gate_code(verdict, evidence) == 130
    assert obstacles(verdict, evidence, "en") == ["the run was interrupted"]
