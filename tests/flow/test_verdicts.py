"""The main job on real processes: two honest verdicts, and evidence that bears them out."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from rentree.evidence import Evidence

from .conftest import Home, verdict_of

pytestmark = pytest.mark.flow
Good = tuple[subprocess.CompletedProcess[str], Evidence]


def test_protected_platform_is_conforme(good: Good) -> None:
    """The protected sandbox holds: CONFORME, exit 0, every promise a finding."""
    done, evidence = good
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CONFORME" in done.stdout
    assert "NON CONFORME" not in done.stdout
    assert evidence.folder.name in done.stdout
    assert evidence.manifest in done.stdout
    assert verdict_of(evidence.folder)["decision"] == "pass"


def test_platform_of_6_april_is_non_conforme(drowned: Good, shared_home: Home) -> None:
    """The sandbox as platforms were that morning fails, by lateness, with reasons."""
    done, evidence = drowned
    assert done.returncode == 1, done.stdout + done.stderr
    assert "NON CONFORME" in done.stdout
    assert "Ce qui a échoué le plus souvent" in done.stdout
    findings = verdict_of(evidence.folder)["findings"]
    failed = {f["slo"] for f in findings if f["decision"] == "fail"}
    assert {"punctual", "response", "signed-in-at-once"} <= failed
    assert shared_home.rentree("judge", str(evidence.folder)).returncode == 1


def test_people_try_again_and_leave_as_the_profile_says(drowned: Good) -> None:
    """Retries come in their interval, at most so often; who leaves owes a row a step."""
    _, evidence = drowned
    bearing = evidence.plan.behaviour
    steps = {
        "pupil": ["sign in", "home", "messages", "hand in", "sign out"],
        "teacher": ["sign in", "home", "messages", "read homework", "sign out"],
        "parent": ["sign in", "home", "messages", "sign out"],
    }
    due = dict(evidence.people.select("person", "due").iter_rows())
    retried = left = 0
    for (person,), rows in evidence.samples.sort("seq").group_by("person", maintain_order=True):
        told = rows.to_dicts()
        assert (told[0]["step"], told[0]["attempt"], told[0]["due"]) == ("sign in", 1, due[person])
        made = [row for row in told if row["outcome"] != "abandoned"]
        for before, row in pairwise(made):
            if row["attempt"] > 1:
                retried += 1
                assert row["attempt"] == before["attempt"] + 1 <= bearing.retry_at_most + 1
                assert before["outcome"] != "ok"
                pause = row["due"] - before["done"] - bearing.retry_after
                assert abs(pause) <= bearing.retry_jitter + 1
            else:
                assert before["outcome"] == "ok"
                assert row["due"] >= before["done"]
        gone = [row for row in told if row["outcome"] == "abandoned"]
        if gone:
            left += 1
            journey = steps[told[0]["persona"]]
            assert [row["step"] for row in gone] == journey[journey.index(made[-1]["step"]) + 1 :]
            assert {row["due"] for row in gone} == {made[-1]["done"]}
    assert retried > 20
    assert left > 20


def test_judged_again_it_is_the_same(good: Good, shared_home: Home) -> None:
    """`judge` repeats the verdict and `verify` finds seal, anchor and verdict sound."""
    _, evidence = good
    before = (evidence.folder / "verdict.json").read_bytes()
    assert shared_home.rentree("judge", str(evidence.folder)).returncode == 0
    assert (evidence.folder / "verdict.json").read_bytes() == before
    sound = shared_home.rentree("verify", str(evidence.folder), "--expect", evidence.manifest)
    assert sound.returncode == 0, sound.stdout
    other = shared_home.rentree("verify", str(evidence.folder), "--expect", "0" * 64)
    assert other.returncode == 1
    assert "ANOTHER FOLDER" in other.stdout
    assert "not anchored" in shared_home.rentree("verify", str(evidence.folder)).stdout


def test_quantiles_are_numpys_on_the_raw_rows(good: Good) -> None:
    """The quantile of each response finding is numpy's inverted_cdf over the raw rows."""
    _, evidence = good
    window = evidence.plan.window("bell")
    findings = [f for f in verdict_of(evidence.folder)["findings"] if f["slo"] == "response"]
    assert len(findings) == 2
    for finding in findings:
        rows = evidence.samples.filter(
            (pl.col("step") == "sign in")
            & (pl.col("attempt") == 1)
            & (pl.col("territory") == finding["group"]["territory"])
            & pl.col("due").is_between(window.start, window.end, closed="left")
            & (pl.col("outcome") != "not_sent")
        )
        waited = np.where(rows["outcome"] == "ok", rows["done"] - rows["due"], np.inf)
        expected = np.quantile(waited, 0.9, method="inverted_cdf") / 1e6
        assert finding["measured"] == pytest.approx(expected, abs=1e-9)
        assert finding["count"] == rows.height


def test_platform_and_samples_know_the_same_requests(good: Good) -> None:
    """No crowd request known to the sandbox is unknown to the samples; the rest has its outcome."""
    _, evidence = good
    known = set(evidence.samples["request_id"]) - {""}
    seen = set(evidence.platform_requests.filter(pl.col("mark") == "")["trace"]) - {""}
    assert len(seen) > 1000
    assert seen - known == set()
    only_samples = evidence.samples.filter(~pl.col("request_id").is_in(list(seen)))
    assert set(only_samples["outcome"]) <= {"error", "timeout", "not_sent", "abandoned"}
    unmarked = evidence.platform_requests.filter((pl.col("mark") == "") & (pl.col("trace") == ""))
    assert unmarked.height == 0


