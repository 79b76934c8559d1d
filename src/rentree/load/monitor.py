"""What one load process costs and how it fares, second by second: the generator watched.

Read from /proc and psutil once a second; at 20,000 descriptors that is 0.1 ms (`/proc/self/fd` says
its size since Linux 6.2; before, its entries are counted).
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Any

import psutil

_DESCRIPTORS = Path("/proc/self/fd")
_MEMORY = Path("/proc/self/statm")
_TCP = Path("/proc/net/snmp")


class Monitor:
    """One process's; ask `second` once a second."""

    def __init__(self) -> None:
        self._worst_lag = self._worst_start = 0  # µs
        self._cpu, self._since = time.process_time(), time.monotonic()
        self._again = _retransmitted()
        self._sent = _through_the_line()

    def woken(self, late: int) -> None:
        """The event loop woke somebody so many µs late."""
        self._worst_lag = max(self._worst_lag, late)

    def started(self, late: int) -> None:
        """Somebody of the crowd was started so many µs after their due time."""
        self._worst_start = max(self._worst_start, late)

    def second(self, people: int) -> dict[str, Any]:
        """The figures since the last call; what this machine cannot tell is None.

        `cpu`: cores of this process. `loop_lag`, `start_lag`: worst, µs. `people`: present now.
        `descriptors`: open now. `memory`: resident, bytes. `retransmitted`: TCP segments of the
        whole machine. `line`: share of its fastest line's speed that the machine used (loopback is
        no line).
        """
        cpu, now = time.process_time(), time.monotonic()
        passed = max(now - self._since, 1e-6)
        again, sent = _retransmitted(), _through_the_line()
        figures = {
            "cpu": (cpu - self._cpu) / passed,
            "loop_lag": self._worst_lag,
            "people": people,
            "start_lag": self._worst_start,
            "descriptors": _descriptors(),
            "memory": _memory(),
            "retransmitted": None if again is None or self._again is None else again - self._again,
            "line": _share(self._sent, sent, passed),
        }
        self._cpu, self._since = cpu, now
        self._again, self._sent = again, sent
        self._worst_lag = self._worst_start = 0
        return figures


def _descriptors() -> int | None:
    with contextlib.suppress(OSError):
        return _DESCRIPTORS.stat().st_size or len(os.listdir(_DESCRIPTORS))  # noqa: PTH208  # quicker
    return None


def _memory() -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(_MEMORY.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return None


def _retransmitted() -> int | None:
    """TCP segments that this machine sent again, since it started."""
    with contextlib.suppress(OSError, ValueError):
        names, values = (
            line.split() for line in _TCP.read_text().splitlines() if line.startswith("Tcp:")
        )
        return int(values[names.index("RetransSegs")])
    return None


def _through_the_line() -> dict[str, tuple[int, int]]:
    """Bytes out and in, by network interface; loopback left out."""
    with contextlib.suppress(OSError):
        counters = psutil.net_io_counters(pernic=True)
        return {n: (c.bytes_sent, c.bytes_recv) for n, c in counters.items() if n != "lo"}
    return {}


def _share(
    before: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]], passed: float
) -> float | None:
    """The busiest direction of the busiest line, as a share of its speed."""
    if not now:
        return None
    speeds = {name: stats.speed for name, stats in psutil.net_if_stats().items()}  # Mbit/s
    shares = [
        max(b - a for a, b in zip(before[name], now[name], strict=True)) * 8 / passed / speed / 1e6
        for name in now.keys() & before.keys()
        if (speed := speeds.get(name, 0)) > 0
    ]
    return max(shares, default=None)
