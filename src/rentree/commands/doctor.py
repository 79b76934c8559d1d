"""`rentree doctor`: what this machine can do, and what to do where it cannot."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rentree.echo import Echo, ping_many
from rentree.runs import records
from rentree.state import cache_folder, state_folder
from rentree.toxiproxy.server import locate


@dataclass(frozen=True)
class Found:
    """One thing looked at."""

    what: str
    good: bool
    said: str
    advice: str = ""


def examine() -> Iterator[Found]:
    """Look at each thing in turn; sends nothing but pings to an echo of ours."""
    yield Found(
        "python",
        sys.version_info >= (3, 11),
        sys.version.split()[0],
        "install Python 3.11 or later",
    )
    cpus = os.cpu_count() or 1
    yield Found(
        "processors", cpus >= 2, str(cpus), "load and sandbox need two: expect “non valable”"
    )
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield Found("descriptors", soft >= 4096, f"{soft} a process", "raise it: ulimit -n 20000")
    yield _toxiproxy()
    yield _containers()
    yield _folder("state folder", state_folder())
    yield _folder("cache folder", cache_folder())
    yield _clock()
    yield _wakes()
    yield _echo()
    left = records()
    yield Found("earlier runs", not left, f"{len(left)} not proven clean", "run `rentree clear`")


def _toxiproxy() -> Found:
    path, how = locate()
    return Found(
        "toxiproxy", path is not None or "go" in how.lower(), how, "install Go, or toxiproxy-server"
    )


def _containers() -> Found:
    """Whether a container engine listens; without one only its faults cannot be had."""
    url = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not url.startswith("unix://"):
        return Found("containers", True, f"an engine at {url} (DOCKER_HOST), not asked")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(url.removeprefix("unix://"))
        except OSError as error:
            why = error.strerror or str(error)
            return Found("containers", True, f"no engine ({why}): faults of containers need one")
    return Found("containers", True, f"an engine listens at {url}")


def _folder(name: str, path: Path) -> Found:
    free = shutil.disk_usage(path).free // 2**20
    good = os.access(path, os.W_OK) and free > 500
    return Found(name, good, f"{free} MiB free", "make it writable, with 500 MiB to spare")


def _clock() -> Found:
    steps = [time.monotonic_ns() for _ in range(1000)]
    forward = all(a <= b for a, b in pairwise(steps))
    return Found(
        "monotonic clock",
        forward,
        f"resolution {time.get_clock_info('monotonic').resolution:g} s",
        "",
    )


def _wakes() -> Found:
    """How late this machine wakes a sleeper: what limits the punctuality of arrivals."""
    worst = 0.0
    for _ in range(50):
        before = time.monotonic()
        time.sleep(0.005)
        worst = max(worst, time.monotonic() - before - 0.005)
    return Found(
        "wakes on time",
        worst < 0.05,
        f"at worst {worst * 1000:.1f} ms late",
        "stop what else is running",
    )


def _echo() -> Found:
    with Echo() as echo:
        times = [rtt for rtt in ping_many([echo.address] * 5, 1.0) if rtt is not None]
    said = f"{min(times) / 1000:.2f} ms" if times else "silent"
    return Found(
        "loopback", bool(times) and min(times) < 50_000, said, "loopback is filtered or overloaded"
    )
