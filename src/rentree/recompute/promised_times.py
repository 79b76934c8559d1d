"""Promises on stretches of the run: slots that are normal, and the way back after a fault."""

from __future__ import annotations

import numpy as np

from .found import Findings, Run, Slo, allowed, figures, grouped, is_ok, name, seconds, through
from .shares import needed
from .tables import SECOND, Rows, inside

LEAST = 20  # attempts without which a slot tells nothing


def available(slo: Slo, run: Run) -> Findings:
    """For how long it was slow or blocked, in whole slots."""
    rows, (start, end) = run.samples, run.window(slo)
    rows = rows.where((rows["outcome"] != "not_sent") & inside(rows["due"], (start, end)))
    found = {}
    for group, here in grouped(slo, rows, run.people):
        bad = 0.0
        for at in np.arange(start, end, slo["slot"]):
            until = min(at + slo["slot"], end)
            slot = here.where(inside(here["due"], (at, until)))
            if len(slot) >= LEAST and not _normal(slo, slot):
                bad += until - at
        measured = seconds(bad) if len(here) else None
        found[name(slo, group)] = figures(measured, len(here), seconds(slo["slow_at_most"]))
    return found


def _normal(slo: Slo, slot: Rows) -> bool:
    """Neither blocked (too few ok at all) nor slow (too few ok in time)."""
    blocked = np.mean(is_ok(slot)) < slo["blocked_below"]
    return not blocked and bool(np.mean(through(slot, slo["slow_above"])) >= slo["normal"])


def recovers(slo: Slo, run: Run) -> Findings:
    """Seconds from the fault's last end to where, for `hold`, it is as promised."""
    faults = run.plan["faults"]
    since = max(f["end"] for f in faults if slo["after"] in (f["name"], f["part_of"]))
    end, rows = run.folder.end, run.samples
    rows = rows.where((rows["outcome"] != "not_sent") & inside(rows["due"], (since, end)))
    within = run.plan["behaviour"]["patience"] if slo["below"] is None else slo["below"]
    good, due = through(rows, within), rows["due"]
    least = needed(allowed(slo)) if allowed(slo) > 0 else 1
    measured = None
    for at in np.arange(since, end - slo["hold"] + 1, SECOND):
        here = inside(due, (at, at + slo["hold"]))
        if np.count_nonzero(here) >= least and np.mean(good[here]) >= slo["share"]:
            measured = seconds(at - since)
            break
    key = name(slo, {}, of=slo["after"])
    return {key: figures(measured, len(rows), seconds(slo["within"]))}
