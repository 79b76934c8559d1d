"""What the run cost our own load processes, for a reader: each one's worst seconds. Pure."""

from __future__ import annotations

from typing import Any

import polars as pl

from rentree.evidence import Evidence


def strain(evidence: Evidence) -> list[dict[str, Any]]:
    """A row a worker; what the evidence does not tell is None.

    `cpu`: cores. `loop_lag`, `start_lag`: µs. `descriptors`. `memory`: bytes. `line`: share of its
    speed. Each is the worst second's. `retransmitted`: TCP segments of the whole machine, in all.
    """
    worst = [
        pl.col(name).max()
        for name in ("cpu", "loop_lag", "start_lag", "descriptors", "memory", "line")
    ]
    total = pl.when(pl.col("retransmitted").count() > 0).then(pl.col("retransmitted").sum())
    rows = evidence.monitor.group_by("worker").agg(*worst, retransmitted=total)
    return rows.sort("worker").to_dicts()
