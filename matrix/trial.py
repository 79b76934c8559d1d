"""One run of the matrix: carried out by the real command, in folders of its own, and weighed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matrix.rows import Row, path_of
from trials.run import made


def carry_out(row: Row, folder: Path) -> dict[str, Any]:
    """Make one run and tell: verdict, failing findings, whether it is as it must be."""
    began = time.monotonic()
    words = [path_of("profiles", row.profile), "--sandbox", path_of("sandboxes", row.sandbox)]
    words += ["--defect", row.defect] if row.defect else []
    verdict, attempts = made(words, folder / "run")
    seconds = round(time.monotonic() - began, 1)
    return weigh(row, verdict) | {"attempts": attempts, "id": row.id, "seconds": seconds}


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
