"""One connection of one person: connect, send, receive, all before a deadline.

The event loop itself reads what comes and feeds the answer's reader; the person is woken once,
when the answer is whole or has failed. Between answers the loop goes on listening: a connection
that the other side closes is closed here at once, as a browser does, and frees its descriptor.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
import sys
import time
from _socket import socket as RawSocket  # noqa: N812
from collections.abc import Callable
from math import inf
from typing import Any

import gevent

from rentree.client.answer import Answer
from rentree.client.deadlines import Booking, Deadlines, of_this_loop
from rentree.client.failure import Failure, in_words
from rentree.client.line import Line
from rentree.client.names import Place

IDLE_MOST = (
    115.0  # s that a kept connection may be silent (Firefox: network.http.keep-alive.timeout)
)
_IP_BIND_ADDRESS_NO_PORT = 24  # Linux: a source address costs no port until it connects
_READ, _WRITE = 1, 2


class Connection:
    """A connected line and the reader of its answers.

    A wait that the deadline cuts short raises TimeoutError, the network's own errors
    OSError (ConnectionAbortedError without errno: closed), a malformed answer Failure. After any of
    them the connection is good for nothing but `close`.
    """

    __slots__ = (
        "_clock", "_deadlines", "_hub", "_line", "_waiter", "_watcher",
        "accepted", "address", "answer", "booked", "first_byte", "until", "wire",
    )  # fmt: skip

    def __init__(self, line: Line, address: str, hub: Any, clock: Callable[[], int]) -> None:
        self._line: Line | None = line
        self._clock = clock
        self._hub = hub
        self._waiter: Any = None  # the greenlet whose answer comes here
        self._deadlines: Deadlines = of_this_loop()
        self.until = inf
        self.booked: Booking | None = None
        self.address = address
        self.answer = Answer()
        self.accepted = 0  # bytes of the present request that the system took
        self.wire = 0  # bytes of the present answer, inside TLS
        self.first_byte: int | None = None  # µs
        self._watcher = hub.loop.io(line.fileno(), _READ)
        self._watcher.start(self._arrived)

    def exchange(self, request: bytes, deadline: int) -> None:
        """Send one request and receive its whole answer (in `answer`); `deadline`: µs."""
        answer, line = self.answer, self._line
        answer.begin()
        self.accepted = self.wire = 0
        self.first_byte = None
        if line is None:
            raise ConnectionAbortedError
        left = deadline - self._clock()
        if left <= 0:
            raise TimeoutError
        sealed = line.seal(request)
        self.accepted = line.send(sealed)
        if self.accepted < len(sealed):
            self._send_on(line, sealed, left)
            left = deadline - self._clock()
        self.until = time.monotonic() + left / 1e6
        self._deadlines.book(self)
        self._waiter = gevent.getcurrent()
        try:
            problem = self._hub.switch()
        finally:
            self._waiter = None
            self.until = inf
        if problem is not None:
            try:
                raise problem
            finally:
                del problem  # a circle through this frame, and nobody collects circles

    def rest(self) -> None:
        """Nothing is asked for now: it may be silent for IDLE_MOST."""
        self.until = time.monotonic() + IDLE_MOST
        self._deadlines.book(self)

    def idle(self) -> bool:
        """Whether the kept connection is still open and silent, as it must be between answers.

        Asked just before a request: the event loop may not have come round to what has arrived.
        """
        if self._line is not None:
            self._arrived()
        return self._line is not None

    def doing(self) -> str:
        """How far the exchange has come, as an adverb."""
        if self.first_byte is not None:
            head_done = self.answer.head_done
            return "while reading the body" if head_done else "in the headers of the answer"
        return "before the answer" if self.accepted else "while sending the request"

    def close(self) -> None:
        """End the connection."""
        line, self._line = self._line, None
        if line is not None:
            if self.booked is not None:
                self.booked.drop()
                self.booked = None
            self._watcher.stop()
            self._watcher.close()
            line.close()
            self.answer.drop()

    def late(self) -> None:
        """The deadline has passed, or the silence was too long."""
        if self._waiter is not None:
            self._waiter.switch(TimeoutError())
        else:
            self.close()

    def _send_on(self, line: Line, sealed: bytes, left: int) -> None:
        """Send what did not go at once; what the other side says meanwhile waits."""
        self._watcher.stop()
        room = self._hub.loop.io(line.fileno(), _WRITE)
        try:
            with gevent.Timeout(left / 1e6, TimeoutError):
                while self.accepted < len(sealed):
                    self._hub.wait(room)
                    self.accepted += line.send(sealed[self.accepted :])
        finally:
            room.close()
        self._watcher.start(self._arrived)

    def _arrived(self) -> None:
        """Called by the event loop: read what there is, and wake the person when that is all."""
        line, waiter, answer = self._line, self._waiter, self.answer
        if line is None:
            return
        try:
            data = line.receive()
            if waiter is None:
                if data or line.ended:  # closed, or bytes that nobody asked for
                    self.close()
                return
            if data:
                if self.first_byte is None:
                    self.first_byte = self._clock()
                self.wire += len(data)
                answer.feed(data)
            if not answer.complete:
                if not line.ended:
                    return
                answer.end()
            elif line.ended:
                answer.keep = False
        except BaseException as error:  # the person's, not the event loop's
            if waiter is None:
                self.close()
            else:
                self._waiter = None
                waiter.switch(error.with_traceback(None))
            return
        self._waiter = None
        waiter.switch(None)


def connect(
    places: list[Place],
    *,
    source: str,
    tls: ssl.SSLContext | None,
    name: str,
    left: Callable[[], float],
    clock: Callable[[], int],
    first: bytes = b"",
) -> Connection:
    """Connect to the first of `places` that answers, within `left()` s altogether.

    `source`: local address to use where it is of the place's family, or "". `tls`: None for plain
    TCP; else the certificate must be for `name`. `first`: what is said before anything else, TLS
    included; a few bytes. Raises Failure, and TimeoutError when time is up.
    """
    last = len(places) - 1
    for number, place in enumerate(places):
        try:
            return _connect(
                place, source=source, tls=tls, name=name, left=left, clock=clock, first=first
            )
        except Failure:
            if number == last:
                raise
    raise AssertionError("a name has at least one address")


def _connect(
    place: Place,
    *,
    source: str,
    tls: ssl.SSLContext | None,
    name: str,
    left: Callable[[], float],
    clock: Callable[[], int],
    first: bytes = b"",
) -> Connection:
    doing = "while connecting"
    hub = gevent.get_hub()
    line: Line | None = None
    watcher: Any = None
    try:
        # One timer over all: a handshake is many reads, and each could take just less than it may.
        with gevent.Timeout(max(left(), 0.0), TimeoutError):
            sock = RawSocket(socket.AF_INET6 if place.v6 else socket.AF_INET, socket.SOCK_STREAM)
            line = Line(sock)
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if source and (":" in source) == place.v6:
                if sys.platform == "linux":
                    sock.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
                sock.bind((source, 0))
            code = sock.connect_ex((place.address, place.port))
            if code == errno.EINPROGRESS:
                watcher = hub.loop.io(sock.fileno(), _WRITE)
                hub.wait(watcher)
                watcher.close()
                watcher = None
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, os.strerror(code))
            if first:
                sock.send(first)  # a new connection has room for it
            if tls is not None:
                doing = "during the TLS handshake"
                line.secure(tls, name)
                watcher = hub.loop.io(sock.fileno(), _READ)
                while not line.shake():
                    hub.wait(watcher)
            return Connection(line, sock.getsockname()[0], hub, clock)
    except BaseException as error:  # also a patience that ends, or a greenlet that is killed
        if line is not None:
            line.close()
        if isinstance(error, OSError) and not is_late(error):
            raise in_words(error, doing) from None
        raise
    finally:
        if watcher is not None:
            watcher.close()


def is_late(error: OSError) -> bool:
    """Whether it is our deadline, not the system's ETIMEDOUT."""
    return isinstance(error, TimeoutError) and error.errno is None
