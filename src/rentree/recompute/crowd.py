"""The figures that a report prints beside the findings."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

import numpy as np

from .found import Run, is_ok, seconds
from .promised_sessions import levels
from .shares import quantile
from .tables import Rows, among, inside

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def crowd(run: Run) -> dict[str, Any]:
    """People, attempts, outcomes, sessions, lateness, troubles, quantiles of each step."""
    rows = run.folder.samples
    lag = rows["sent"] - rows["due"]
    lag = lag[~np.isnan(lag)]
    done = ~among(rows["outcome"], {"abandoned", "not_sent"})
    return {
        "people": len(run.people),
        "convened": int(np.count_nonzero(run.people["convened"])),
        "attempts": int(np.count_nonzero(done)),
        "outcomes": dict(Counter(rows["outcome"])),
        "peak_signed_in": int(levels(rows, run.folder.window(None))[1].max()),
        "worst_lag": seconds(lag.max()) if len(lag) else None,
        "troubles": _troubles(rows),
        "steps": {s: _step(rows.where(rows["step"] == s)) for s in sorted(set(rows["step"]))},
        "phases": {
            p["name"]: dict(Counter(rows["outcome"][inside(rows["due"], (p["start"], p["end"]))]))
            for p in run.plan["phases"]
        },
        "territories": {
            t: dict(Counter(rows["outcome"][rows["territory"] == t]))
            for t in sorted(set(rows["territory"]))
        },
    }


def _troubles(rows: Rows) -> list[dict[str, Any]]:
    """What went wrong most often, at most ten."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for step, outcome, detail in rows.each("step", "outcome", "detail"):
        if outcome not in ("ok", "abandoned"):
            counts[step, outcome, (json.loads(detail).get("why") or "")[:200]] += 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:10]
    names = ("step", "outcome", "why")
    return [{**dict(zip(names, key, strict=True)), "attempts": n} for key, n in ranked]


def _step(rows: Rows) -> dict[str, Any]:
    first = rows.where((rows["attempt"] == 1) | (rows["outcome"] == "abandoned"))
    first = first.where(first["outcome"] != "not_sent")
    took = np.nan_to_num(first["done"] - first["due"], nan=math.inf)
    waited = np.where(is_ok(first), took, math.inf)
    fine = waited[np.isfinite(waited)]
    return {"first_attempts": len(waited), "ok": len(fine), **_spread(fine), "all": _spread(waited)}


def _spread(waited: Any) -> dict[str, float | None]:
    return {
        name: seconds(quantile(waited, q)) if len(waited) else None for name, q in QUANTILES.items()
    }