def test_slow_network_is_slow_and_the_other_is_not(good: Good) -> None:
    """Samples of the slowed territory begun in force are none faster than latency - jitter."""
    _, evidence = good
    times = {(e["name"], e["state"]): e["t"] for e in evidence.journal if e["event"] == "fault"}
    applied, cleared = times["reseau-lent", "applied"], times["reseau-lent", "cleared"]
    during = evidence.samples.filter(
        (pl.col("sent") > applied + 50_000)
        & (pl.col("sent") < cleared - 300_000)
        & (pl.col("outcome") == "ok")
    )
    slowed = during.filter(pl.col("territory") == "grand-est")
    other = during.filter(pl.col("territory") == "occitanie")
    assert slowed.height > 100
    assert set(slowed["route"]) == {"toxiproxy:grand-est"}
    assert set(other["route"]) == {"straight"}
    assert min(slowed["first_byte"] - slowed["sent"]) >= 150_000
    assert np.median(other["first_byte"] - other["sent"]) < 100_000


def test_journal_tells_the_whole_life_of_the_fault(good: Good) -> None:
    """Asked, applied, observed each second, cleared, proven: in that order, on the run's clock."""
    _, evidence = good
    lines = [e for e in evidence.journal if e.get("name") == "reseau-lent"]
    states = [e["state"] for e in lines if e["state"] != "observed"]
    assert states == ["asked", "applied", "cleared", "proven"]
    window = evidence.plan.faults[0].span
    seen = [e for e in lines if e["state"] == "observed"]
    assert len(seen) >= evidence.plan.end // 1_000_000 - 2
    for entry in seen:
        if entry["t"] in window:
            assert entry["in_force"], entry
        else:
            assert not entry["in_force"], entry


def test_schools_come_from_their_own_addresses(good: Good) -> None:
    """People of one school share a source address, and no two schools have the same."""
    _, evidence = good
    pairs = evidence.people.select("school", "address").unique()
    assert pairs["school"].n_unique() == pairs["address"].n_unique() == pairs.height
    straight = evidence.samples.filter(
        (pl.col("route") == "straight") & pl.col("sent").is_not_null()
    ).select("person", "address")
    joined = straight.join(evidence.people, on="person", suffix="_meant")
    assert (joined["address"] == joined["address_meant"]).all()


def test_same_seed_same_people_whatever_the_workers(home: Home) -> None:
    """The same seed gives the same people and due times with one worker and with two."""
    options = ("essai", "--sandbox", "rentree", "--seed", "11", "--clock", "2x", "--rehearsal")
    folders = []
    for workers in ("1", "2"):
        done = home.run_fit(*options, "--workers", workers)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "RÉPÉTITION" in done.stdout
        folders.append(Evidence(home.latest()))
    one, two = folders
    assert one.people.equals(two.people)
    firsts = [
        e.samples.filter((pl.col("step") == "sign in") & (pl.col("attempt") == 1))
        .select("person", "due", "address")
        .sort("person")
        for e in folders
    ]
    assert firsts[0].equals(firsts[1])
    assert set(one.samples["worker"]) == {1}
    assert set(two.samples["worker"]) == {1, 2}


def test_evidence_that_was_changed_is_not_judged(good: Good, home: Home) -> None:
    """One changed byte in raw/: judge and report refuse with exit 4, verify says what differs."""
    _, evidence = good
    folder = home.folder / "changed"
    shutil.copytree(evidence.folder, folder)
    plan = folder / "raw" / "plan.json"
    plan.write_text(plan.read_text(encoding="utf-8").replace("0.9", "0.1"), encoding="utf-8")
    for command in ("judge", "report"):
        done = home.rentree(command, str(folder))
        assert done.returncode == 4, done.stdout
        assert "raw/plan.json was changed" in done.stderr
    done = home.rentree("verify", str(folder))
    assert done.returncode == 1
    assert "raw/plan.json was changed" in done.stdout


def test_a_report_that_was_changed_is_told(good: Good, home: Home) -> None:
    """A summary that says something else than what was written: verify exits 1 and names it."""
    _, evidence = good
    folder = home.folder / "changed"
    shutil.copytree(evidence.folder, folder)
    page = folder / "summary.md"
    page.write_text(page.read_text(encoding="utf-8").replace("tenu", "non tenu"), encoding="utf-8")
    done = home.rentree("verify", str(folder), "--expect", evidence.manifest)
    assert done.returncode == 1
    assert "CHANGED: summary.md" in done.stdout


@pytest.mark.beside
def test_a_rehearsal_nobody_asked_for_exits_3(home: Home) -> None:
    """At a smaller scale the title says rehearsal and the exit code is 3 unless it was meant."""
    done = home.run("essai", "--sandbox", "rentree", "--scale", "50%", "--clock", "2x")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "RÉPÉTITION" in done.stdout
    assert "ne vaut pas" in done.stdout
