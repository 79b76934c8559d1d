"""`rentree run --repeat 5`: five real mornings, judged together, verified and reported again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from .conftest import Home

pytestmark = [pytest.mark.flow, pytest.mark.beside]
MORNINGS = """
profile: mornings
title: {fr: "Cinq matinées", en: "Five mornings"}
journeys: {pupil: visitor, teacher: visitor}
phases: {baseline: 08:59:58-08:59:59, bell: 08:59:59-09:00:03, recovery: 09:00:03-09:00:06}
crowd:
  - territory: occitanie
    unit: {authority: région, levels: [lycée], provider: bac à sable}
    come: {pupil: 72, teacher: 3}
    classes: {of: 24, per_school: 4}
    source: assumption
bells:
  - at: 09:00:00
    source: assumption
    convenes: {pupil: 100 %, teacher: 100 %}
    arrive: {from: 08:59:59, to: 09:00:02, curve: even}
behaviour: {patience: 2 s, retry: {after: 1 s, at_most: 1}, stay: {until: 09:00:05}}
slos:
  - {slo: response, step: sign in, quantile: 90 %, below: 1 s, in: bell}
  - {slo: signed-in-at-once, persona: pupil, at_least: 10, held: 1 s}
"""


def test_five_mornings(home: Home, tmp_path: Path) -> None:
    """One verdict, its runs beside it, each whole; altered in one run, it is said so."""
    profile = tmp_path / "mornings.yaml"
    profile.write_text(MORNINGS, encoding="utf-8")
    words = ["--sandbox", "rentree", "--repeat", "5", "--seed", "3", "--lang", "en"]
    done = home.run(str(profile), *words)
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert "run 5 of 5" in done.stderr
    folder = home.latest()
    verdict = json.loads((folder / "verdict.json").read_text("utf-8"))
    assert [run["seed"] for run in verdict["runs"]] == [3, 4, 5, 6, 7]
    assert verdict["title"]["en"].endswith("5 runs")
    for name in ("report.en.html", "junit.xml", "summary.en.md", "report.en.json"):
        assert list(folder.glob(name)) or list(folder.glob(name.replace("junit", "junit.en")))
    verified = home.rentree("verify", str(folder), "--expect", verdict["manifest"])
    assert verified.returncode == 0, verified.stdout
    judged = home.rentree("judge", str(folder), "--lang", "en")
    assert judged.returncode == done.returncode, judged.stdout + judged.stderr
    run = folder / verdict["runs"][2]["folder"]
    plan = run / "raw" / "plan.json"
    shutil.copyfile(plan, tmp_path / "plan.json")
    plan.write_bytes(plan.read_bytes() + b" ")
    verified = home.rentree("verify", str(folder))
    assert verified.returncode == 1
    assert f"{run.name}: raw/plan.json was changed" in verified.stdout


def test_four_are_too_few(home: Home) -> None:
    """Nothing is sent."""
    done = home.run("essai", "--sandbox", "rentree", "--repeat", "4")
    assert done.returncode == 2
    assert "5 runs or more" in done.stderr
