"""Real servers on loopback that send exactly the bytes a test wants, from threads of their own."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rentree.client import Client

TRACE = "0af7651916cd43dd8448eb211c80319c"


def clock() -> int:
    """µs, monotonic."""
    return time.monotonic_ns() // 1_000


class Visit:
    """One connection as the server sees it."""

    def __init__(self, peer: Peer, conn: socket.socket, number: int) -> None:
        self.peer = peer
        self.conn = conn
        self.number = number  # from 0
        self._rest = b""

    def read(self) -> str:
        """The next request, whole; "" when the client closed."""
        while b"\r\n\r\n" not in self._rest:
            data = self.conn.recv(65_536)
            if not data:
                return ""
            self._rest += data
        head, _, rest = self._rest.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(rest) < length:
            rest += self.conn.recv(65_536)
        self._rest = rest[length:]
        request = (head + b"\r\n\r\n" + rest[:length]).decode("latin-1")
        self.peer.requests.append(request)
        return request

    def send(self, data: bytes) -> None:
        """Send exactly this."""
        self.conn.sendall(data)

    def page(self, body: bytes | str = b"ok", *lines: str, status: str = "200 OK") -> None:
        """Send a well-formed answer with these header lines."""
        raw = body.encode() if isinstance(body, str) else body
        head = "\r\n".join([f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(raw)}"])
        self.send(head.encode() + b"\r\n\r\n" + raw)

    def reset(self) -> None:
        """Close with a TCP reset."""
        self.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.conn.close()


class Peer:
    """A server that treats each connection by `behave`, in a thread."""

    def __init__(
        self,
        behave: Callable[[Visit], None],
        address: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: list[str] = []
        self.sources: list[str] = []  # whence each connection came
        self._behave = behave
        self._tls = tls
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        scheme = "http" if tls is None else "https"
        self.base = f"{scheme}://{f'[{address}]' if ':' in address else address}:{self.port}"
        self._threads: list[threading.Thread] = []
        self._conns: list[socket.socket] = []
        self._start(self._accept)

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                conn, source = self._listener.accept()
                conn.settimeout(10)
                number = len(self.sources)
                self.sources.append(source[0])
                self._start(self._treat, conn, number)

    def _treat(self, conn: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), conn:
            if self._tls is not None:
                conn = self._tls.wrap_socket(conn, server_side=True)
            with conn:
                self._conns.append(conn)
                self._behave(Visit(self, conn, number))

    def close(self) -> None:
        """Stop listening and wait until every connection's thread has ended."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for conn in self._conns:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(conn, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)


@pytest.fixture
def serve() -> Iterator[Callable[..., Peer]]:
    """Start servers: `serve(behave, address="127.0.0.1", tls=None)`."""
    peers: list[Peer] = []

    def start(behave: Callable[[Visit], None], **kept: Any) -> Peer:
        peers.append(Peer(behave, **kept))
        return peers[-1]

    yield start
    for peer in peers:
        peer.close()


@pytest.fixture
def browse() -> Iterator[Callable[..., Client]]:
    """Make a client whose attempt has begun: `browse(base, seconds=5, **options of Client)`."""
    clients: list[Client] = []

    def make(base: str, seconds: float = 5.0, mark: str = "", **options: Any) -> Client:
        client = Client(base=base, clock=clock, **options)
        client.begin(TRACE, clock() + int(seconds * 1e6), mark)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()
