"""One run of the replay: carried out by the real command, and weighed against what is declared."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from replay.rows import Row
from trials.run import made

_OVERHEAD = 180  # s at most, beside three times its phases, before a run is given up


class Weighed(NamedTuple):
    """Whether it came as declared, and by which findings."""

    right: bool
    by: list[str]  # ids of findings of that decision, those named first; of a mere pass: none


def carry_out(row: Row, folder: Path) -> dict[str, Any]:
    """Make one run and tell: its decision, each finding's, and what did not pass in words."""
    began = time.monotonic()
    verdict, attempts = made(row.words(), folder / "run", 3 * row.seconds + _OVERHEAD)
    findings = verdict.get("findings", [])
    return {
        "key": row.key,
        "decision": str(verdict.get("decision", "none")),
        "findings": {f["id"]: f["decision"] for f in findings},
        "said": [
            f"{f['id']}: {f['decision']}, {f['measured_text'].get('en', '')}"
            for f in findings
            if f["decision"] != "pass"
        ],
        "why": verdict.get("why", ""),
        "attempts": attempts,
        "on": datetime.now(UTC).date().isoformat(),
        "seconds": round(time.monotonic() - began, 1),
    }


def weigh(expected: str, named_by: str, decision: str, findings: Mapping[str, str]) -> Weighed:
    """Whether a run came as declared.

    `findings`: id → decision. As declared is the decision that was expected, and, where a finding
    is named, one whose id begins so has that decision.
    """
    same = [name for name, its in findings.items() if its == decision]
    named = [name for name in same if name.startswith(named_by)]
    right = decision == expected and (bool(named) or not named_by)
    if decision == "pass" and not named_by:
        return Weighed(right, [])
    return Weighed(right, named or same)
