"""The one clock of a sandbox."""

from __future__ import annotations

import time


def now_us() -> int:
    """The monotonic clock, µs."""
    return time.monotonic_ns() // 1000
