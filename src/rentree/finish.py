"""From a run's working files to sealed evidence. Used at the end of a run, and by `rentree clear`.

Blocks become Parquet; what a lost worker had begun and never ended becomes `not_sent` (we
cannot say what came of it), so that gate (a) sees how much is missing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from rentree.block import Block, BlockReader
from rentree.evidence import FLOODS, MONITOR, PROBES, SAMPLES, seal
from rentree.journal import Journal, read_journal
from rentree.sample import Sample
from rentree.sandbox.telemetry_tables import platform_table, requests_table


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
    (raw / "samples").mkdir(exist_ok=True)
    monitor: list[tuple[Any, ...]] = []
    for path in sorted(work.glob("worker-*.blocks")):
        blocks, torn = _read(path)
        number = int(path.stem.removeprefix("worker-"))
        rows = _rows(blocks)
        pl.DataFrame(rows, schema=SAMPLES, orient="row").write_parquet(
            raw / "samples" / f"worker-{number}.parquet", compression="zstd"
        )
        monitor += [
            (b.until, b.worker, *(b.monitor.get(name) for name in MONITOR.names()[2:]))
            for b in blocks
        ]
        complete = [b.number for b in blocks] == list(range(len(blocks)))
        sound = bool(blocks) and blocks[-1].end and complete
        if sound and (number, "ended") not in told:
            journal.write("worker", "ended", t=ended, worker=number)
        if not sound and (number, "lost") not in told:
            last = blocks[-1].until if blocks and complete else 0
            reason = "a block is missing" if not complete else f"no end mark, {torn} bytes torn"
            journal.write("worker", "lost", t=ended, worker=number, last_stored=last, why=reason)
    _missing_workers(raw, work, journal, told, ended)
    pl.DataFrame(monitor, schema=MONITOR, orient="row").write_parquet(raw / "monitor.parquet")
    _lines(work / "probes.jsonl", PROBES).write_parquet(raw / "probes.parquet")
    if floods := sorted(work.glob("floods-*.jsonl")):
        table = pl.concat([_lines(path, FLOODS) for path in floods])
        table = table.with_columns((pl.col("t") - t0) // 1000).sort("t", "name")
        table.write_parquet(raw / "floods.parquet")
    if (work / "platform.jsonl").exists():
        platform_table(work, t0).write_parquet(raw / "platform.parquet")
        requests_table(work, t0).write_parquet(raw / "platform_requests.parquet")
    journal.write("run", "ended", t=ended, why=why)
    journal.close()
    digest = seal(folder)
    shutil.rmtree(work)
    return digest


def _read(path: Path) -> tuple[list[Block], int]:
    reader = BlockReader(path)
    blocks = list(reader.new())
    return blocks, reader.torn()


def _rows(blocks: Sequence[Block]) -> list[Sample]:
    """All samples, and as `not_sent` what was begun and never ended."""
    open_rows = {row.seq: row for block in blocks for row in block.opened}
    rows = [row for block in blocks for row in block.samples]
    for row in rows:
        open_rows.pop(row.seq, None)
    lost = json.dumps({"why": "the worker was lost while this was under way", "hops": []})
    rows += [r._replace(outcome="not_sent", sent=None, detail=lost) for r in open_rows.values()]
    return sorted(rows, key=lambda row: row.seq)


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
