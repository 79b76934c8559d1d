"""From working files to sealed evidence, of runs that ended well and of runs that were killed."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rentree.begin import write_people
from rentree.block import Block, BlockWriter
from rentree.crowd import crowd
from rentree.evidence import MONITOR, Evidence, write_json
from rentree.finish import finish
from rentree.journal import Journal
from rentree.plan import dump
from rentree.profile import Profile
from rentree.sample import Sample
from rentree.seal_check import broken_seals
from rentree.testing import make_plan

SECOND = 1_000_000


def row(seq: int, worker: int = 1, **changes: Any) -> Sample:
    """An attempt that was ok."""
    sample = Sample(
        seq=seq, worker=worker, phase="bell", territory="north", school="s", level="lycée",
        persona="pupil", person=f"p{worker}-{seq}", platform="ent", step="sign in", attempt=1,
        due=seq * SECOND, sent=seq * SECOND + 5, first_byte=None, done=seq * SECOND + 900,
        outcome="ok", status=200, bytes=9, address="127.16.0.1", route="straight",
        queue_position=None, request_id="ab" * 16, detail="{}",
    )  # fmt: skip
    return sample._replace(**changes)


def opened(seq: int, worker: int = 1) -> Sample:
    """The same attempt as it began."""
    return row(seq, worker, done=None, outcome="not_sent", status=None, bytes=0)


def monitor(people: int = 1) -> dict[str, Any]:
    """The generator's own second."""
    return {"cpu": 0.5, "loop_lag": 200, "people": people}


class Run:
    """The folder of a run that is about to end."""

    def __init__(self, folder: Path, workers: int = 1) -> None:
        self.folder = folder
        (folder / "raw").mkdir(parents=True)
        (folder / "work").mkdir()
        write_json(folder / "raw" / "plan.json", dump(make_plan(workers=workers)))
        self.journal = Journal(folder / "raw" / "journal.jsonl", lambda: 0)
        self.journal.write("run", "started")

    def store(self, worker: int, *blocks: Block, cut: int = 0) -> None:
        """What a worker stored, less what the end of its disk's last write cut off."""
        path = self.folder / "work" / f"worker-{worker}.blocks"
        writer = BlockWriter(path)
        for block in blocks:
            writer.append(block)
        writer.close()
        if cut:
            path.write_bytes(path.read_bytes()[:-cut])

    def finish(self, why: str = "finished") -> Evidence:
        """Seal it."""
        self.journal.close()
        self.digest = finish(self.folder, t0=10**12, why=why, ended=90 * SECOND)
        return Evidence(self.folder)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of one worker."""
    return Run(tmp_path / "run")


def whole(worker: int = 1) -> list[Block]:
    """The blocks of a worker that ended well."""
    return [
        Block(0, worker, 1 * SECOND, [opened(0, worker), opened(1, worker)], [], monitor(2)),
        Block(1, worker, 2 * SECOND, [], [row(1, worker), row(0, worker)], monitor(), end=True),
    ]


def lost(evidence: Evidence) -> list[dict[str, Any]]:
    """The journal's entries about lost workers."""
    return [e for e in evidence.journal if (e["event"], e["state"]) == ("worker", "lost")]


def test_a_run_that_ended_well(run: Run) -> None:
    """Samples in order, the monitor's seconds, the end in the journal, sealed, work/ gone."""
    run.store(1, *whole())
    evidence = run.finish()
    assert evidence.samples["seq"].to_list() == [0, 1]
    assert evidence.samples["outcome"].to_list() == ["ok", "ok"]
    unknown = (None,) * 5  # a worker that told less than ours tell today
    assert evidence.monitor.rows() == [
        (SECOND, 1, 0.5, 200, 2, *unknown), (2 * SECOND, 1, 0.5, 200, 1, *unknown)
    ]  # fmt: skip
    assert evidence.probes.height == evidence.platform.height == 0
    assert lost(evidence) == []
    assert {"t": 90 * SECOND, "event": "worker", "state": "ended", "worker": 1} in evidence.journal
    end = {"t": 90 * SECOND, "event": "run", "state": "ended", "why": "finished"}
    assert evidence.journal[-1] == end
    assert not (run.folder / "work").exists()
    assert evidence.manifest == run.digest
    assert broken_seals(run.folder) == []


