"""`capacity.json`: the whole of a search, beside the sealed evidence from which it was judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rentree.capacity.result import Result
from rentree.capacity.rung import Judged
from rentree.evidence import Evidence, sha256, write_json
from rentree.plan import Plan
from rentree.quantity import SECOND
from rentree.words import LANGUAGES

SEARCH = "capacity.json"  # in raw/: what was asked; beside raw/: what was found


def is_search(folder: Path) -> bool:
    """Whether a folder is of a search, so that there is nothing in it to certify."""
    return (folder / "raw" / SEARCH).exists()


def told(result: Result, evidence: Evidence, command: Sequence[str]) -> dict[str, Any]:
    """The result as JSON-ready data. Rates are per second, times in s."""
    found, plan = result.found, evidence.plan
    return {
        "capacity": {
            "holds": found.holds,
            "fails": found.fails,
            "unit": result.unit("en"),
            "step": result.only,
            "steps_per_second": result.steps,
            "sure": found.sure,
            "holds_surely": found.holds_surely,
            "leaks": result.leaks,
            "not_asked": [p.says("en") for p in result.not_asked],
            "why": found.why,
            "trouble": result.trouble,
            "interrupted": result.interrupted,
        },
        "asked_at_peak": result.asked,
        "headroom": result.headroom,
        "at_least": result.at_least,
        "reaches_at_least": result.reaches,
        "exit_code": result.exit_code(),
        "sentences": {lang: result.sentences(lang) for lang in LANGUAGES},
        "took": result.took / SECOND,
        "promises": [{lang: p.says(lang) for lang in LANGUAGES} for p in result.promises],
        "rungs": [_rung(one) for one in result.judged],
        "steps": [
            {"step": c.step, "attempts": c.attempts, "requests": c.requests,
             "median": c.median / SECOND}
            for c in result.costs
        ],
        "profile": plan.profile,
        "platform": _platform(plan),
        "seed": plan.seed,
        "command": list(command),
        "environment": _environment(evidence),
        "evidence": str(evidence.folder),
        "manifest": evidence.manifest,
    }  # fmt: skip


def write_record(folder: Path, data: dict[str, Any]) -> Path:
    """Write it into the folder, with `derived.sha256`, by which `rentree verify` knows it again."""
    path = folder / SEARCH
    write_json(path, data)
    lines = f"# derived from raw/MANIFEST.sha256 {data['manifest']}\n{sha256(path)}  {SEARCH}\n"
    (folder / "derived.sha256").write_text(lines, encoding="utf-8")
    return path


def _rung(judged: Judged) -> dict[str, Any]:
    rung = judged.rung
    return {
        "number": rung.number,
        "rate": rung.rate,
        "outcome": judged.outcome,
        "why": judged.why,
        "begins": rung.begins / SECOND,
        "window": [rung.window.start / SECOND, rung.window.end / SECOND],
        "stopped_early": judged.stopped,
        "offered": judged.offered,
        "ended": judged.ended,
        "through_per_second": judged.through,
        "p95": None if judged.p95 is None else judged.p95 / SECOND,
        "promises": [
            {"promise": kind.promise.says("en"), "broken": kind.broken, "of": kind.of,
             "kept": kind.kept}
            for kind in judged.kinds
        ],
    }  # fmt: skip


def _platform(plan: Plan) -> dict[str, Any]:
    return {
        "sandbox": plan.sandbox,
        "target": plan.target or None,
        "scale": plan.people / plan.people_in_full,
        "clock": plan.clock,
        "notes": plan.notes,
    }


def _environment(evidence: Evidence) -> dict[str, Any]:
    path = evidence.raw / "environment.json"
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data
