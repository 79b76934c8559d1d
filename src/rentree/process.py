"""Child processes that cannot outlive us: spawned, and known by pid *and* start time."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

if sys.platform != "win32":
    import resource

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int) -> None:
    """Ask the kernel for SIGKILL when the parent dies (Linux); call it in the child.

    The signal follows the parent's *thread*: start children from its main thread only.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)


def allow_descriptors() -> None:
    """Let this process open as many descriptors as the system lets it, not the soft limit's few."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def start(
    command: list[str],
    *,
    log: Path,
    stdin: int | IO[Any] | None = subprocess.DEVNULL,
    stdout: int | IO[Any] | None = None,
    env: dict[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own (Ctrl-C reaches us alone) that dies with us.

    Output goes to `log`, unless `stdout` says otherwise.
    """
    parent = os.getpid()
    with log.open("ab") as file:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=stdout if stdout is not None else file,
            stderr=file,
            env={**os.environ, **(env or {})},
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509  # one thread, no locks
        )


def stop(child: subprocess.Popen[bytes], grace: float = 3.0) -> None:
    """End a child that we started: SIGTERM, then SIGKILL after `grace` s; reap it."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()


@dataclass(frozen=True)
class Identity:
    """A process that cannot be confused with a later one of the same pid."""

    pid: int
    started: float  # s since the machine started, as the kernel tells: no clock can move it

    @classmethod
    def of(cls, pid: int) -> Identity:
        """The identity of a living process. Raises psutil.NoSuchProcess."""
        return cls(pid, _started(pid))

    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        try:
            return (
                abs(_started(self.pid) - self.started) < 0.005
                and psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
            )
        except psutil.NoSuchProcess:
            return False

    def kill(self) -> None:
        """SIGKILL it if it is still this very process, and wait until it is gone."""
        if self.alive():
            try:
                process = psutil.Process(self.pid)
                process.kill()
                process.wait(5)
            except (psutil.NoSuchProcess, psutil.TimeoutExpired):
                return


def _started(pid: int) -> float:
    """When a process started. Raises psutil.NoSuchProcess.

    psutil adds the machine's start by the wall clock, which moves when that clock is set.
    """
    if sys.platform != "linux":
        return psutil.Process(pid).create_time()
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        raise psutil.NoSuchProcess(pid) from None
    ticks = int(stat.rpartition(")")[2].split()[19])  # field 22 of proc(5), after the name
    return ticks / os.sysconf("SC_CLK_TCK")
