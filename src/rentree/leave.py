"""Asking a platform for its authorisation, before a run and every second while it goes on.

A valid answer that says no, or says it no longer, is a *withdrawal*: the run stops within 5 s. No
answer is what a collapsing platform looks like: the run goes on for as long as the document grants.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from rentree import __version__
from rentree.authorization import LONGEST, PATH, Authorization, parse, within
from rentree.errors import UsageError
from rentree.journal import Journal
from rentree.trust import SYSTEM, Trust, context_of

EVERY = 1.0  # s between two questions
LOOK_UP = 2.0  # s between two questions for a name's addresses
ANSWER = 2.0  # s that a whole answer may take
# What this machine lacks: no platform can have caused it.
_OURS = {
    errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL,
    errno.ENETDOWN, errno.ENETUNREACH,
}  # fmt: skip
_HEADERS = {"Accept": "application/json", "User-Agent": f"rentree/{__version__}"}
UNASKED: Final = "leave could not be asked"
How = Literal["", "withdrawn", "unreachable", "leave could not be asked"]


@dataclass(frozen=True)
class Reading:
    """What a host answered when it was asked for its authorisation."""

    state: Literal["granted", "withdrawn", "unreachable"]
    why: str = ""  # in words, unless granted
    text: str = ""
    document: Authorization | None = None
    ours: bool = False  # unreachable for want of something on this machine


class Pinned(http.client.HTTPConnection):
    """A connection to a pinned address; `Host` and TLS name stay the real ones."""

    def __init__(self, base: str, address: str, timeout_s: float, trust: Trust = SYSTEM) -> None:
        parts = urlsplit(base)
        self._secure = parts.scheme == "https"
        self.default_port = 443 if self._secure else 80  # `Host` does not name it
        port = parts.port or self.default_port
        super().__init__(parts.hostname or "", port, timeout=timeout_s)
        self._address, self._trust = address, trust
        self._line: socket.socket | None = None  # http.client forgets it before the body is read
        self.is_cut = False

    def connect(self) -> None:
        """Connect to the address, and speak TLS by the name."""
        self.sock = self._line = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            secured = context_of(self._trust).wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock = self._line = secured
            secured.do_handshake()
        if self.is_cut:
            raise TimeoutError

    def cut(self) -> None:
        """End it from another thread: whoever waits on it waits no longer."""
        self.is_cut = True
        if self._line is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)


def read(base: str, *, address: str, timeout_s: float = ANSWER, trust: Trust = SYSTEM) -> Reading:
    """Ask one host once, for `timeout_s` at most; no redirect is followed. Never raises."""
    connection = Pinned(base, address, timeout_s, trust)
    clock = threading.Timer(timeout_s, connection.cut)  # a server that drips answers for ever
    clock.daemon = True
    clock.start()
    try:
        connection.request("GET", PATH, headers=_HEADERS)
        answer = connection.getresponse()
        body = answer.read(LONGEST + 1)
        if connection.is_cut:  # what has no stated length looks whole
            raise TimeoutError
        if answer.length and len(body) <= LONGEST:
            raise http.client.IncompleteRead(body, answer.length)
    except (OSError, ValueError, http.client.HTTPException) as error:
        ours = isinstance(error, OSError) and error.errno in _OURS
        told = "no answer in time" if connection.is_cut else _words(error)
        return Reading("unreachable", told, ours=ours)
    finally:
        clock.cancel()
        connection.close()
    if answer.status >= 500 or answer.status == 429:  # it is busy, and says nothing of leave
        return Reading("unreachable", f"HTTP {answer.status}")
    if answer.status != 200:
        return Reading("withdrawn", f"HTTP {answer.status}")
    if len(body) > LONGEST:
        return Reading("withdrawn", "more than 64 KiB")
    try:
        text = body.decode("utf-8")
        return Reading("granted", text=text, document=parse(text))
    except (UsageError, UnicodeDecodeError) as error:
        return Reading("withdrawn", str(error))


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionError):
        return "connection lost"
    if isinstance(error, http.client.HTTPException):
        return "no whole answer"
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def addresses_of(host: str) -> list[str]:
    """The addresses of a name. Raises OSError: nobody tells."""
    return [str(row[4][0]) for row in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


@dataclass(frozen=True)
class Given:
    """The authorisation that a host served before the run."""

    address: str
    text: str
    document: Authorization
    trust: Trust = SYSTEM


@dataclass
class _Silence:
    """Since when a host has not answered, µs of the run, and whether it was our own fault."""

    since: int
    ours: bool = False


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
        resolve: Callable[[str], list[str]] = addresses_of,
    ) -> None:
        """`given`: base URL → what it served. `clock`: µs of the run. `wall`: bears its offset.

        `resolve`: the addresses of a name now; OSError when nobody tells.
        """
        self.over: How = ""
        self.why = ""
        self._given, self._journal, self._clock, self._wall = given, journal, clock, wall
        self._flooding, self._every = flooding, every_s
        self._silent: dict[str, _Silence] = {}
        self._stop = threading.Event()
        self._resolve = resolve
        self._threads = [
            threading.Thread(target=look, args=(base,), name="leave", daemon=True)
            for base in given
            for look in (self._look_on, self._look_up)
        ]

    def start(self) -> None:
        """Begin to ask."""
        for base, given in self._given.items():
            self._say("read", t=max(0, self._clock()), base=base, address=given.address)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask no more; a question that is under way is not waited for."""
        self._stop.set()

    def _look_on(self, base: str) -> None:
        while not self._stop.wait(self._every) and not self.over:
            try:
                self._look(base)
            except Exception as error:  # whatever it is, nobody would see a withdrawal any more
                self._end(UNASKED, f"{base}: {type(error).__name__}: {error}")

    def _look_up(self, base: str) -> None:
        """Does the host's name still stand for an address that the document allows?

        In a thread of its own, since a resolver may take its time. People go to the pinned address
        whatever it says; a name that was moved is an owner who has moved.
        """
        host, allowed = urlsplit(base).hostname or "", self._given[base].document.addresses
        while not self._stop.wait(LOOK_UP) and not self.over:
            try:
                now = self._resolve(host)
            except OSError:
                continue  # nobody tells: that is no answer
            if now and not any(within(address, allowed) for address in now):
                why = f"its name now stands for {', '.join(now[:3])}"
                self._say("withdrawn", base=base, why=why)
                self._end("withdrawn", f"{base}: {why}")

    def _look(self, base: str) -> None:
        given, asked = self._given[base], self._clock()
        reading = read(base, address=given.address, trust=given.trust)
        if self._stop.is_set():
            return
        why = ""
        if given.document.open_until(self._wall()) is None:
            why = "its window has ended"
        elif reading.state == "unreachable":
            self._unreachable(base, reading, asked)
            return
        elif reading.state == "withdrawn":
            why = reading.why
        elif reading.text != given.text:
            why = "the document was changed"
        if reading.state != "unreachable" and self._silent.pop(base, None) is not None:
            self._say("reachable", base=base)
        if why:
            self._say("withdrawn", base=base, why=why)
            self._end("withdrawn", f"{base}: {why}")

    def _unreachable(self, base: str, reading: Reading, asked: int) -> None:
        if base not in self._silent:
            self._silent[base] = _Silence(asked)
            self._say("unreachable", t=asked, base=base, why=reading.why)
        silence, now = self._silent[base], self._clock()
        silence.ours = silence.ours or reading.ours
        if now - silence.since < self._given[base].document.grace(flooding=self._flooding):
            return
        if not self.over:
            facts = {"base": base, "since": silence.since, "ours": silence.ours}
            self._say("over", t=now, why=reading.why, **facts)
        self._end(UNASKED if silence.ours else "unreachable", f"{base}: {reading.why}")

    def _end(self, how: How, why: str) -> None:
        if not self.over:
            self.why = why
            self.over = how

    def _say(self, state: str, **facts: Any) -> None:
        # A full disk ends the run elsewhere; leave is looked after, written down or not.
        with contextlib.suppress(OSError, ValueError):
            self._journal.write("authorization", state, **facts)
