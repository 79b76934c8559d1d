"""A local worker's lease: it asks the kernel whether the Locust master lives.

No words are exchanged, as with a remote worker (`Pulse`): on a starved machine they would come
late, and end a run in which nobody was dead.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import gevent

from rentree.process import Identity

LOOK = 1.0  # s between looks
FAREWELL = 0.5  # s for what a worker still wants to store


class Minder:
    """Ends this process within 2 s of the master's death."""

    def __init__(self, master: int) -> None:
        self.last_act: Callable[[], object] = lambda: None  # done first, in 0.5 s at most
        self._master = Identity.of(master)
        gevent.spawn(self._mind)

    def _mind(self) -> None:
        while self._master.alive():
            gevent.sleep(LOOK)
        stop_without_master(self.last_act, "the Locust master is gone: stopped")


def stop_without_master(last_act: Callable[[], object], why: str) -> None:
    """Do the last act, as far as it gets in `FAREWELL`, leave a line in the log, and end."""
    gevent.spawn(last_act).join(FAREWELL)
    sys.stderr.write(f"{why}\n")
    sys.stderr.flush()
    os._exit(3)
