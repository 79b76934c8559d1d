"""One connection of one person: connect, send, receive, all before a deadline."""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Callable
from typing import Any

import gevent
import gevent.socket as gsocket

from rentree.client.answer import Answer
from rentree.client.failure import Failure, in_words
from rentree.client.names import Place

_PIECE = 16 * 1024  # bytes a read
_IP_BIND_ADDRESS_NO_PORT = 24  # Linux: a source address costs no port until it connects


class Connection:
    """A connected socket and the reader of its answers.

    A read or write that the deadline cuts short raises TimeoutError, the network's own errors
    OSError (ConnectionAbortedError without errno: closed), a malformed answer Failure. After any of
    them the connection is good for nothing but `close`.
    """

    __slots__ = ("_clock", "_sock", "accepted", "address", "answer", "first_byte", "wire")

    def __init__(self, sock: Any, clock: Callable[[], int]) -> None:
        self._sock = sock
        self._clock = clock
        self.address: str = sock.getsockname()[0]
        self.answer = Answer()
        self.accepted = 0  # bytes of the present request that the system took
        self.wire = 0  # bytes of the present answer
        self.first_byte: int | None = None  # µs

    def exchange(self, request: bytes, deadline: int) -> None:
        """Send one request and receive its whole answer (in `answer`)."""
        answer = self.answer
        answer.begin()
        self.accepted = self.wire = 0
        self.first_byte = None
        sock, clock = self._sock, self._clock
        self._send(request, deadline)
        while not answer.complete:
            left = deadline - clock()
            if left <= 0:
                raise TimeoutError
            sock.settimeout(left / 1e6)
            data = sock.recv(_PIECE)
            if not data:
                answer.end()
                return
            if self.first_byte is None:
                self.first_byte = clock()
            self.wire += len(data)
            answer.feed(data)

    def _send(self, request: bytes, deadline: int) -> None:
        rest = request
        while rest:
            left = deadline - self._clock()
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(left / 1e6)
            count = self._sock.send(rest)
            self.accepted += count
            rest = rest[count:]

    def idle(self) -> bool:
        """Whether the kept connection is still open and silent, as it must be between answers."""
        self._sock.settimeout(0.0)
        try:
            self._sock.recv(1)  # closed, or bytes that nobody asked for
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def doing(self) -> str:
        """How far the exchange has come, as an adverb."""
        if self.first_byte is not None:
            head_done = self.answer.head_done
            return "while reading the body" if head_done else "in the headers of the answer"
        return "before the answer" if self.accepted else "while sending the request"

    def close(self) -> None:
        """End the connection."""
        self.answer.drop()
        self._sock.close()


def connect(
    places: list[Place],
    *,
    source: str,
    tls: ssl.SSLContext | None,
    name: str,
    left: Callable[[], float],
    clock: Callable[[], int],
) -> Connection:
    """Connect to the first of `places` that answers, within `left()` s altogether.

    `source`: local address to use where it is of the place's family, or "". `tls`: None for plain
    TCP; else the certificate must be for `name`. Raises Failure, and TimeoutError when time is up.
    """
    last = len(places) - 1
    for number, place in enumerate(places):
        try:
            return _connect(place, source=source, tls=tls, name=name, left=left, clock=clock)
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
) -> Connection:
    doing = "while connecting"
    sock: Any = None
    try:
        # One timer over all: a handshake is many reads, and each could take just less than it may.
        with gevent.Timeout(max(left(), 0.0), TimeoutError):
            family = socket.AF_INET6 if place.v6 else socket.AF_INET
            sock = gsocket.socket(family, socket.SOCK_STREAM)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if source and (":" in source) == place.v6:
                if sys.platform == "linux":
                    sock.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
                sock.bind((source, 0))
            sock.connect((place.address, place.port))
            if tls is not None:
                doing = "during the TLS handshake"
                sock = tls.wrap_socket(sock, server_hostname=name, do_handshake_on_connect=False)
                sock.do_handshake()
            return Connection(sock, clock)
    except BaseException as error:  # also a patience that ends, or a greenlet that is killed
        if sock is not None:
            sock.close()
        if isinstance(error, OSError) and not is_late(error):
            raise in_words(error, doing) from None
        raise


def is_late(error: OSError) -> bool:
    """Whether it is our deadline, not the system's ETIMEDOUT."""
    return isinstance(error, TimeoutError) and error.errno is None
