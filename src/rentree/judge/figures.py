"""The figures that reports print beside the verdict, JSON-ready; nothing is decided by them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl

from rentree.evidence import Evidence
from rentree.judge.own_checks import own_checks
from rentree.judge.sessions import level
from rentree.judge.statistics import quantiles
from rentree.judge.unfit import inside
from rentree.quantity import SECOND

_NO_ATTEMPTS = ("abandoned", "not_sent")
_TRIED = ["step", "outcome", "attempt", "due", "done"]
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def figures(evidence: Evidence) -> dict[str, Any]:
    """People, attempts, outcomes, sessions, our lateness, troubles, quantiles of each step.

    Times in seconds. `steps` are quantiles over first attempts that were ok, unlike the findings,
    where what was not ok counts as longer than any limit; `all` holds that other reading, with
    "inf" where it is beyond every limit. `own_checks`: what speaks for our own instrument.
    """
    samples, plan = evidence.judged, evidence.plan
    by_place = samples.group_by("territory", "outcome").len()
    outcomes = _counted(by_place.group_by("outcome").agg(pl.col("len").sum()))
    lag = samples.select((pl.col("sent") - pl.col("due")).max()).item()
    return {
        "people": evidence.people.height,
        "convened": int(evidence.people["convened"].sum()),
        "attempts": sum(n for name, n in outcomes.items() if name not in _NO_ATTEMPTS),
        "outcomes": outcomes,
        "peak_signed_in": level(samples, plan.window(None)).peak,
        "worst_lag": None if lag is None else lag / SECOND,
        "troubles": _troubles(samples),
        "steps": {step: _step(rows) for step, rows in _named(samples.select(_TRIED), "step")},
        "phases": {
            phase.name: _outcomes(
                samples.select("due", "outcome").filter(inside("due", phase.span))
            )
            for phase in plan.phases
        },
        "territories": {name: _counted(rows) for name, rows in _named(by_place, "territory")},
        "own_checks": own_checks(evidence),
    }


def _named(rows: pl.DataFrame, column: str) -> list[tuple[str, pl.DataFrame]]:
    """The rows of each value of a column, by its name, sorted."""
    parts = rows.partition_by(column, as_dict=True)
    return sorted(((str(name), part) for (name,), part in parts.items()), key=lambda p: p[0])


def _troubles(samples: pl.DataFrame) -> list[dict[str, Any]]:
    """What went wrong most often, as the samples' own words have it: at most ten."""
    words = pl.col("step", "outcome").cast(pl.String)  # in the alphabet's order everywhere
    bad = samples.filter(~pl.col("outcome").is_in(["ok", "abandoned"])).with_columns(words)
    why = pl.col("detail").str.json_path_match("$.why").fill_null("").str.slice(0, 200)
    counts = bad.group_by("step", "outcome", why.alias("why")).len("attempts")
    return counts.sort(["attempts", "step", "outcome", "why"], descending=[True] + [False] * 3)[
        :10
    ].to_dicts()


def _outcomes(samples: pl.DataFrame) -> dict[str, int]:
    return _counted(samples.group_by("outcome").len())


def _counted(counts: pl.DataFrame) -> dict[str, int]:
    rows = counts.select(pl.col("outcome").cast(pl.String), "len").sort("outcome")
    return {str(name): int(count) for name, count in rows.iter_rows()}


def _step(rows: pl.DataFrame) -> dict[str, Any]:
    first = (pl.col("attempt") == 1) | (pl.col("outcome") == "abandoned")
    ok = (pl.col("outcome") == "ok") & pl.col("done").is_not_null()
    took = pl.when(ok).then(pl.col("done") - pl.col("due")).cast(pl.Float64)
    tried = rows.lazy().filter(pl.col("outcome") != "not_sent", first)
    waited = tried.select(took.fill_null(np.inf).alias("s")).collect()["s"].to_numpy()
    fine = waited[np.isfinite(waited)]
    return {
        "first_attempts": len(waited),
        "ok": len(fine),
        **_seconds(fine),
        "all": _seconds(waited),
    }


def _seconds(values: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, float | str | None]:
    if len(values) == 0:
        return dict.fromkeys(QUANTILES)
    found = [value / SECOND for value in quantiles(values, QUANTILES.values())]
    told = ["inf" if math.isinf(value) else value for value in found]
    return dict(zip(QUANTILES, told, strict=True))
