"""Asking a platform for its authorisation, before a run and every few seconds while it goes on.

A valid answer that says no, or says it no longer, is a *withdrawal*: the run stops within 5 s. No
answer is what a collapsing platform looks like: the run goes on for as long as the document grants.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

from rentree.authorization import LONGEST, PATH, Authorization, parse
from rentree.errors import UsageError
from rentree.journal import Journal

EVERY = 2.0  # s between two questions
ANSWER = 2.0  # s that an answer may take


@dataclass(frozen=True)
class Reading:
    """What a host answered when it was asked for its authorisation."""

    state: Literal["granted", "withdrawn", "unreachable"]
    why: str = ""  # in words, unless granted
    text: str = ""
    document: Authorization | None = None


class _Pinned(http.client.HTTPConnection):
    """A connection to a pinned address; `Host` and TLS name stay the real ones."""

    def __init__(self, host: str, port: int, address: str, secure: bool, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address, self._secure = address, secure

    def connect(self) -> None:
        """Connect to the address, and speak TLS by the name."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def read(base: str, *, address: str, timeout_s: float = ANSWER) -> Reading:
    """Ask one host once. Follows no redirect, reads 64 KiB at most; never raises."""
    parts = urlsplit(base)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    connection = _Pinned(parts.hostname or "", port, address, secure, timeout_s)
    try:
        connection.request("GET", PATH, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read(LONGEST + 1)
    except (OSError, http.client.HTTPException) as error:
        return Reading("unreachable", f"no answer at {PATH} ({error or type(error).__name__})")
    finally:
        connection.close()
    if answer.status >= 500 or answer.status == 429:  # it is busy, and says nothing of leave
        return Reading("unreachable", f"HTTP {answer.status} at {PATH}")
    if answer.status != 200:
        return Reading("withdrawn", f"HTTP {answer.status} at {PATH}")
    if len(body) > LONGEST:
        return Reading("withdrawn", f"more than 64 KiB at {PATH}")
    try:
        text = body.decode("utf-8")
        return Reading("granted", text=text, document=parse(text))
    except (UsageError, UnicodeDecodeError) as error:
        return Reading("withdrawn", str(error))


@dataclass(frozen=True)
class Given:
    """The authorisation that a host served before the run."""

    address: str
    text: str
    document: Authorization


class Watch:
    """Asks every host again while a run goes on; `over` says that, and how, leave has ended."""

    def __init__(
        self,
        given: Mapping[str, Given],
        journal: Journal,
        clock: Callable[[], int],
        *,
        flooding: bool,
        every_s: float = EVERY,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`given`: base URL → what it served. `clock`: µs of the run. `wall`: bears its offset."""
        self.over: Literal["", "withdrawn", "unreachable"] = ""
        self.why = ""
        self._given, self._journal, self._clock, self._wall = given, journal, clock, wall
        self._flooding, self._every = flooding, every_s
        self._silent: dict[str, int] = {}  # base → since when, µs of the run
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._look_on, args=(base,), name="leave", daemon=True)
            for base in given
        ]

    def start(self) -> None:
        """Begin to ask."""
        for base, given in self._given.items():
            self._journal.write("authorization", "read", base=base, address=given.address)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()
        for thread in self._threads:
            thread.join(ANSWER + 1)

    def _look_on(self, base: str) -> None:
        # A full disk ends the run elsewhere: what we saw counts, written or not.
        with contextlib.suppress(OSError):
            while not self._stop.wait(self._every) and not self.over:
                self._look(base)

    def _look(self, base: str) -> None:
        given = self._given[base]
        reading = read(base, address=given.address)
        if reading.state == "unreachable":
            self._unreachable(base, reading.why)
            return
        if self._silent.pop(base, None) is not None:
            self._journal.write("authorization", "reachable", base=base)
        why = reading.why
        if reading.state == "granted" and reading.text != given.text:
            why = "the document was changed"
        elif reading.state == "granted" and not given.document.open_at(self._wall()):
            why = "its window has ended"
        if why:
            self._end("withdrawn", f"{base}: {why}")
            self._journal.write("authorization", "withdrawn", base=base, why=why)

    def _unreachable(self, base: str, why: str) -> None:
        now = self._clock()
        if base not in self._silent:
            self._silent[base] = now
            self._journal.write("authorization", "unreachable", base=base, why=why)
        if now - self._silent[base] >= self._given[base].document.grace(flooding=self._flooding):
            self._end("unreachable", f"{base}: {why}")

    def _end(self, how: Literal["withdrawn", "unreachable"], why: str) -> None:
        if not self.over:
            self.why = why
            self.over = how
