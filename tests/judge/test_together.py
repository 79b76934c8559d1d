"""Gate (d): the control near the platform and the platform slow together, or each alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rentree.evidence import PROBES, Evidence
from rentree.judge.validity import unfit
from rentree.quantity import SECOND
from rentree.testing import Story, make_plan

BELL = {"slo": "response", "step": "sign in", "quantile": "95 %", "below": "5 s", "in": "bell"}
HELD = {"slo": "signed-in-at-once", "at_least": "10", "held": "20 s"}


def gates(
    folder: Path, slo: dict[str, Any], slow: range, control: dict[int, int | None], **how: Any
) -> list[str]:
    """People every 100 ms; those of the seconds `slow` wait 2 s; `control`: second → µs or None."""
    story = Story(make_plan(slos=[slo]))
    for i in range(900):
        bad = i // 10 in slow
        story.tries(story.person(i / 10), **{"took": 2.0 if bad else 0.2, **(how if bad else {})})
    story.write(folder)
    rows = [(s * SECOND + 1, "control", "url", control.get(s, 20_000)) for s in range(100)]
    pl.DataFrame(rows, schema=PROBES, orient="row").write_parquet(folder / "raw/probes.parquet")
    evidence = Evidence(folder)
    return [reason.why["en"] for reason in unfit(evidence.plan.slos[0], evidence)]


@pytest.mark.parametrize(
    ("sentence", "slo", "slow", "control", "seconds"),
    [
        ("both well", BELL, range(0), {}, 0),
        ("the platform alone is slow: it is the platform", BELL, range(20, 30), {}, 0),
        ("the control alone is slow: it says nothing", BELL, range(0), dict.fromkeys(range(20, 30)),
         0),
        ("slow together", BELL, range(20, 30), dict.fromkeys(range(20, 30), 120_001), 10),
        ("100 ms more than usual is not slow", BELL, range(20, 30),
         dict.fromkeys(range(20, 30), 120_000), 0),
        ("silent together", BELL, range(20, 30), dict.fromkeys(range(20, 30)), 10),
        ("one second of a bell of 40 s is more than 0.5 %", BELL, range(20, 30), {25: None}, 1),
        ("one second of a run of 100 s is 1 %", HELD, range(20, 30), {25: None}, 0),
        ("two seconds are more", HELD, range(20, 30), {25: None, 26: None}, 2),
        ("outside the window", BELL, range(60, 70), dict.fromkeys(range(60, 70)), 0),
        ("at other times", BELL, range(20, 25), dict.fromkeys(range(35, 40)), 0),
    ],
)  # fmt: skip
def test_slow_together(
    tmp_path: Path, sentence: str, slo: dict[str, Any], slow: range,
    control: dict[int, int | None], seconds: int,
) -> None:  # fmt: skip
    """What counts is the seconds in which both were slow."""
    said = gates(tmp_path, slo, slow, control)
    assert len(said) == bool(seconds), (sentence, said)
    assert not seconds or f"was slow in {seconds} second" in said[0], sentence


def test_errors_are_slow_however_quick(tmp_path: Path) -> None:
    """Connections refused at once while the control is silent: nobody is accused."""
    silent = dict.fromkeys(range(20, 30))
    assert gates(tmp_path, BELL, range(20, 30), silent, outcome="error", took=0.001)


def test_the_reason_lets_no_fail_stand(tmp_path: Path) -> None:
    """Nothing passes and nothing fails; the control's word is in French, too."""
    gates(tmp_path, BELL, range(20, 30), dict.fromkeys(range(20, 30)))
    evidence = Evidence(tmp_path)
    (reason,) = unfit(evidence.plan.slos[0], evidence)
    assert (reason.gate, reason.fail_stands) == ("d", False)
    assert reason.why["fr"].startswith("la ligne vers la plateforme a été lente pendant 10")
