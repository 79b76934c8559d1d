"""The figures that a report prints beside the findings."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

import numpy as np

from .found import Run, is_ok, seconds
from .promised_sessions import counts_apart, levels
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


def own_checks(run: Run) -> dict[str, dict[str, int]]:
    """The numbers of the checks on the instrument that follow from the tables."""
    rows, found = run.folder.samples, {"conservation": _conserved(run)}
    platform = run.folder.table("platform")
    apart, of, peak = counts_apart(platform, run, run.folder.window(None), 0.05)
    if of:
        found["sessions"] = {"apart": apart, "seconds": of, "peak": peak}
    requests = run.folder.table("platform_requests")
    ours = [trace for trace in rows["request_id"][is_ok(rows)] if trace]
    theirs = {trace for trace in requests["trace"] if trace is not None} if requests else set()
    if ours and theirs:
        found["requests"] = {"tried": len(ours), "seen": sum(trace in theirs for trace in ours)}
    return found


def _conserved(run: Run) -> dict[str, int]:
    """Everybody who was due, in the first class that fits: not sent, left, done, still in."""
    rows, people = run.folder.samples, list(run.people["person"])
    classes = {
        "not_sent": rows["outcome"] == "not_sent",
        "left": rows["outcome"] == "abandoned",
        "done": rows["step"] == "sign out",
        "still_in": np.ones(len(rows), dtype=bool),
    }
    members = {word: set(rows["person"][mask]) for word, mask in classes.items()}
    became = Counter(
        next((word for word, who in members.items() if person in who), "without")
        for person in people
    )
    numbers = {word: became.get(word, 0) for word in (*classes, "without")}
    return {"due": len(people), "twice": len(people) - len(set(people)), **numbers}


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
