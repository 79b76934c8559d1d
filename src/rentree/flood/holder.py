"""Holds connections: opens so many a second until all are there, and replaces what is closed.

The same shape as `Sender`: its process knows neither from the other. An attempt is an opening,
due at start + i / rate while fewer are open than were asked for.
"""

from __future__ import annotations

import contextlib
import errno
import heapq
import selectors
import socket
import time
from collections.abc import Callable
from typing import Any

from rentree.flood.spec import FloodSpec, Hold

ON_TIME = 100_000_000  # ns that an opening may come after it was due
SECOND = 1_000_000_000
_OURS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}
_RESET = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # struct linger {1, 0}
FIGURES = ("asked", "issued", "on_time", "answered", "refused", "failed", "unanswered")
_SIP = 32  # bytes that a slow reader takes at once


class Holder:
    """Holds one flood's connections. `clock`: ns, monotonic."""

    def __init__(self, spec: FloodSpec, clock: Callable[[], int] = time.monotonic_ns) -> None:
        assert spec.hold is not None  # noqa: S101  # it is one of these
        self._spec, self._hold, self._clock = spec, spec.hold, clock
        self._selector = selectors.DefaultSelector()
        self._open: set[socket.socket] = set()
        self._begun: set[socket.socket] = set()  # connected, and the first words said
        self._crumbs: list[tuple[int, int, socket.socket]] = []  # when the next is due
        self._seconds: dict[int, dict[str, int]] = {}
        self._due = 0  # ns: when the next opening may come
        self._opened = 0
        self._told = 0  # seconds whose figures were told
        self.start = 0  # ns
        self.totals = dict.fromkeys(("asked", "issued", "on_time", "held", "closed"), 0)
        self._first = _first_words(spec, spec.hold)

    def begin(self) -> None:
        """From now on openings fall due."""
        self.start = self._due = self._clock()

    def send_due(self) -> None:
        """Open what is due, and feed what is hungry."""
        now = self._clock()
        gap = round(SECOND / self._spec.rate)
        while self._due <= now and len(self._open) < self._hold.connections and not self.over():
            self._open_one(self._due, now)
            self._due += gap
        if len(self._open) >= self._hold.connections:
            self._due = max(self._due, now)  # full: nothing falls due until one is closed
        while self._crumbs and self._crumbs[0][0] <= now:
            _, number, sock = heapq.heappop(self._crumbs)
            if sock in self._begun:
                self._crumb(sock, number, now)
        self.totals["held"] = len(self._begun)

    def over(self) -> bool:
        """Whether the flood's own time is up."""
        return self._clock() - self.start >= self._spec.seconds * SECOND

    def pause(self) -> float:
        """Seconds until something is due, 50 ms at most."""
        next_due = self._due if len(self._open) < self._hold.connections else 2**62
        if self._crumbs:
            next_due = min(next_due, self._crumbs[0][0])
        return float(min(max(next_due - self._clock(), 0) / SECOND, 0.05))

    def listen(self, timeout: float) -> None:
        """Notice who has connected, and who was closed; `timeout` s at most."""
        for key, mask in self._selector.select(timeout):
            sock: socket.socket = key.data
            if mask & selectors.EVENT_WRITE and sock not in self._begun:
                self._connected(sock)
            elif mask & selectors.EVENT_READ:
                self._read(sock)

    def idle(self) -> bool:
        """Nothing is waited for: what is held ends with us."""
        return True

    def rows(self, *, all_of_them: bool = False) -> list[dict[str, Any]]:
        """The figures of each second that is over, once; `unanswered` is how many are held."""
        going = (self._clock() - self.start) // SECOND + all_of_them
        told = [
            {"t": self.start + second * SECOND, "name": self._spec.name,
             **self._seconds.pop(second, dict.fromkeys(FIGURES, 0)),
             "unanswered": len(self._begun)}
            for second in range(self._told, going)
        ]  # fmt: skip
        self._told = max(self._told, going)
        return told

    def close(self) -> None:
        """Reset every connection."""
        for sock in list(self._open):
            self._drop(sock)
        self._selector.close()

    def _count(self, what: str) -> None:
        second = max(0, self._clock() - self.start) // SECOND
        figures = self._seconds.setdefault(second, dict.fromkeys(FIGURES, 0))
        figures[what] += 1
        if what in self.totals:
            self.totals[what] += 1

    def _open_one(self, due: int, now: int) -> None:
        self._count("asked")
        spec = self._spec
        family = socket.AF_INET6 if ":" in spec.address else socket.AF_INET
        try:
            sock = socket.socket(family)
        except OSError:
            return  # by our own doing: neither issued nor on time
        sock.setblocking(False)
        if self._hold.how == "read":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        try:
            if spec.sources:
                sock.bind((spec.sources[self._opened % len(spec.sources)], 0))
            code = sock.connect_ex((spec.address, spec.port))
        except OSError as error:
            code = error.errno or errno.EADDRNOTAVAIL
        self._opened += 1
        if code in _OURS:
            sock.close()
            return
        self._count("issued")
        if now - due <= ON_TIME:
            self._count("on_time")
        self._open.add(sock)
        self._selector.register(sock, selectors.EVENT_WRITE, sock)

    def _connected(self, sock: socket.socket) -> None:
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._lost(sock, "failed")
            return
        try:
            if self._first:
                sock.send(self._first)
        except OSError:
            self._lost(sock, "failed")
            return
        self._begun.add(sock)
        if self._hold.how == "read":  # it reads when it pleases
            self._selector.unregister(sock)
        else:
            self._selector.modify(sock, selectors.EVENT_READ, sock)
        if self._hold.how != "connection":
            self._later(sock, 0)

    def _later(self, sock: socket.socket, number: int) -> None:
        due = self._clock() + round(self._hold.every * SECOND)
        heapq.heappush(self._crumbs, (due, number, sock))

    def _crumb(self, sock: socket.socket, number: int, now: int) -> None:
        if self._hold.how == "read":
            self._read(sock)
        else:
            crumb = f"X-{number}: essai\r\n".encode() if self._hold.how == "headers" else b"a"
            try:
                sock.send(crumb)
            except BlockingIOError:
                pass
            except OSError:
                self._lost(sock, "failed")
        if sock in self._begun:
            self._later(sock, number + 1)

    def _read(self, sock: socket.socket) -> None:
        try:
            data = sock.recv(_SIP if self._hold.how == "read" else 4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost(sock, "answered")
        elif data.startswith((b"HTTP/1.1 429", b"HTTP/1.1 503")):
            self._count("refused")

    def _lost(self, sock: socket.socket, how: str) -> None:
        """The platform closed it: its place is free for another."""
        self._count(how)
        self.totals["closed"] += 1
        self._drop(sock)

    def _drop(self, sock: socket.socket) -> None:
        self._open.discard(sock)
        self._begun.discard(sock)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(sock)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        sock.close()


def _first_words(spec: FloodSpec, hold: Hold) -> bytes:
    head = f"Host: {spec.host}\r\nUser-Agent: Rentree-flood\r\nRentree-Mark: flood:{spec.name}\r\n"
    if hold.how == "headers":
        return f"GET {spec.path} HTTP/1.1\r\n{head}".encode("latin-1")
    if hold.how == "body":
        kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000000\r\n"
        return f"POST {spec.path} HTTP/1.1\r\n{head}{kind}\r\n".encode("latin-1")
    if hold.how == "read":
        return f"GET {spec.path} HTTP/1.1\r\n{head}\r\n".encode("latin-1")
    return b""
