"""The figures that reports print beside the verdict, JSON-ready; nothing is decided by them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl

from rentree.evidence import Evidence
from rentree.judge.sessions import level
from rentree.judge.statistics import quantile
from rentree.judge.unfit import inside
from rentree.quantity import SECOND

_TRIED = ["step", "outcome", "attempt", "due", "done"]
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def figures(evidence: Evidence) -> dict[str, Any]:
    """People, attempts, outcomes, sessions, our lateness, troubles, quantiles of each step.

    Times in seconds. `steps` are quantiles over first attempts that were ok, unlike the findings,
    where what was not ok counts as longer than any limit; `all` holds that other reading, with
    "inf" where it is beyond every limit.
    """
    samples, plan = evidence.judged, evidence.plan
    attempts = samples.select("outcome").filter(~pl.col("outcome").is_in(["abandoned", "not_sent"]))
    lag = samples.select((pl.col("sent") - pl.col("due")).max()).item()
    return {
        "people": evidence.people.height,
        "convened": int(evidence.people["convened"].sum()),
        "attempts": attempts.height,
        "outcomes": _outcomes(samples),
        "peak_signed_in": level(samples, plan.window(None)).peak,
        "worst_lag": None if lag is None else lag / SECOND,
        "troubles": _troubles(samples),
        "steps": {
            step: _step(rows)
            for (step,), rows in sorted(
                samples.select(_TRIED).partition_by("step", as_dict=True).items()
            )
        },
        "phases": {
            phase.name: _outcomes(
                samples.select("due", "outcome").filter(inside("due", phase.span))
            )
            for phase in plan.phases
        },
        "territories": {
            name: _counted(rows)
            for (name,), rows in sorted(
                samples.group_by("territory", "outcome")
                .len()
                .partition_by("territory", as_dict=True)
                .items()
            )
        },
    }


def _troubles(samples: pl.DataFrame) -> list[dict[str, Any]]:
    """What went wrong most often, as the samples' own words have it: at most ten."""
    bad = samples.filter(~pl.col("outcome").is_in(["ok", "abandoned"]))
    why = pl.col("detail").str.json_path_match("$.why").fill_null("").str.slice(0, 200)
    counts = bad.group_by("step", "outcome", why.alias("why")).len("attempts")
    return counts.sort(["attempts", "step", "outcome", "why"], descending=[True] + [False] * 3)[
        :10
    ].to_dicts()


def _outcomes(samples: pl.DataFrame) -> dict[str, int]:
    return _counted(samples.group_by("outcome").len())


def _counted(counts: pl.DataFrame) -> dict[str, int]:
    rows = counts.select("outcome", "len").sort("outcome")
    return {str(name): int(count) for name, count in rows.iter_rows()}


def _step(rows: pl.DataFrame) -> dict[str, Any]:
    tried = rows.filter(pl.col("outcome") != "not_sent")
    first = tried.filter((pl.col("attempt") == 1) | (pl.col("outcome") == "abandoned"))
    ok = first.filter(pl.col("outcome") == "ok", pl.col("done").is_not_null())
    waited = (ok["done"] - ok["due"]).cast(pl.Float64).to_numpy()
    everything = np.concatenate([waited, np.full(first.height - ok.height, np.inf)])
    return {
        "first_attempts": first.height,
        "ok": ok.height,
        **{name: _seconds(waited, q) for name, q in QUANTILES.items()},
        "all": {name: _seconds(everything, q) for name, q in QUANTILES.items()},
    }


def _seconds(values: np.ndarray[Any, np.dtype[np.float64]], q: float) -> float | str | None:
    if len(values) == 0:
        return None
    value = quantile(values, q) / SECOND
    return "inf" if math.isinf(value) else value
