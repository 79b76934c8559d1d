"""People who create their account first, in a real run against a sandbox without it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rentree.evidence import Evidence

from .conftest import Home, verdict_of

pytestmark = [pytest.mark.flow, pytest.mark.beside]
MORNING = """
profile: new
title: {fr: "Comptes à créer", en: "Accounts to create"}
journeys: {pupil: visitor, teacher: visitor}
phases: {bell: 08:59:59-09:00:03, recovery: 09:00:03-09:00:10}
crowd:
  - territory: occitanie
    unit: {authority: région, levels: [lycée], provider: bac à sable}
    come: {pupil: 96, teacher: 4}
    source: assumption
new_accounts: {share: {pupil: 50 %}, source: assumption}
bells:
  - at: 09:00
    source: assumption
    convenes: {pupil: 100 %, teacher: 100 %}
    arrive: {from: 08:59:59, to: 09:00:02}
behaviour: {patience: 2 s, retry: {after: 500 ms, at_most: 1}, stay: {until: 09:00:09}}
slos:
  - {slo: response, step: create account, quantile: 80 %, below: 1 s, each: none}
  - {slo: error, share_below: 10 %, each: none}
"""


def test_they_create_it_and_then_go_on(home: Home, tmp_path: Path) -> None:
    """Whoever has no account asks for one first, once, and all walk their journeys to the end."""
    profile = tmp_path / "new.yaml"
    profile.write_text(MORNING, encoding="utf-8")
    done = home.run_fit(str(profile), "--sandbox", "rentree", "--seed", "3", "--lang", "en")
    assert done.returncode == 0, done.stdout + done.stderr
    evidence, verdict = Evidence(home.latest()), verdict_of(home.latest())
    assert verdict["findings"][0]["id"].startswith("response/create account")
    new = set(evidence.people.filter("new_account")["person"])
    assert 30 < len(new) < 66
    rows = evidence.samples.sort("due")
    assert set(rows["outcome"]) == {"ok"}
    created = rows.filter(step="create account")
    assert sorted(created["person"]) == sorted(new)
    first = rows.group_by("person", maintain_order=True).agg(pl.col("step").first())
    assert dict(first.rows()) == {
        person: "create account" if person in new else "sign in"
        for person in evidence.people["person"]
    }
    assert rows.filter(step="sign out").height == evidence.people.height == 100
