"""`rentree study`: two real days, one table, and the same table from their folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Home

pytestmark = [pytest.mark.flow, pytest.mark.beside, pytest.mark.proof]  # CI has little time
DAY = """
profile: day
title: {fr: "Un jour", en: "A day"}
journeys: {pupil: visitor, teacher: visitor}
rehearsal: {scale: 50 %}
phases: {baseline: 08:59:58-08:59:59, bell: 08:59:59-09:00:03, recovery: 09:00:03-09:00:06}
crowd:
  - territory: occitanie
    unit: {authority: région, levels: [lycée], provider: bac à sable}
    come: {pupil: 144, teacher: 6}
    classes: {of: 24, per_school: 1}
    source: assumption
bells:
  - at: 09:00:00
    source: assumption
    convenes: {pupil: 100 %, teacher: 100 %}
    arrive: {from: 08:59:59, to: 09:00:02, curve: even}
behaviour: {patience: 2 s, retry: {after: 1 s, at_most: 1}, stay: {until: 09:00:05}}
slos:
  - {slo: refused, share_below: 20 %, in: bell, each: none}
"""
DAYS = """
study: two-days
title: {fr: "Deux jours", en: "Two days"}
kind: days
measure: {slo: punctual, share: 90 %, within: 2 s, in: bell, each: none}
runs:
  - {profile: day, sandbox: rentree, changed: {fr: telle quelle, en: as it is}}
  - {profile: day, sandbox: 6-avril-2021, changed: {fr: trop petite, en: too small}}
"""


def test_two_days(home: Home, tmp_path: Path) -> None:
    """At the profile's rehearsal, with one seed; each run whole in a folder of its own."""
    for path, text in (("day.yaml", DAY), ("studies/two-days.yaml", DAYS)):
        file = tmp_path / "work" / "profiles" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    words = ["study", "two-days", "--lang", "en"]
    where = tmp_path / "work"
    done = home.rentree(*words, "--evidence", str(home.evidence), "--seed", "3", cwd=where)
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert "2/2 day 2: day, 6-avril-2021" in done.stdout
    (folder,) = home.evidence.iterdir()
    told = json.loads((folder / "study.json").read_text("utf-8"))
    assert [(run["seed"], run["scale"], run["rehearsal"]) for run in told["runs"]] == [
        (3, 0.5, True)
    ] * 2
    for run in told["runs"]:
        verified = home.rentree("verify", str(folder / run["folder"]), "--expect", run["manifest"])
        assert verified.returncode == 0, verified.stdout
    again = home.rentree(
        *words, "--from", str(folder), "--evidence", str(tmp_path / "again"), cwd=where
    )
    assert again.returncode == done.returncode, again.stdout + again.stderr
    texts = [(at / "study.txt").read_text("utf-8") for at in (folder, tmp_path / "again")]
    assert texts[0] == texts[1]
    assert texts[0] in done.stdout
