"""Carries a remote worker's blocks from its outbox to the master."""

from __future__ import annotations

import time
from typing import Any

import gevent
from locust.runners import WorkerRunner

from rentree.load.outbox import Outbox

BEAT = 0.1  # s between looks at what is to be sent


class Courier:
    """Carries the blocks of the outbox to the master."""

    def __init__(self, runner: WorkerRunner, outbox: Outbox) -> None:
        self._runner, self._outbox = runner, outbox
        runner.register_message("rentree-ack", self._acknowledged)

    def carry(self) -> None:
        """Send what is due, for ever."""
        while True:
            for _, frame in self._outbox.due(time.monotonic()):
                self._runner.send_message("rentree-block", {"frame": frame})
            gevent.sleep(BEAT)

    def wait(self, seconds: float) -> bool:
        """Wait until the master has everything; false when it has not by then."""
        until = time.monotonic() + seconds
        while not self._outbox.empty() and time.monotonic() < until:
            gevent.sleep(BEAT)
        return self._outbox.empty()

    def _acknowledged(self, environment: Any, msg: Any, **_: Any) -> None:
        self._outbox.acknowledged(int(msg.data["count"]), time.monotonic())
