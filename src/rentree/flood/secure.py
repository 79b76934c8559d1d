"""A connection that a flood speaks TLS on, for the sender a socket like any other.

Its certificate is not verified: a flood tells no secret, and hits the address that it was given.
"""

from __future__ import annotations

import selectors
import socket
import ssl
from functools import cache


class SecureSocket:
    """Shakes hands when it is first written to. What must wait raises BlockingIOError."""

    def __init__(self, sock: socket.socket, host: str) -> None:
        self._sock, self._host = sock, host
        self._tls: ssl.SSLSocket | None = None  # once it is connected, and the same descriptor
        self._greeted = False
        self.wants = selectors.EVENT_WRITE  # what the selector must tell before we can go on

    def fileno(self) -> int:
        """The descriptor."""
        return (self._tls or self._sock).fileno()

    def send(self, data: bytes) -> int:
        """Bytes that were taken. Raises BlockingIOError, or OSError: the connection is broken."""
        try:
            tls = self._tls or self._begin()
            if not self._greeted:
                tls.do_handshake()
                self._greeted = True
            return tls.send(data)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
            raise self._wait(error) from None

    def recv(self, size: int) -> bytes:
        """What came. Raises BlockingIOError, or OSError: the connection is broken."""
        if self._tls is None or not self._greeted:
            raise BlockingIOError
        try:
            data = self._tls.recv(size)
            while more := self._tls.pending():
                data += self._tls.recv(more)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
            raise self._wait(error) from None
        except ssl.SSLZeroReturnError:
            return b""
        return data

    def setsockopt(self, level: int, option: int, value: bytes) -> None:
        """As of a socket."""
        (self._tls or self._sock).setsockopt(level, option, value)

    def close(self) -> None:
        """Close it without a farewell."""
        (self._tls or self._sock).close()

    def _begin(self) -> ssl.SSLSocket:
        if code := self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(code, "it cannot be connected")
        self._sock.getpeername()  # raises ENOTCONN while it is being connected
        self._tls = _anybody().wrap_socket(
            self._sock, server_hostname=self._host, do_handshake_on_connect=False
        )
        return self._tls

    def _wait(self, error: ssl.SSLError) -> BlockingIOError:
        reading = isinstance(error, ssl.SSLWantReadError)
        self.wants = selectors.EVENT_READ if reading else selectors.EVENT_WRITE
        return BlockingIOError()


@cache
def _anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
