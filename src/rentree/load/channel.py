"""A remote worker's talk with the master, by question and answer, and its lines to the user."""

from __future__ import annotations

import sys
import time
from typing import Any

from gevent.queue import Empty, Queue
from locust.runners import WorkerRunner

from rentree.errors import UsageError

ANSWER = 15.0  # s for an answer of the master's


class Channel:
    """The messages that we get, by their names; the node at the other end is the master."""

    def __init__(self, runner: WorkerRunner, *names: str) -> None:
        self._runner = runner
        self._got: Queue[tuple[str, dict[str, Any]]] = Queue()
        for name in names:
            runner.register_message(f"rentree-{name}", self._take)

    def send(self, name: str, **data: Any) -> None:
        """Send one."""
        self._runner.send_message(f"rentree-{name}", data)

    def ask(self, name: str, *answers: str, **data: Any) -> dict[str, Any]:
        """Send one and wait for an answer of these names.

        Raises:
            UsageError: we were refused, or nobody answered.
        """
        self.send(name, **data)
        until = time.monotonic() + ANSWER
        while (left := until - time.monotonic()) > 0:
            try:
                kind, told = self._got.get(timeout=left)
            except Empty:
                break
            if kind == "rentree-refused":
                raise UsageError(f"refused: {told['why']}")
            if kind.removeprefix("rentree-") in answers:
                return told
        raise UsageError(
            f"no answer within {ANSWER:.0f} s: is that the port of a run with --remote-workers?"
        )

    def _take(self, environment: Any, msg: Any, **_: Any) -> None:
        self._got.put((msg.type, msg.data))


def say(text: str) -> None:
    """One line to the user."""
    sys.stdout.write(f"· {text}\n")
    sys.stdout.flush()
