"""An echo of ours on loopback, and the pings that time what lies between us and it."""

from __future__ import annotations

import contextlib
import secrets
import selectors
import socket
import threading
import time
from collections.abc import Sequence

from rentree.fault import Address

_MOST = 256  # connections at once; a twin needs a few
_PING = 16  # bytes
_OWED = 1_048_576  # bytes that a peer may leave unread
CLOSE = b"rentree-echo-hang-up"  # whoever sends this is hung up on


class Echo:
    """A small TCP server on 127.0.0.1 that sends back what it gets; runs until closed."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_MOST)
        self._listener.setblocking(False)
        self.address: Address = ("127.0.0.1", self._listener.getsockname()[1])
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="echo", daemon=True)
        self._thread.start()

    def __enter__(self) -> Echo:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and drop every connection; may be called again."""
        with contextlib.suppress(OSError):
            self._wake.send(b"x")
        self._thread.join(5)
        self._wake.close()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = [(key.fileobj, key.data) for key, _ in selector.select()]
                if any(end is self._woken for end, _ in ready):
                    break
                for end, owed in ready:
                    assert isinstance(end, socket.socket)  # noqa: S101  # we registered no others
                    if end is self._listener:
                        self._welcome(selector)
                    elif _returned(end, owed):
                        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if owed else 0)
                        selector.modify(end, wanted, owed)
                    else:
                        selector.unregister(end)
                        end.close()
            for key in list(selector.get_map().values()):
                if isinstance(key.fileobj, socket.socket):
                    key.fileobj.close()

    def _welcome(self, selector: selectors.BaseSelector) -> None:
        with contextlib.suppress(OSError):  # whoever came has left again
            peer, _ = self._listener.accept()
            if len(selector.get_map()) - 2 >= _MOST:
                peer.close()
                return
            peer.setblocking(False)
            selector.register(peer, selectors.EVENT_READ, bytearray())


def _returned(peer: socket.socket, owed: bytearray) -> bool:
    """Send back what has come; false when the peer is gone, asks for it, or does not read."""
    try:
        with contextlib.suppress(BlockingIOError):
            data = peer.recv(65_536)
            if not data or data.endswith(CLOSE):
                return False
            owed += data
        with contextlib.suppress(BlockingIOError):
            del owed[: peer.send(owed)]
    except OSError:
        return False
    return len(owed) <= _OWED


def ping(address: Address, deadline_s: float) -> int | None:
    """One round trip to an echo, µs from sending to the last byte; None: not in time."""
    return ping_many([address], deadline_s)[0]


def ping_many(addresses: Sequence[Address], deadline_s: float) -> list[int | None]:
    """A round trip to each address, all at once; µs or None in the order of `addresses`.

    Connecting is not part of the time, but is part of the deadline.
    """
    end = time.monotonic() + deadline_s
    times: list[int | None] = [None] * len(addresses)
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as sockets:
        for i, address in enumerate(addresses):
            trip = _Trip(i, address)
            sockets.callback(trip.socket.close)
            selector.register(trip.socket, selectors.EVENT_WRITE, trip)
        while selector.get_map() and (left := end - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                trip = key.data
                if trip.sent_ns is None and trip.send():
                    selector.modify(trip.socket, selectors.EVENT_READ, trip)
                elif trip.sent_ns is None or trip.receive():
                    selector.unregister(trip.socket)
                    times[trip.index] = trip.took_us
    return times


class _Trip:
    """One ping under way."""

    def __init__(self, index: int, address: Address) -> None:
        self.index = index
        self.sent_ns: int | None = None
        self.took_us: int | None = None
        self._message = secrets.token_bytes(_PING)
        self._back = b""
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.setblocking(False)
        self.socket.connect_ex(address)  # what comes of it shows when we send

    def send(self) -> bool:
        """Send the message; false when nobody took the connection."""
        if self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            return False
        started = time.monotonic_ns()
        try:
            self.socket.send(self._message)
        except OSError:
            return False
        self.sent_ns = started
        return True

    def receive(self) -> bool:
        """Take what has come; true when the trip is over, well or not."""
        try:
            data = self.socket.recv(_PING)
        except OSError:
            return True
        self._back += data
        if self._back == self._message and self.sent_ns is not None:
            self.took_us = (time.monotonic_ns() - self.sent_ns) // 1000
        return not data or len(self._back) >= _PING
