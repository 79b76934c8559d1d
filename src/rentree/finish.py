"""From a run's working files to sealed evidence. Used at the end of a run, and by `rentree clear`.

Blocks become Parquet, a file for every so many rows, so that a long run needs no more memory than a
short one; what a lost worker had begun and never ended becomes `not_sent` (we
cannot say what came of it), so that gate (a) sees how much is missing.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from rentree.block import BlockReader
from rentree.evidence import FLOODS, MONITOR, PROBES, SAMPLES, seal
from rentree.journal import Journal, read_journal
from rentree.ledger import READS, rows_of
from rentree.ledger import table as ledger_table
from rentree.sample import Sample
from rentree.sandbox.telemetry_tables import all_requests_table, platforms_table, told_in

SEGMENT = 500_000  # rows of one file


def finish(folder: Path, *, t0: int, why: str, ended: int) -> str:
    """Turn `work/` into Parquet, close the journal with `why`, seal, and return the digest.

    `t0` is ns of the monotonic clock, `ended` µs of the run.
    """
    raw, work = folder / "raw", folder / "work"
    journal = Journal(raw / "journal.jsonl", lambda: ended)
    told = {
        (entry["worker"], entry["state"])
        for entry in read_journal(raw / "journal.jsonl")
        if entry["event"] == "worker"
    }
    written = rows_of(work)
    for number, rows in written.items():
        (raw / "ledger").mkdir(exist_ok=True)
        ledger_table(rows).write_parquet(raw / "ledger" / f"worker-{number}.parquet")
    if (work / "reads.jsonl").exists():
        _lines(work / "reads.jsonl", READS).write_parquet(raw / "reads.parquet")
    monitor: list[tuple[Any, ...]] = []
    for path in sorted(work.glob("worker-*.blocks")):
        number = int(path.stem.removeprefix("worker-"))
        found = _store(path, raw / "samples" / f"worker-{number}")
        monitor += found.monitor
        count = {"rows": found.rows, "writes": len(written.get(number, []))}
        journal.write("worker", "stored", t=ended, worker=number, **count)
        complete = found.numbers == list(range(len(found.numbers)))
        sound = found.end and complete
        if sound and (number, "ended") not in told:
            journal.write("worker", "ended", t=ended, worker=number)
        if not sound and (number, "lost") not in told:
            last = found.until if complete else 0
            torn = f"no end mark, {found.torn} bytes torn"
            reason = torn if complete else "a block is missing"
            journal.write("worker", "lost", t=ended, worker=number, last_stored=last, why=reason)
    _missing_workers(raw, work, journal, told, ended)
    pl.DataFrame(monitor, schema=MONITOR, orient="row").write_parquet(raw / "monitor.parquet")
    _lines(work / "probes.jsonl", PROBES).write_parquet(raw / "probes.parquet")
    if floods := sorted(work.glob("floods-*.jsonl")):
        table = pl.concat([_lines(path, FLOODS) for path in floods])
        table = table.with_columns((pl.col("t") - t0) // 1000).sort("t", "name")
        table.write_parquet(raw / "floods.parquet")
    if folders := told_in(work):
        platforms_table(folders, t0).write_parquet(raw / "platform.parquet")
        all_requests_table(folders, t0).write_parquet(raw / "platform_requests.parquet")
    journal.write("run", "ended", t=ended, why=why)
    journal.close()
    digest = seal(folder)
    shutil.rmtree(work)
    return digest


@dataclass
class _Found:
    """What a worker's blocks hold beside its samples."""

    rows: int = 0  # samples that were written
    numbers: list[int] = field(default_factory=list)  # of the blocks
    monitor: list[tuple[Any, ...]] = field(default_factory=list)
    until: int = 0  # µs: all that ended before is stored
    end: bool = False  # the end mark
    torn: int = 0  # bytes behind the last whole block


def _store(path: Path, stem: Path) -> _Found:
    """All samples, and as `not_sent` what was begun and never ended, a segment a file."""
    reader, found, files = BlockReader(path), _Found(), 0
    under_way: dict[int, Sample] = {}
    rows: list[Sample] = []
    for block in reader.new():
        under_way.update((row.seq, row) for row in block.opened)
        for row in block.samples:
            under_way.pop(row.seq, None)
        rows += block.samples
        told = (block.monitor.get(name) for name in MONITOR.names()[2:])
        found.monitor.append((block.until, block.worker, *told))
        found.numbers.append(block.number)
        found.until, found.end = block.until, block.end
        if len(rows) >= SEGMENT:
            found.rows += _write(rows, stem, files)
            rows, files = [], files + 1
    lost = json.dumps({"why": "the worker was lost while this was under way", "hops": []})
    rows += [r._replace(outcome="not_sent", sent=None, detail=lost) for r in under_way.values()]
    if rows or not files:
        found.rows += _write(rows, stem, files)
    found.torn = reader.torn()
    return found


def _write(rows: list[Sample], stem: Path, number: int) -> int:
    """Write a segment; returns how many rows it has."""
    ordered = sorted(rows, key=lambda row: row.seq)
    path = stem.with_name(f"{stem.name}-{number:03}.parquet" if number else f"{stem.name}.parquet")
    path.parent.mkdir(exist_ok=True)
    frame = pl.DataFrame(ordered, schema=SAMPLES, orient="row")
    frame.write_parquet(path, compression="zstd")
    return frame.height


def _missing_workers(
    raw: Path, work: Path, journal: Journal, told: set[tuple[int, str]], ended: int
) -> None:
    """A worker that died before its first block left no file at all."""
    plan = json.loads((raw / "plan.json").read_text(encoding="utf-8"))
    for number in range(1, plan["workers"] + 1):
        if (number, "lost") not in told and not (work / f"worker-{number}.blocks").exists():
            journal.write(
                "worker", "lost", t=ended, worker=number, last_stored=0, why="stored nothing"
            )


def _lines(path: Path, schema: pl.Schema) -> pl.DataFrame:
    """A file of JSON lines as a table."""
    rows = []
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:  # the last line of a run that was killed
            continue
    return pl.DataFrame(rows, schema=schema, orient="row")
