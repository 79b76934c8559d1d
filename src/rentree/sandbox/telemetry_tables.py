"""The sandbox's telemetry as tables on the run's clock; the parent's part, which knows polars."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from rentree.evidence import PLATFORM, PLATFORM_REQUESTS
from rentree.sandbox.telemetry import REQUESTS, SECONDS


def platform_table(work: Path, t0_ns: int) -> pl.DataFrame:
    """What the sandbox said each second; `t` µs since `t0_ns` of the monotonic clock."""
    return _table(work / SECONDS, PLATFORM, t0_ns)


def requests_table(work: Path, t0_ns: int) -> pl.DataFrame:
    """Every request that the sandbox answered; `t` µs since `t0_ns`, negative before it."""
    return _table(work / REQUESTS, PLATFORM_REQUESTS, t0_ns)


def _table(path: Path, schema: pl.Schema, t0_ns: int) -> pl.DataFrame:
    """Whole lines only: what a process wrote when it was killed may be torn."""
    rows = []
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    frame = pl.from_dicts(rows, schema=schema) if rows else schema.to_frame()
    return frame.with_columns((pl.col("t") - t0_ns) // 1000).sort("t")
