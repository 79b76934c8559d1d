"""A whole run with a flood: as many requests as asked, from where asked, and the crowd on time."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import polars as pl
import pytest

from rentree.evidence import Evidence
from rentree.quantity import SECOND

from .conftest import Home, finish, verdict_of

pytestmark = pytest.mark.flow

FLOODED = """\
profile: flooded
extends: essai
title: {fr: "Essai sous un flot", en: "A trial in a flood"}
faults:
  - fault: flood
    name: hot-spot
    hits: {platform: ent, step: sign in}
    from: {addresses: 4}
    normal: {rate: 5 requests/s, of: une école}
    times: 100
    during: bell
    source: F20
"""


@pytest.fixture
def profile(tmp_path: Path) -> str:
    """essai with a flood of ×100 from four addresses."""
    path = tmp_path / "flooded.yaml"
    path.write_text(FLOODED, encoding="utf-8")
    return str(path)


def test_the_flood_reaches_the_platform_as_asked(home: Home, profile: str) -> None:
    """Within 2 % of the rate, evenly from its addresses; the crowd's arrivals stay on time."""
    done = home.run_fit(profile, "--sandbox", "rentree")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "requêtes envoyées à l’heure sur 5\u202f000" in done.stdout
    evidence = Evidence(home.latest())
    flood = evidence.platform_requests.filter(pl.col("mark") == "flood:hot-spot")
    (fault,) = evidence.plan.faults
    rate = flood.height / (fault.span.length / SECOND)
    assert rate == pytest.approx(500, rel=0.02)
    assert flood["path"].unique().to_list() == ["/connexion"]
    by_address = flood.group_by("address").len()
    assert sorted(by_address["address"]) == [f"127.200.0.{i}" for i in range(1, 5)]
    counts = [int(n) for n in by_address["len"]]
    assert max(counts) - min(counts) <= 0.02 * flood.height
    whole = flood.with_columns(s=(pl.col("t") - fault.start) // SECOND).group_by("s").len()
    each = whole.filter(pl.col("s") > 0, pl.col("s") < fault.span.length // SECOND - 1)["len"]
    assert all(480 < int(n) < 520 for n in each)
    lag = evidence.samples.select((pl.col("sent") - pl.col("due")).max()).item()
    assert lag < 100_000
    assert int(evidence.floods["on_time"].sum()) >= 0.98 * int(evidence.floods["asked"].sum())
    assert evidence.samples.filter(pl.col("address").str.starts_with("127.200.")).is_empty()
    assert 429 not in evidence.samples["status"].to_list()  # no school pays for it


def test_a_flood_whose_sender_dies_decides_nothing(home: Home, profile: str) -> None:
    """A fault that was not there accuses nobody and acquits nobody: invalid, by gate (c)."""
    running = home.start_run(profile, "--sandbox", "rentree")
    senders: list[int] = []
    while not senders:
        time.sleep(0.1)
        assert running.poll() is None, running.communicate()
        senders = [
            int(p.parent.name)
            for p in Path("/proc").glob("[0-9]*/cmdline")
            if _is_sender(p, home.evidence)
        ]
    journal = next(home.evidence.glob("*/raw/journal.jsonl"))
    while '"applied"' not in journal.read_text(encoding="utf-8"):
        time.sleep(0.1)
    os.kill(senders[0], signal.SIGKILL)
    code, out, _ = finish(running)
    assert code == 3, out
    assert "c" in {window["gate"] for window in verdict_of(home.latest())["invalid"]}
    assert "hot-spot" in out


def _is_sender(cmdline: Path, evidence: Path) -> bool:
    try:
        words = cmdline.read_bytes().decode().split("\0")
    except OSError:
        return False
    return "rentree.flood" in words and any(str(evidence) in word for word in words)
