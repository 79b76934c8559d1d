"""The process of a line as the injector has it: started, told, listened to, ended."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from rentree import process
from rentree.errors import RentreeError
from rentree.fault import Address
from rentree.line.spec import LineSpec

_STARTED_S = 15.0  # to come up on a busy machine
_TOLD_S = 2.0  # to say that it is as it was told
_SILENT_NS = 1_000_000_000  # without news for so long it is not seen


class Running:
    """One relay; it dies with us. Make it in the main thread only."""

    def __init__(self, spec: LineSpec, work: Path, number: int) -> None:
        path = work / f"line-{number}.json"
        self._name, self._log = spec.name, work / f"line-{number}.log"
        path.write_text(spec.model_dump_json(), encoding="utf-8")
        self._child = process.start(
            [sys.executable, "-P", "-m", "rentree.line", str(path)],
            log=self._log, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self.identity = process.Identity.of(self._child.pid)
        self._news = threading.Condition()
        self.said: dict[str, Any] = {}
        self.listeners: list[Address] = []
        threading.Thread(target=self._listen, name=spec.name, daemon=True).start()

    def __str__(self) -> str:
        return f"the line “{self._name}” (pid {self.identity.pid})"

    def come_up(self) -> None:
        """Wait until it listens. Raises RentreeError with its last words."""
        if not self._wait(lambda: bool(self.listeners), _STARTED_S):
            words = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
            raise RentreeError(f"{self} does not come up: {words[-1] if words else 'no word'}")

    def limit(self, limited: bool) -> bool:
        """Have the limits begin or end; whether it says so."""
        since = time.monotonic_ns()
        self._tell("on" if limited else "off")
        return self._wait(
            lambda: self.said.get("on") is limited and self.said["until"] >= since, _TOLD_S
        )

    @property
    def late_us(self) -> int:
        """How late it was in the last second, by its own or this machine's fault."""
        return int(self.said.get("late", 0))

    @property
    def silent(self) -> bool:
        """Whether it has not been heard of for too long."""
        return time.monotonic_ns() - int(self.said.get("until", 0)) > _SILENT_NS

    @property
    def dead(self) -> bool:
        """Whether it has ended: nothing passes, and nothing is in force."""
        return self._child.poll() is not None

    def last_words(self) -> str:
        """“: MemoryError”, when it wrote something before it ended."""
        with contextlib.suppress(OSError):
            lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            return f": {lines[-1][:200]}" if lines else ""
        return ""

    def stop(self) -> bool:
        """End it, by force if need be; whether it is gone."""
        self._tell("stop")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(1.0)
        process.stop(self._child, grace=0.5)
        for pipe in (self._child.stdin, self._child.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        return not self.identity.alive()

    def _listen(self) -> None:
        assert self._child.stdout is not None  # noqa: S101  # it was started so
        with contextlib.suppress(ValueError, OSError):  # half a line of somebody who died
            for line in self._child.stdout:
                news = json.loads(line)
                with self._news:
                    if news.pop("ready", False):
                        self.listeners = [(h, p) for h, p in news.pop("listeners")]
                    self.said = news
                    self._news.notify_all()

    def _wait(self, wanted: Any, within_s: float) -> bool:
        end = time.monotonic() + within_s
        with self._news:
            while not wanted():
                left = end - time.monotonic()
                if left <= 0 or self.dead:
                    return False
                self._news.wait(min(left, 0.1))
        return True

    def _tell(self, word: str) -> None:
        assert self._child.stdin is not None  # noqa: S101  # it was started so
        with contextlib.suppress(OSError, ValueError):
            self._child.stdin.write(f"{word}\n".encode())
            self._child.stdin.flush()
