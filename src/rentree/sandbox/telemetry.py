"""What the sandbox says of itself: a line a second, and a line for each request that it answered.

`platform.jsonl` and `platform_requests.jsonl` in the work folder; `t` is the monotonic clock in
ns, which the parent of the run shares. Turned into tables by `rentree.sandbox.telemetry_tables`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

SECONDS = "platform.jsonl"
REQUESTS = "platform_requests.jsonl"
FORGERIES = "platform_forgeries.jsonl"
_NOTED = 1_000  # of them: whoever floods us with more does not fill the disk
CHANGES = "platform_changes.jsonl"  # what was set while it ran
LATE = 100_000  # µs: a step whose capacity clock woke later than this counts as late

_TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_PRESSURE = Path("/proc/pressure/cpu")


def trace_id(traceparent: str) -> str:
    """The trace-id of a W3C `traceparent`, or "" when it is none."""
    found = _TRACE.fullmatch(traceparent)
    return found[1] if found else ""


def cpu_pressure() -> float:
    """The share of the last 10 s, %, in which some task waited for a processor; 0.0 if untold."""
    try:
        some = _PRESSURE.read_text(encoding="ascii").partition("avg10=")[2]
        return float(some.split()[0])
    except (OSError, ValueError, IndexError):
        return 0.0


class Telemetry:
    """Counts steps and buffers requests between two `write`s."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self.forged = 0  # tickets and assertions that were none, or were used before
        self.steps_in_all = 0
        self.late_in_all = 0
        self._steps = self._late = self._worst = 0  # of this second
        self._lines: list[str] = []
        self._seconds = _append_to(work / SECONDS)
        self._requests = _append_to(work / REQUESTS)

    def step(self, lag: int) -> None:
        """Count one reserved request whose clock woke `lag` µs late."""
        self._steps += 1
        self.steps_in_all += 1
        self._late += lag > LATE
        self.late_in_all += lag > LATE
        self._worst = max(self._worst, lag)

    def request(
        self,
        *,
        t: int,
        trace: str,
        mark: str,
        method: str,
        path: str,
        status: int,
        took: int,
        address: str = "",
    ) -> None:
        """Keep one answered request; `t` monotonic ns at its arrival, `took` µs."""
        row = {"t": t, "trace": trace, "mark": mark, "method": method, "path": path}
        row |= {"status": status, "took": took, "address": address}
        self._lines.append(json.dumps(row) + "\n")

    def changed(self, changes: Mapping[str, str | None]) -> None:
        """Write what was set just now; `t` monotonic ns."""
        with (self._work / CHANGES).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"t": time.monotonic_ns(), "set": dict(changes)}) + "\n")

    def forgery(self, what: str, address: str) -> None:
        """Count a ticket or a proof that was none, or was used; note the first ones."""
        self.forged += 1
        if self.forged <= _NOTED:
            with (self._work / FORGERIES).open("a", encoding="utf-8") as file:
                row = {"t": time.monotonic_ns(), "what": what[:200], "address": address}
                file.write(json.dumps(row) + "\n")

    def write(self, t: int, *, sessions: int, waiting: int) -> None:
        """Write the second that ends now (`t` monotonic ns) and every request since the last."""
        second = {
            "t": t,
            "sessions": sessions,
            "waiting": waiting,
            "steps": self._steps,
            "late_steps": self._late,
            "worst_lag": self._worst,
            "pressure": cpu_pressure(),
        }
        self._steps = self._late = self._worst = 0
        lines, self._lines = self._lines, []
        self._seconds.write(json.dumps(second) + "\n")
        self._requests.write("".join(lines))
        self._seconds.flush()
        self._requests.flush()

    def close(self) -> None:
        """Close both files."""
        self._seconds.close()
        self._requests.close()


def _append_to(path: Path) -> IO[str]:
    file = path.open("a", encoding="utf-8")
    # A process that was killed may have left half a line: end it, so that ours begin anew.
    if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
        file.write("\n")
    return file
