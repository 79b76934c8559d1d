"""The process of a flood, seen from the runner: start it, tell it, hear its figures, end it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from rentree import process
from rentree.errors import RentreeError
from rentree.flood.spec import FloodSpec

_STARTED_S = 15.0  # for it to come up on a busy machine


@dataclass
class FloodProcess:
    """One sender's process, and the last that it said of itself."""

    child: subprocess.Popen[bytes]
    identity: process.Identity
    log: Path
    said: dict[str, int] = field(default_factory=dict)  # until (ns), asked, issued, on_time …
    seen: dict[str, int] = field(default_factory=dict)  # the same at the last look
    ready: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def start(cls, spec: FloodSpec, work: Path, number: str) -> FloodProcess:
        """Start a sender, which waits for its word and dies with us."""
        path, log = work / f"flood-{number}.json", work / f"flood-{number}.log"
        path.write_text(spec.model_dump_json(), encoding="utf-8")
        child = process.start(
            [sys.executable, "-P", "-m", "rentree.flood", str(path)],
            log=log, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        flood = cls(child, process.Identity.of(child.pid), log)
        threading.Thread(target=flood.listen, name=spec.name, daemon=True).start()
        return flood

    def listen(self) -> None:
        """Take what the process says, until it ends."""
        assert self.child.stdout is not None  # noqa: S101  # it was started so
        with contextlib.suppress(ValueError):  # half a line of somebody who died
            for line in self.child.stdout:
                news = json.loads(line)
                if news.pop("ready", False):
                    self.ready.set()
                stopped = news.pop("stopped", False)
                self.said = news or self.said
                if stopped:
                    self.stopped.set()

    def come_up(self) -> None:
        """Wait until it is ready. Raises RentreeError with its last words."""
        until = time.monotonic() + _STARTED_S
        while not self.ready.wait(0.05):
            if self.child.poll() is not None or time.monotonic() > until:
                words = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
                raise RentreeError(f"it does not come up: {words[-1] if words else 'no word'}")

    def tell(self, word: str) -> None:
        """Say a word to the process, if it still listens."""
        assert self.child.stdin is not None  # noqa: S101  # it was started so
        with contextlib.suppress(OSError, ValueError):
            self.child.stdin.write(f"{word}\n".encode())
            self.child.stdin.flush()

    def new(self) -> dict[str, int]:
        """What it has done since the last look; gauges (`held`, `at`) as they are."""
        said, before = self.said, self.seen
        self.seen = said
        gauges = ("held", "at", "until")
        return {k: v - (0 if k in gauges else before.get(k, 0)) for k, v in said.items()}

    def ended(self, grace: float) -> bool:
        """Wait for the process to end by itself, then end it; whether it is gone."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(grace)
        process.stop(self.child, grace=0.5)
        for pipe in (self.child.stdin, self.child.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        return not self.identity.alive()
