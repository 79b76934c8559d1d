"""A remote worker's pulse: once a second a word with the master, which is its lease and clock."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
import gevent.event
from locust.runners import WorkerRunner

from rentree.clock_relation import KEPT, Exchange, Relation, relate
from rentree.lease import Lease
from rentree.load.minder import stop_without_master

EVERY = 1.0  # s between words
LOOK = 0.2  # s between looks at the lease


class Pulse:
    """Keeps the lease, and what is known of the clocks."""

    def __init__(self, runner: WorkerRunner, number: int) -> None:
        self.number = number
        self.used: int | None = None  # ns: the offset by which the run's start was translated
        self.last_act: Callable[[], object] = lambda: None  # when the lease is over, in 0.5 s
        self._runner = runner
        self._lease = Lease(time.monotonic())
        self._exchanges: deque[Exchange] = deque(maxlen=KEPT)
        self._answered = gevent.event.Event()
        runner.register_message("rentree-pong", self._pong)

    def start(self) -> None:
        """Begin, for ever."""
        gevent.spawn(self._beat)
        gevent.spawn(self._look)

    def burst(self, count: int = 16) -> Relation:
        """Ask many times in a row, for a good relation at once.

        Raises:
            ValueError: nobody answered.
        """
        for _ in range(count):
            self._answered.clear()
            self._ping()
            self._answered.wait(0.5)
        return relate(self._exchanges)

    def relation(self) -> Relation | None:
        """What the last exchanges tell."""
        return relate(self._exchanges) if self._exchanges else None

    def _ping(self) -> None:
        known = self.relation()
        self._runner.send_message(
            "rentree-ping",
            {
                "worker": self.number,
                "used": self.used,
                "relation": list(known) if known else None,
                "sent": time.monotonic_ns(),
            },
        )

    def _pong(self, environment: Any, msg: Any, **_: Any) -> None:
        now = time.monotonic_ns()
        sent, theirs = int(msg.data["sent"]), int(msg.data["clock"])
        if sent <= now:
            self._lease.heard(time.monotonic())
            self._exchanges.append(Exchange(sent, theirs, now))
            self._answered.set()

    def _beat(self) -> None:
        while True:
            self._ping()
            gevent.sleep(EVERY)

    def _look(self) -> None:
        while not self._lease.over(time.monotonic()):
            gevent.sleep(LOOK)
        silent = time.monotonic() - self._lease.last
        why = f"the Locust master was silent for {silent:.1f} s: stopped"
        stop_without_master(self.last_act, why)
