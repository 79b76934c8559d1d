"""A connected socket, and TLS inside it when asked for: bytes out and in, never waiting.

TLS runs over two memory BIOs rather than on the descriptor: a handshake then costs three reads of
the socket instead of a dozen. Measured on one core against nginx, P-256 and TLS 1.3, µs of CPU a
new session: BIOs 729-778, `ssl` on the descriptor 803-896, gevent's `SSLSocket` 806-1016, pyOpenSSL
637-737, but without the check of the host's name, which it leaves to us: for a verdict, OpenSSL's
own check is worth a tenth more (`make bench` has the sessions a second that come of it).
"""

from __future__ import annotations

import ssl
from _socket import socket as RawSocket  # noqa: N812  # gevent's has two watchers more than needed

PIECE = 16 * 1024  # bytes a read


class Line:
    """Both ends of the bytes of one connection; closed by `close`."""

    __slots__ = ("_begun", "_in", "_out", "_sock", "_tls", "ended")

    def __init__(self, sock: RawSocket) -> None:
        self._sock = sock
        self._tls: ssl.SSLObject | None = None
        self._begun = False  # the handshake
        self.ended = False  # the other side has said its last

    def fileno(self) -> int:
        """The descriptor, to wait for."""
        return self._sock.fileno()

    def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Begin TLS; the certificate must be for `name`."""
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=name)

    def shake(self) -> bool:
        """Carry the handshake as far as it goes without waiting; True when it is done.

        Raises OSError, of which ssl.SSLError is one.
        """
        assert self._tls is not None  # noqa: S101  # after `secure`
        while self._begun:
            try:
                data = self._sock.recv(PIECE)
            except BlockingIOError:
                return False
            if data:
                self._in.write(data)
            else:
                self._in.write_eof()
            if self._step():
                return True
        self._begun = True
        return self._step()

    def _step(self) -> bool:
        assert self._tls is not None  # noqa: S101
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            self._flush()  # also the alert that says why we refuse
        return True

    def seal(self, data: bytes) -> bytes:
        """What goes over the wire for `data`."""
        if self._tls is None:
            return data
        self._tls.write(data)
        return self._out.read()

    def send(self, sealed: bytes) -> int:
        """Bytes of it that the system took, 0 when it has no room. Raises OSError."""
        try:
            return self._sock.send(sealed)
        except BlockingIOError:
            return 0

    def receive(self) -> bytes:
        """What has arrived for us, maybe nothing; `ended` says whether more can come.

        Raises OSError.
        """
        try:
            data = self._sock.recv(PIECE)
        except BlockingIOError:
            return b""
        if not data:
            self.ended = True
        if self._tls is None:
            return data
        return self._opened(data)

    def _opened(self, data: bytes) -> bytes:
        tls, parts = self._tls, []
        assert tls is not None  # noqa: S101
        if data:
            self._in.write(data)
        else:
            self._in.write_eof()
        try:
            while part := tls.read(PIECE):
                parts.append(part)
            self.ended = True  # it said goodbye, as TLS should
        except ssl.SSLWantReadError:
            self._flush()  # a new key is answered
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            self.ended = True
        return b"".join(parts)

    def _flush(self) -> None:
        if self._out.pending:
            self._sock.send(self._out.read())

    def close(self) -> None:
        """Close the socket; TLS says no goodbye, as browsers do not."""
        self._sock.close()
        self._tls = None
        if hasattr(self, "_in"):
            del self._in, self._out
