"""Homework and a platform that is killed in the midst of it: what was acknowledged is there."""

from __future__ import annotations

import pytest

from rentree.evidence import Evidence
from rentree.ledger import breaks

from .conftest import ROOT, Home, child_of, finish, journal_has, verdict_of, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.beside]
MATRIX = ROOT / "matrix"
RUN = (
    str(MATRIX / "profiles" / "m-homework.yaml"),
    "--sandbox", str(MATRIX / "sandboxes" / "m-plain.yaml"),
)  # fmt: skip


def test_kill_9_with_homework_in_flight_loses_nothing(home: Home) -> None:
    """The sandbox dies at once; started again on what it kept, it has all that it acknowledged."""
    runner = home.start_run(*RUN)
    wait_until(lambda: journal_has(home, "phase", "begins", name="bell"), "the bell")
    blocks = home.latest() / "work" / "ledger-1.jsonl"
    wait_until(lambda: blocks.exists() and blocks.read_bytes().count(b'"ok"') >= 20, "homework")
    child_of(runner, "rentree.sandbox").kill()
    code, out, err = finish(runner, 120)
    assert code == 1, out + err  # it is gone, and that alone is a fail
    evidence = Evidence(home.latest())
    rows = evidence.ledger["worker-1"]
    assert breaks(rows) == []
    assert {"tried", "ok", "unknown"} <= set(rows["event"])  # some were in flight
    findings = {f["id"]: f for f in verdict_of(home.latest())["findings"]}
    kept = findings["nothing-lost/homework/run"]
    assert kept["decision"] == "pass", kept
    assert kept["count"] >= 20
    assert findings["gone/run"]["decision"] == "fail"


def test_exactly_the_lost_ones_are_listed(home: Home) -> None:
    """By id, in every report: what was acknowledged, less what its owner and teacher read back."""
    done = home.run_fit(*RUN, "--defect", "homework-lost")
    assert done.returncode == 1, done.stdout + done.stderr
    evidence = Evidence(home.latest())
    acknowledged = {
        row["marker"]
        for rows in evidence.ledger.values()
        for row in rows.iter_rows(named=True)
        if row["event"] == "ok"
    }
    read = set(evidence.reads["marker"].drop_nulls())
    lost = sorted(f"lost {marker}" for marker in acknowledged - read)
    [finding] = [f for f in verdict_of(home.latest())["findings"] if f["slo"] == "nothing-lost"]
    assert 0 < len(lost) < len(acknowledged)
    assert finding["listed"] == lost
    assert lost[0] in done.stdout
    for name in ("report.html", "summary.md", "report.json"):
        assert lost[0].split()[1].strip("[]") in (home.latest() / name).read_text("utf-8"), name
