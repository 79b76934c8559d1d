"""One run of the matrix: carried out by the real command, in folders of its own, and weighed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matrix.rows import Row, path_of

COMMAND = [sys.executable, "-m", "rentree", "run"]
AGAIN = 3  # times at most that a run is made, while it says that this machine was not fit for it
GATES = {"a", "d", "e", "g"}  # of our own lateness and starvation


def carry_out(row: Row, folder: Path) -> dict[str, Any]:
    """Make one run and tell: verdict, failing findings, whether it is as it must be.

    A run that says itself that our own instrument was not fit is made again.
    """
    told: dict[str, Any] = {}
    began = time.monotonic()
    for attempt in range(1, AGAIN + 1):
        verdict = _run(row, folder / "run")
        told = weigh(row, verdict) | {"attempts": attempt}
        gates = {window["gate"] for window in verdict.get("invalid", [])}
        if verdict.get("decision") not in ("invalid", "undecided") or not gates & GATES:
            break
    return told | {"id": row.id, "seconds": round(time.monotonic() - began, 1)}


def weigh(row: Row, verdict: Mapping[str, Any]) -> dict[str, Any]:
    """Whether a verdict is what the row says: named by its finding, or nothing failing."""
    findings = verdict.get("findings", [])
    failed = [f["id"] for f in findings if f["decision"] == "fail"]
    decision = str(verdict.get("decision", "none"))
    named = any(name == row.finding or name.startswith(f"{row.finding}/") for name in failed)
    right = (decision == "fail" and named) if row.defect else not failed and decision == "pass"
    alarm = not row.defect and decision == "fail"
    others = [f"{f['id']}: {f['decision']}" for f in findings if f["decision"] != "pass"]
    return {
        "verdict": decision, "failed": failed, "right": right, "false_alarm": alarm,
        "not_passed": others, "why": verdict.get("why", ""),
    }  # fmt: skip


def _run(row: Row, folder: Path) -> dict[str, Any]:
    shutil.rmtree(folder, ignore_errors=True)
    words = [path_of("profiles", row.profile), "--sandbox", path_of("sandboxes", row.sandbox)]
    words += ["--defect", row.defect] if row.defect else []
    env = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "NO_COLOR": "1"}
    done = subprocess.run(
        [*COMMAND, *words, "--evidence", str(folder / "evidence"), "--report", "json"],
        env=env, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    found = sorted((folder / "evidence").glob("*/verdict.json"))
    if not found:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return {"decision": "none", "why": f"exit {done.returncode}: {last}"}
    verdict: dict[str, Any] = json.loads(found[-1].read_text(encoding="utf-8"))
    return verdict
