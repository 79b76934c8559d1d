"""The control near the platform: a page of somebody else's machine, asked once a second.

When it and the platform become slow together, it was the line between us and them (gate (d) of
docs/verdict.md). One connection of its own, kept; no redirect is followed; the name is not looked
up again.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from urllib.parse import urlsplit

from rentree import __version__
from rentree.leave import Pinned
from rentree.trust import SYSTEM, Trust

EVERY = 1.0  # s between two questions
ANSWER = 1.0  # s that a whole answer may take; beyond it counts as silent
_MOST = 65_536  # bytes that are read of an answer
_HEADERS = {"User-Agent": f"rentree/{__version__}", "Cache-Control": "no-cache"}

Row = tuple[int, str, str, int | None]  # t µs of the run, "control", "url", µs or None: silent


class Control:
    """Asks in a thread of its own while it runs; `rows` takes what was seen since."""

    def __init__(
        self, url: str, address: str, clock: Callable[[], int], trust: Trust = SYSTEM
    ) -> None:
        """`address`: the literal one that the URL's host was pinned to. `clock`: µs of the run."""
        parts = urlsplit(url)
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._address, self._clock, self._trust = address, clock, trust
        self._connection: Pinned | None = None
        self._seen: SimpleQueue[Row] = SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, name="control", daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more, and wait for the last question to end."""
        self._stop.set()
        self._thread.join(2 * ANSWER)

    def rows(self) -> list[Row]:
        """What was seen since the last call."""
        return [self._seen.get() for _ in range(self._seen.qsize())]

    def _ask_on(self) -> None:
        while not self._stop.is_set():
            asked = self._clock()
            self._seen.put((asked, "control", "url", self.ask()))
            left = EVERY - (self._clock() - asked) / 1e6
            self._stop.wait(max(left, 0.0))
        self.close()

    def ask(self) -> int | None:
        """One question, µs to the end of the answer, whatever its status; None: not in time.

        A new connection is made when the kept one was closed; making it is not part of the time.
        """
        for again in (True, False):
            kept = self._connection is not None
            try:
                return self._exchange()
            except (OSError, ValueError, http.client.HTTPException) as error:
                self.close()
                if not (again and kept) or isinstance(error, TimeoutError):
                    return None
        return None

    def _exchange(self) -> int:
        if self._connection is None:
            self._connection = Pinned(self._base, self._address, ANSWER, self._trust)
        connection = self._connection
        cut = threading.Timer(ANSWER, connection.cut)  # an answer that drips is none
        cut.daemon = True
        cut.start()
        try:
            if connection.sock is None:
                connection.connect()
            begun = time.monotonic_ns()
            connection.request("GET", self._path, headers=_HEADERS)
            answer = connection.getresponse()
            answer.read(_MOST)
            took = (time.monotonic_ns() - begun) // 1000
            if connection.is_cut:
                raise TimeoutError
            if not answer.isclosed():  # more than we care to read
                self.close()
            return took
        finally:
            cut.cancel()

    def close(self) -> None:
        """Give the connection up; a later question makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
