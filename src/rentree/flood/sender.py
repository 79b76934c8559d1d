"""An open-loop sender: attempt i is due at start + i / rate, and issued then, whatever comes back.

One thread, non-blocking sockets. A connection whose answer is complete is used again, as a
flood of one machine would; when none is free another is opened. What has no answer after 1 s is
closed, so that silence cannot exhaust us. What we are more than 1 s late with is left out, so that
no stall of ours ends in a burst.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httptools

from rentree.flood.secure import SecureSocket
from rentree.flood.spec import FloodSpec
from rentree.flood.writer import Writer

ON_TIME = 100_000_000  # ns that an attempt may be issued after it was due
GIVE_UP = 1_000_000_000  # ns until an attempt without an answer is closed
SECOND = 1_000_000_000
_NO_PORT = 24  # IP_BIND_ADDRESS_NO_PORT: the port is chosen when connecting
_RESET = struct.pack("ii", 1, 0)  # on closing: else a minute of silence would use up every port
_OURS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}
FIGURES = ("asked", "issued", "on_time", "answered", "refused", "failed", "unanswered")


class Line:
    """One connection, and the attempt that is under way on it."""

    __slots__ = (
        "again", "busy", "complete", "events", "issued", "kept", "parser", "retry_after", "second",
        "sock", "source", "status", "waiting",
    )  # fmt: skip

    def __init__(self, sock: socket.socket | SecureSocket, source: str) -> None:
        self.sock = sock
        self.source = source
        self.events = 0  # that the selector tells of; 0: it does not know this line
        self.waiting = b""  # still to be written
        self.busy = False
        self.issued = 0  # ns
        self.kept = True  # once it is complete: the connection may be used again
        self.second = 0  # of the flood, in which the attempt was due
        self.again = 0  # how often it may still be tried again
        self.parser: httptools.HttpResponseParser | None = None  # of an answer that comes in parts
        self.status = 0
        self.retry_after = False
        self.complete = False

    def take(self, request: bytes, second: int, now: int, again: int) -> None:
        """Begin an attempt."""
        self.waiting, self.second, self.issued, self.busy = request, second, now, True
        self.again = again
        self.status, self.retry_after, self.complete, self.kept = 0, False, False, True
        self.parser = None

    def takes_whole(self, data: bytes) -> bool:
        """Take an answer that came at once, with its length; else it is for the parser.

        What a flood gets is nearly always that, and it is four times as fast.
        """
        if self.parser is not None or not data.startswith(b"HTTP/1.1 "):
            return False
        head, _, body = data.partition(b"\r\n\r\n")
        head = head.lower()
        _, named, rest = head.partition(b"\r\ncontent-length:")
        if not named or b"\r\nconnection: close" in head or b"\r\ntransfer-encoding:" in head:
            return False
        try:
            length, self.status = int(rest.partition(b"\r\n")[0]), int(data[9:12])
        except ValueError:
            return False
        if len(body) != length or self.status < 200:
            self.status = 0
            return False
        self.retry_after = b"\r\nretry-after:" in head
        self.complete = True
        return True

    def feed(self, data: bytes) -> None:
        """Take a part of an answer. Raises HttpParserError: it is none."""
        if self.parser is None:
            self.parser = httptools.HttpResponseParser(self)
        self.parser.feed_data(data)

    def on_status(self, _: bytes) -> None:
        """httptools: the status line is there."""
        self._told_status()

    def on_header(self, name: bytes, _: bytes) -> None:
        """httptools: a header line."""
        self.retry_after = self.retry_after or name.lower() == b"retry-after"

    def on_headers_complete(self) -> None:
        """httptools: some servers leave the reason out."""
        self._told_status()

    def _told_status(self) -> None:
        assert self.parser is not None  # noqa: S101  # it calls us
        self.status = self.parser.get_status_code()

    def on_message_complete(self) -> None:
        """httptools: the answer is whole."""
        assert self.parser is not None  # noqa: S101  # it calls us
        self.complete, self.kept = True, self.parser.should_keep_alive()  # which it then forgets


class Sender:
    """Sends one flood. `clock`: ns, monotonic."""

    def __init__(self, spec: FloodSpec, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._spec, self._clock = spec, clock
        self._selector = selectors.DefaultSelector()
        self._free: dict[str, list[Line]] = {}
        self._open: deque[tuple[int, int, Line]] = deque()  # issued, second: in that order
        self._seconds: dict[int, dict[str, int]] = {}
        self._next = 0  # number of the next attempt
        self.start = 0  # ns
        self.totals = dict.fromkeys(("asked", "issued", "on_time", "retried", "at"), 0)
        self._writer = Writer(spec)
        self._wave = [0, 0]  # what ended since the last look, and of it badly: for a moving spot
        self._wave_ends = 0  # ns
        self._again: list[tuple[int, int]] = []  # second, further tries: to be sent at once

    def begin(self) -> None:
        """From now on attempts fall due."""
        self.start = self._clock()

    def send_due(self) -> None:
        """Issue every attempt that is due by now, and what is tried again."""
        if self._again:
            retried, self._again = self._again, []
            for second, again in retried:
                self._go(second, self._clock(), again - 1)
        now = last = self._clock()
        limit = self._spec.seconds * SECOND
        while (due := self._next / self._spec.rate * SECOND) < limit and self.start + due <= last:
            self._issue(self.start + round(due), int(due // SECOND), now)
            self._next += 1
            now = self._clock()

    def over(self) -> bool:
        """Whether the flood's own time is up."""
        return self._clock() - self.start >= self._spec.seconds * SECOND

    def pause(self) -> float:
        """Seconds until the next attempt is due, 50 ms at most."""
        due = self.start + self._next / self._spec.rate * SECOND
        return float(min(max(due - self._clock(), 0) / SECOND, 0.05))

    def listen(self, timeout: float) -> None:
        """Carry on with what is under way, `timeout` s at most, and give up what is too old."""
        for key, mask in self._selector.select(timeout):
            line: Line = key.data
            if line.waiting:
                self._write(line)
            if mask & selectors.EVENT_READ and line.events:  # writing may have ended it
                self._read(line)
        old = self._clock() - GIVE_UP
        while self._open and self._open[0][0] <= old:
            issued, _, line = self._open.popleft()
            if line.busy and line.issued == issued:
                line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                self._end(line, "unanswered")

    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not any(line.busy and line.issued == issued for issued, _, line in self._open)

    def rows(self, *, all_of_them: bool = False) -> list[dict[str, Any]]:
        """The figures of each second (of the flood) whose attempts have all ended; each once."""
        going = self._open[0][1] if self._open else int(self._next / self._spec.rate)
        ready = sorted(s for s in self._seconds if all_of_them or s < going)
        return [
            {"t": self.start + s * SECOND, "name": self._spec.name, **self._seconds.pop(s)}
            for s in ready
        ]

    def close(self) -> None:
        """Close every connection."""
        for key in list(self._selector.get_map().values()):
            key.data.sock.close()
        self._selector.close()

    def _count(self, second: int, what: str) -> None:
        figures = self._seconds.get(second)
        if figures is None:
            figures = self._seconds[second] = dict.fromkeys(FIGURES, 0)
        figures[what] += 1

    def _issue(self, due: int, second: int, now: int) -> None:
        self._count(second, "asked")
        totals = self.totals
        totals["asked"] += 1
        if now - due > GIVE_UP:
            return
        if not self._go(second, now, self._spec.retries):
            return  # by our own doing: neither issued nor on time
        self._count(second, "issued")
        totals["issued"] += 1
        if now - due <= ON_TIME:
            self._count(second, "on_time")
            totals["on_time"] += 1

    def _go(self, second: int, now: int, again: int) -> bool:
        """Begin an attempt on a free connection, or a new one; whether there is one."""
        sources = self._spec.sources
        source = sources[self._next % len(sources)] if sources else ""
        line = self._line(source)
        if line is None:
            return False
        line.take(self._writer.request(self.totals["at"]), second, now, again)
        self._open.append((now, second, line))
        self._write(line)
        return True

    def _line(self, source: str) -> Line | None:
        free = self._free.setdefault(source, [])
        if free:
            return free.pop()
        family = socket.AF_INET6 if ":" in self._spec.address else socket.AF_INET
        try:
            sock = socket.socket(family)
        except OSError:
            return None
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if source:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.IPPROTO_IP, _NO_PORT, 1)
                sock.bind((source, 0))
            code = sock.connect_ex((self._spec.address, self._spec.port))
        except OSError as error:
            code = error.errno or errno.EADDRNOTAVAIL
        if code in _OURS:
            sock.close()
            return None
        name = urlsplit(f"//{self._spec.host}").hostname or ""
        return Line(SecureSocket(sock, name) if self._spec.tls else sock, source)

    def _write(self, line: Line) -> None:
        try:
            sent = line.sock.send(line.waiting)
            line.waiting = line.waiting[sent:]
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno != errno.ENOTCONN:  # still connecting
                self._end(line, "failed")
                return
        self._watch(line, selectors.EVENT_READ | (_to_go_on(line.sock) if line.waiting else 0))

    def _read(self, line: Line) -> None:
        try:
            data = line.sock.recv(65_536)
            if data and line.busy and not line.takes_whole(data):
                line.feed(data)
        except BlockingIOError:
            return
        except (OSError, httptools.HttpParserError):
            self._end(line, "failed")
            return
        if not data or not line.busy:  # closed, or it speaks without being asked
            self._end(line, "answered" if line.status else "failed")
        elif line.complete:
            self._answered(line)
            line.busy = False
            if line.kept:
                self._free[line.source].append(line)
            else:
                self._drop(line)

    def _answered(self, line: Line) -> None:
        self._count(line.second, "answered")
        refused = line.status in (429, 509) or (line.status == 503 and line.retry_after)
        if refused:
            self._count(line.second, "refused")
        self._over(line, well=not refused)

    def _over(self, line: Line, *, well: bool) -> None:
        """An attempt has ended: again at once, or elsewhere from now on, if that was asked."""
        if not well and line.again > 0 and not self.over():
            self.totals["retried"] += 1
            self._again.append((line.second, line.again))
        if not self._spec.moves_to:
            return
        self._wave[0] += 1
        self._wave[1] += not well
        now = self._clock()
        if now < self._wave_ends:
            return
        ended, badly = self._wave
        if self._wave_ends and badly > self._spec.moves_when * ended:
            self.totals["at"] = (self.totals["at"] + 1) % (1 + len(self._spec.moves_to))
        self._wave, self._wave_ends = [0, 0], now + SECOND

    def _end(self, line: Line, how: str) -> None:
        """The connection is of no further use; its attempt, if there is one, ended `how`."""
        if line.busy and how == "answered":
            self._answered(line)
        elif line.busy:
            self._count(line.second, how)
            self._over(line, well=False)
        elif line in self._free[line.source]:
            self._free[line.source].remove(line)
        line.busy = False
        self._drop(line)

    def _drop(self, line: Line) -> None:
        self._watch(line, 0)
        line.sock.close()

    def _watch(self, line: Line, events: int) -> None:
        """Have the selector tell of these events, and no others."""
        if events and line.events:
            if events != line.events:
                self._selector.modify(line.sock, events, line)
        elif events:
            self._selector.register(line.sock, events, line)
        elif line.events:
            self._selector.unregister(line.sock)
        line.events = events


def _to_go_on(sock: socket.socket | SecureSocket) -> int:
    """What the selector must tell before the rest can be written."""
    return sock.wants if isinstance(sock, SecureSocket) else selectors.EVENT_WRITE
