"""Several platforms in one morning, each a sandbox of its own, in real runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rentree.evidence import Evidence
from rentree.judge import judge
from rentree.recompute.compare import compared
from rentree.workspace import find

from .conftest import Home

pytestmark = [pytest.mark.flow, pytest.mark.beside]
MORNING = """
profile: both
title: {{fr: "Deux plateformes", en: "Two platforms"}}
journeys: {{pupil: visitor, teacher: visitor}}
phases: {{bell: 08:59:59-09:00:03, recovery: 09:00:03-09:00:10}}
crowd:
  - territory: occitanie
    unit: {{authority: région, levels: [lycée], provider: bac à sable}}
    platform: {home}
    come: {{pupil: 96, teacher: 4}}
    source: assumption
bells:
  - at: 09:00
    source: assumption
    convenes: {{pupil: 100 %, teacher: 100 %}}
    arrive: {{from: 08:59:59, to: 09:00:02}}
{more}
slos:
  - {{slo: refused, share_below: 10 %, platform: ent}}
  - {{slo: refused, share_below: 10 %, platform: cned}}
"""
HOLDS, PLACES = "rentree", 3  # and how many the one has that blocks
QUICK = "patience: 2 s, retry: {after: 500 ms, at_most: 1}, stay: {until: 09:00:09}"


@pytest.fixture
def blocks(tmp_path: Path) -> str:
    """A preset that has nearly no room."""
    like = find("sandboxes", "6-avril-quota").read_text(encoding="utf-8")
    full = tmp_path / "full.yaml"
    text = like.replace("sandbox: 6-avril-quota", "sandbox: full")
    full.write_text(re.sub(r"sessions: \d+", f"sessions: {PLACES}", text), encoding="utf-8")
    return str(full)


def morning(home: Home, folder: Path, at: str, more: str, *presets: str) -> Evidence:
    """The evidence of a run of a hundred people, whose figures come out the same anew."""
    profile = folder / "both.yaml"
    profile.write_text(MORNING.format(home=at, more=more), encoding="utf-8")
    words = [word for preset in presets for word in ("--sandbox", preset)]
    done = home.run_fit(str(profile), *words, "--seed", "3", "--lang", "en")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "sandboxes “cned = " in done.stdout
    assert [line for line in compared(home.latest()) if not line.same] == []
    return Evidence(home.latest())


def refused(evidence: Evidence) -> dict[str, str]:
    """Platform → decision."""
    return {
        finding.id.split("platform=")[1].split("/")[0]: finding.decision
        for finding in judge(evidence).findings
    }


def counted(evidence: Evidence, **where: Any) -> int:
    """How many people have a sample like that."""
    return evidence.samples.filter(**where)["person"].n_unique()


def test_one_holds_while_the_other_blocks_for_the_same_people(
    home: Home, tmp_path: Path, blocks: str
) -> None:
    """S4: all are in at the ENT and stay to the end; the classes are elsewhere, and full."""
    more = f"steps_at: {{home: cned}}\nbehaviour: {{{QUICK}}}"
    evidence = morning(home, tmp_path, "ent", more, f"ent={HOLDS}", f"cned={blocks}")
    assert refused(evidence) == {"ent": "pass", "cned": "fail"}
    assert counted(evidence, platform="ent", step="sign in", outcome="ok") == 100
    assert counted(evidence, platform="ent", step="sign out", outcome="ok") == 100
    turned_away = counted(evidence, platform="cned", outcome="refused")
    assert turned_away >= 50
    assert counted(evidence, platform="cned", step="home", outcome="abandoned") >= 50
    assert counted(evidence, platform="ent", step="home") == 0
    told = evidence.platform.group_by("platform").agg(pl.col("sessions").max())
    peaks = dict(told.rows())
    assert peaks["cned"] <= PLACES < peaks["ent"]
    facts = json.loads((evidence.raw / "target.json").read_text(encoding="utf-8"))
    bases = {p: at["hosts"]["portal"] for p, at in facts["platforms"].items()}
    assert len(set(bases.values())) == 2


def test_who_gives_one_up_falls_back_on_the_other(home: Home, tmp_path: Path, blocks: str) -> None:
    """F30: half of those who give the full one up do what is left at the other, from signing in."""
    fallback = "fallback: {from: ent, to: cned, share: 50 %}"
    more = f"behaviour: {{{QUICK}, {fallback}}}"
    evidence = morning(home, tmp_path, "ent", more, f"ent={blocks}", f"cned={HOLDS}")
    assert refused(evidence) == {"ent": "fail", "cned": "pass"}
    rows = evidence.samples
    gave_up = set(rows.filter(platform="ent", step="sign out", outcome="abandoned")["person"])
    moved = set(rows.filter(platform="cned", step="sign in", outcome="ok")["person"])
    assert moved <= gave_up  # nobody's history is undone
    assert 0.2 * len(gave_up) < len(moved) < 0.8 * len(gave_up)
    assert set(rows.filter(platform="cned", step="sign out", outcome="ok")["person"]) == moved
