"""The sandbox's telemetry as tables on the run's clock; the parent's part, which knows polars."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from rentree.evidence import PLATFORM, PLATFORM_REQUESTS
from rentree.sandbox.telemetry import REQUESTS, SECONDS

OWN_FOLDER = "sandbox-"  # and a platform's name: the work folder of a sandbox that plays only it


def told_in(work: Path) -> dict[str, Path]:
    """Platform → the folder in which its sandbox told of itself; "": one that played them all."""
    own = {p.name.removeprefix(OWN_FOLDER): p for p in sorted(work.glob(f"{OWN_FOLDER}*"))}
    return {name: at for name, at in {"": work, **own}.items() if (at / SECONDS).exists()}


def platforms_table(folders: Mapping[str, Path], t0_ns: int) -> pl.DataFrame:
    """The seconds of all; one that plays a platform only says which, in the column `platform`."""
    return _of_all({name: platform_table(at, t0_ns) for name, at in folders.items()})


def all_requests_table(folders: Mapping[str, Path], t0_ns: int) -> pl.DataFrame:
    """The requests of all, likewise."""
    return _of_all({name: requests_table(at, t0_ns) for name, at in folders.items()})


def _of_all(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    parts = [
        table.with_columns(platform=pl.lit(name)) if name else table
        for name, table in tables.items()
    ]
    return pl.concat(parts).sort("t", maintain_order=True)


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
