"""A whole run over access lines, in a row with Toxiproxy: seen, in the figures, and only those."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rentree.evidence import Evidence
from rentree.journal import read_journal

from .conftest import Home

pytestmark = [pytest.mark.flow, pytest.mark.beside]

LINES = """\
profile: lines
extends: essai
title: {fr: "Essai par des lignes lentes", en: "A trial over slow lines"}
homes: {fibre: 70 %, dsl: 30 %}
faults:
  - {fault: line, name: homes, hits: {territory: grand-est}, network: dsl, during: bell}
  - fault: line
    name: region
    hits: {territory: grand-est}
    rate: 40 Mbit/s
    per: territory
    during: bell
    source: F27
  - {fault: line, name: own, hits: {territory: occitanie, home: dsl}, network: dsl, during: bell}
  - {fault: latency, name: slow, hits: {territory: grand-est}, delay: 50 ms, during: bell}
"""


@pytest.mark.two
def test_people_come_over_their_lines(home: Home, tmp_path: Path) -> None:
    """Each fault is seen in every second; those hit wait for all three, the others do not."""
    path = tmp_path / "lines.yaml"
    path.write_text(LINES, encoding="utf-8")
    done = home.run_fit(str(path), "--sandbox", "rentree")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "réseau dsl\u00a0: 8\u00a0Mbit/s descendants" in done.stdout
    evidence = Evidence(home.latest())
    samples = evidence.samples.join(evidence.people.select("person", "home"), on="person")
    routes = samples.select("territory", "home", "route").unique()
    assert set(routes.rows()) == {
        ("grand-est", "fibre", "line+toxiproxy:grand-est"),
        ("grand-est", "dsl", "line+toxiproxy:grand-est"),
        ("occitanie", "fibre", "straight"),
        ("occitanie", "dsl", "line:occitanie/dsl"),
    }
    signed_in = samples.filter(
        pl.col("phase") == "bell", pl.col("step") == "sign in", pl.col("outcome") == "ok"
    )
    took = signed_in.group_by("territory").agg((pl.col("done") - pl.col("sent")).min())
    least = dict(took.rows())
    homes = signed_in.filter(pl.col("territory") == "occitanie").group_by("home")
    own = dict(homes.agg((pl.col("done") - pl.col("sent")).min()).rows())
    assert own["dsl"] >= own["fibre"] + 30_000  # of the least delay
    assert least["grand-est"] >= 2 * 80_000  # two exchanges at least: 50 ms, and 30 ms of the line
    seen = [
        entry
        for entry in read_journal(evidence.raw / "journal.jsonl")
        if (entry["event"], entry["state"]) == ("fault", "observed") and entry["in_force"]
    ]
    for name in ("homes", "region"):
        rows = [entry for entry in seen if entry["name"] == name]
        assert len(rows) >= 9
        assert sum(entry["down_bytes"] for entry in rows) > 100_000
    assert max(entry["lines"] for entry in seen if entry["name"] == "homes") > 100
    assert max(entry["lines"] for entry in seen if entry["name"] == "region") == 1