def test_each_worker_has_a_file_of_its_own(tmp_path: Path) -> None:
    """Two workers' samples stand side by side, each counted from 0."""
    run = Run(tmp_path / "run", workers=2)
    run.store(1, *whole(1))
    run.store(2, *whole(2))
    evidence = run.finish()
    files = sorted(p.name for p in (evidence.raw / "samples").iterdir())
    assert files == ["worker-1.parquet", "worker-2.parquet"]
    assert evidence.samples.select("worker", "seq").rows() == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert lost(evidence) == []


def test_what_a_lost_worker_had_begun_becomes_not_sent(run: Run) -> None:
    """We cannot say what came of it: the row is ours, not the platform's, and says why."""
    run.store(
        1,
        Block(0, 1, 1 * SECOND, [opened(0), opened(1)], [], monitor()),
        Block(1, 1, 2 * SECOND, [opened(2)], [row(1)], monitor()),
    )
    evidence = run.finish("killed")
    samples = evidence.samples
    assert samples["outcome"].to_list() == ["not_sent", "ok", "not_sent"]
    assert samples["sent"].null_count() == samples["done"].null_count() == 2
    assert samples["due"].to_list() == [0, SECOND, 2 * SECOND]
    why = [json.loads(d).get("why", "") for d in samples["detail"]]
    assert why[0] == why[2] == "the worker was lost while this was under way"
    (entry,) = lost(evidence)
    assert (entry["worker"], entry["last_stored"], entry["t"]) == (1, 2 * SECOND, 90 * SECOND)
    assert entry["why"] == "no end mark, 0 bytes torn"
    assert evidence.journal[-1]["why"] == "killed"


def test_a_torn_last_block_is_left_out(run: Run) -> None:
    """What stands behind the last whole block is told in bytes, not guessed at."""
    run.store(1, *whole(), cut=7)
    evidence = run.finish("killed")
    assert evidence.samples["outcome"].to_list() == ["not_sent", "not_sent"]
    (entry,) = lost(evidence)
    assert entry["last_stored"] == SECOND
    assert "bytes torn" in entry["why"]
    assert not entry["why"].startswith("no end mark, 0 ")


@pytest.mark.parametrize("numbers", [(0, 2), (1, 2), (0, 0), (1, 0)])
def test_a_missing_block_makes_all_of_a_worker_doubtful(run: Run, numbers: tuple[int, int]) -> None:
    """Numbers with a gap, or out of order, mean that nothing is known to be complete."""
    first, last = numbers
    run.store(
        1,
        Block(first, 1, 1 * SECOND, [], [row(0)], monitor()),
        Block(last, 1, 2 * SECOND, [], [row(1)], monitor(), end=True),
    )
    evidence = run.finish()
    (entry,) = lost(evidence)
    assert (entry["last_stored"], entry["why"]) == (0, "a block is missing")
    assert evidence.samples.height == 2


def test_a_worker_that_stored_nothing_is_lost_from_the_start(tmp_path: Path) -> None:
    """One that died before its first block left no file, or an empty one."""
    run = Run(tmp_path / "run", workers=3)
    run.store(1, *whole())
    run.store(2)
    evidence = run.finish()
    told = {e["worker"]: (e["last_stored"], e["why"]) for e in lost(evidence)}
    assert told == {2: (0, "no end mark, 0 bytes torn"), 3: (0, "stored nothing")}
    assert evidence.samples["worker"].unique().to_list() == [1]


def test_a_loss_that_the_run_saw_itself_is_not_told_twice(run: Run) -> None:
    """The run knew the moment and the reason better."""
    run.journal.write("worker", "lost", t=4, worker=1, last_stored=3, why="SIGKILL")
    run.store(1, Block(0, 1, SECOND, [], [row(0)], monitor()))
    assert [e["why"] for e in lost(run.finish())] == ["SIGKILL"]


def test_an_end_that_the_run_saw_itself_is_not_told_twice(run: Run) -> None:
    """A worker ends once."""
    run.journal.write("worker", "ended", t=4, worker=1)
    run.store(1, *whole())
    ended = [e for e in run.finish().journal if (e["event"], e["state"]) == ("worker", "ended")]
    assert [e["t"] for e in ended] == [4]


