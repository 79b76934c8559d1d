"""The guard: the process that a user starts, which outlives the run and undoes what it left.

`rentree run` is two processes. The guard starts the runner and waits. All that the runner starts
dies with it, by the kernel's word, or falls to the guard, who is their next of kin (a subreaper).
A runner that dies, hangs, or is interrupted twice is ended, what it left is undone and proven so,
and its evidence is closed and judged. A guard that dies is noticed by the runner, which ends the
run in order, faults first.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

import psutil
from rich.console import Console

from rentree import lifeline
from rentree.lease import Lease
from rentree.process import Identity

HURRY = (
    30.0  # s without a sign of life while load and faults are on: a Toxiproxy that hangs takes 10
)
CLOSING = 90.0  # s, while faults are cleared and the evidence is closed
_HARNESS_BROKE, _INTERRUPTED = 4, 130
_TICK = 0.1  # s
_PR_SET_CHILD_SUBREAPER = 36
_LENGTHS = {lifeline.HURRY: HURRY, lifeline.CLOSING: CLOSING, lifeline.END: None}


def wanted(words: Sequence[str]) -> bool:
    """Whether this command line is a run that nobody guards yet (Linux only)."""
    return (
        sys.platform == "linux"
        and list(words[:1]) in (["run"], ["capacity"], ["study"])
        and "--help" not in words
        and lifeline.VARIABLE not in os.environ
    )


def guard(words: Sequence[str]) -> int:
    """Run `rentree WORDS` under guard; returns the exit code."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    hear, speak = os.pipe()
    os.set_blocking(hear, False)
    env = {**os.environ, lifeline.VARIABLE: f"{speak},{os.getpid()}"}
    command = [sys.executable, "-P", "-m", "rentree", *words]
    with _Signals() as signals:
        # In a session of its own: Ctrl-C comes to us, and we pass it on.
        child = subprocess.Popen(command, env=env, pass_fds=(speak,), start_new_session=True)
        runner = Identity.of(child.pid)
        os.close(speak)
        signals.pass_to(child)
        why = _wait(child, hear, signals)
    os.close(hear)
    if not why and child.returncode >= 0:
        return child.returncode
    why = why or f"the runner was killed by signal {-child.returncode}"
    return _mend(runner, why, interrupted=signals.seen > 0)


class _Signals:
    """Ctrl-C and the like: the first goes to the runner, the second is for us."""

    _PASSED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.seen = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> _Signals:
        self._before = {number: signal.signal(number, self._handle) for number in self._PASSED}
        # Stopped by Ctrl-Z we could not guard, and load would go on.
        self._before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def pass_to(self, child: subprocess.Popen[bytes]) -> None:
        """From now on there is somebody to pass the first one to."""
        self._child = child
        if self.seen:
            child.send_signal(signal.SIGINT)

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        self.seen += 1
        if self.seen == 1 and self._child is not None:
            self._child.send_signal(signal.SIGINT)


def _wait(child: subprocess.Popen[bytes], hear: int, signals: _Signals) -> str:
    """Wait for the runner's end; why we had to end it, empty when it ended by itself."""
    lease: Lease | None = None
    why = ""
    while child.poll() is None:
        with contextlib.suppress(BlockingIOError):
            if select.select([hear], [], [], _TICK)[0]:
                if not (heard := os.read(hear, 4096)):
                    time.sleep(_TICK)  # its end of the line is closed: it is ending
                lease = _renewed(lease, heard)
        if signals.seen > 1:
            why = "interrupted twice: ended by the guard"
        elif lease is not None and lease.over(time.monotonic()):
            why = f"the runner hung ({lease.length:g} s without a sign of life) and was ended"
        if why:
            child.kill()
            child.wait()
    return why


def _renewed(lease: Lease | None, heard: bytes) -> Lease | None:
    now = time.monotonic()
    for number in heard:
        word = bytes([number])
        if word in _LENGTHS:
            length = _LENGTHS[word]
            lease = None if length is None else Lease(now, length)
    if lease is not None and heard:
        lease.heard(now)
    return lease


def _mend(runner: Identity, why: str, *, interrupted: bool) -> int:
    """Undo what a dead runner left, say so in its evidence, and judge that."""
    console = Console(stderr=True)
    ended = _end_orphans()
    console.print(f"the guard takes over: {why}", markup=False, highlight=False, soft_wrap=True)
    from rentree.commands.certify import clear_after  # noqa: PLC0415  # heavy, and seldom needed

    clear_after(runner, why, ended, Console())
    return _INTERRUPTED if interrupted else _HARNESS_BROKE


def _end_orphans(within_s: float = 5.0) -> list[int]:
    """Kill all that is left of the run's processes: by now they are children of ours."""
    ended: set[int] = set()
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        left = psutil.Process().children(recursive=True)
        if not left:
            break
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.status() != psutil.STATUS_ZOMBIE:
                    process.kill()
                    ended.add(process.pid)
        time.sleep(0.02)
    return sorted(ended)
