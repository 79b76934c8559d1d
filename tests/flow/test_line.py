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
faults:
  - {fault: line, name: homes, hits: {territory: grand-est}, network: dsl, during: bell}
  - fault: line
    name: region
    hits: {territory: grand-est}
    rate: 40 Mbit/s
    per: territory
    during: bell
    source: F27
  - {fault: latency, name: slow, hits: {territory: grand-est}, delay: 50 ms, during: bell}
"""


def test_people_come_over_their_lines(home: Home, tmp_path: Path) -> None:
    """Each fault is seen in every second; those hit wait for all three, the others do not."""
    path = tmp_path / "lines.yaml"
    path.write_text(LINES, encoding="utf-8")
    done = home.run_fit(str(path), "--sandbox", "rentree")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "réseau dsl\u00a0: 8\u00a0Mbit/s descendants" in done.stdout
    evidence = Evidence(home.latest())
    routes = evidence.samples.select("territory", "route").unique().sort("territory")
    assert routes.rows() == [
        ("grand-est", "toxiproxy+line:grand-est"), ("occitanie", "straight"),
    ]  # fmt: skip
    signed_in = evidence.samples.filter(
        pl.col("phase") == "bell", pl.col("step") == "sign in", pl.col("outcome") == "ok"
    )
    took = signed_in.group_by("territory").agg((pl.col("done") - pl.col("sent")).min())
    least = dict(took.rows())
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