def test_probes_and_the_platforms_word_are_kept(run: Run) -> None:
    """A line that was cut short, even within a character, costs itself only."""
    run.store(1, *whole())
    work = run.folder / "work"
    probe = {"t": 500_000, "probe": "twin", "name": "réseau-lent", "rtt": 210_000}
    line = json.dumps(probe, ensure_ascii=False).encode()
    (work / "probes.jsonl").write_bytes(line + b"\n" + line[:45])
    second = {"sessions": 3, "waiting": 0, "steps": 9, "late_steps": 0, "worst_lag": 4}
    said = {"t": 10**12 + 2 * 10**9, **second, "pressure": 0.5}
    (work / "platform.jsonl").write_text(json.dumps(said) + "\n", encoding="utf-8")
    evidence = run.finish()
    assert evidence.probes.rows(named=True) == [probe]
    assert evidence.platform.rows(named=True) == [
        {"t": 2 * SECOND, **second, "pressure": 0.5, "platform": None}
    ]
    assert evidence.platform_requests.height == 0


def test_a_run_killed_within_a_line_of_its_journal_ends_in_it(run: Run) -> None:
    """The end that `rentree clear` writes is not swallowed by the torn line."""
    run.store(1, *whole())
    run.journal.write("note", "said", text="« coupé »")
    path = run.folder / "raw" / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    journal = run.finish("killed").journal
    assert [e["state"] for e in journal if e["event"] == "run"] == ["started", "ended"]
    assert not [e for e in journal if e["event"] == "note"]


def test_people_are_written_as_generated(
    tmp_path: Path, make_profile: Callable[..., Profile]
) -> None:
    """The crowd's due times are stored; a judge never makes them again."""
    members = crowd(make_profile(), seed=1)
    (tmp_path / "raw").mkdir()
    write_people(tmp_path / "raw", members)
    people = Evidence(tmp_path).people
    assert people["index"].to_list() == list(range(len(members)))
    assert people["due"].to_list() == [m.due for m in members]
    assert people["class"].to_list() == [m.class_ for m in members]
    assert people["convened"].to_list() == [m.convened for m in members]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum here")
def test_the_manifest_is_one_that_sha256sum_reads(run: Run) -> None:
    """Anybody can check the seal without us."""
    run.store(1, *whole())
    digest = hashlib.sha256((run.finish().raw / "MANIFEST.sha256").read_bytes()).hexdigest()
    assert digest == run.digest
    command = ["sha256sum", "--check", "--strict", "MANIFEST.sha256"]
    checked = subprocess.run(command, cwd=run.folder / "raw", capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Path.exists, []),
        (
            lambda raw: (raw / "plan.json").write_text("{}", encoding="utf-8"),
            ["raw/plan.json was changed after sealing"],
        ),
        (
            lambda raw: (raw / "samples" / "worker-1.parquet").unlink(),
            ["raw/samples/worker-1.parquet is missing"],
        ),
        (
            lambda raw: (raw / "samples" / "worker-9.parquet").write_bytes(b""),
            ["raw/samples/worker-9.parquet was added after sealing"],
        ),
        (
            lambda raw: (raw / "journal.jsonl").rename(raw / "other.jsonl"),
            ["raw/journal.jsonl is missing", "raw/other.jsonl was added after sealing"],
        ),
        (
            lambda raw: (raw / "MANIFEST.sha256").unlink(),
            ["raw/MANIFEST.sha256 is missing: the run was never sealed"],
        ),
    ],
)
def test_a_broken_seal_is_told(run: Run, change: Callable[[Path], Any], told: list[str]) -> None:
    """A change, a removal, an addition and a missing seal are each found."""
    run.store(1, *whole())
    evidence = run.finish()
    change(evidence.raw)
    assert broken_seals(run.folder) == told


def test_derived_files_are_not_sealed(run: Run) -> None:
    """Judging and reporting again writes beside raw/, which stays intact."""
    run.store(1, *whole())
    run.finish()
    (run.folder / "verdict.json").write_text("{}", encoding="utf-8")
    assert broken_seals(run.folder) == []


def test_tables_keep_their_schema_when_they_are_empty(run: Run) -> None:
    """A judge finds every column in a run that measured nothing."""
    evidence = run.finish("failed")
    assert evidence.samples.height == 0
    assert evidence.samples.schema["done"] == pl.Int64
    assert evidence.monitor.columns == list(MONITOR.names())
