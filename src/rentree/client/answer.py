"""Reading answers from the bytes of one connection: whole, bounded, or a failure in words."""

from __future__ import annotations

import zlib

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from rentree.client.failure import Failure

BODY_MOST = 8 * 1024 * 1024  # bytes, as received and as decoded
HEAD_MOST = 64 * 1024  # bytes of status line, headers, interim answers
_TOO_LARGE = "answer larger than 8 MiB"
_GZIP = b"\x1f\x8b"


class Answer:
    """The reader of one connection; `begin` before each answer, `feed` until `complete`.

    It and its parser hold one another: `drop` when the connection ends, because load processes run
    without the cycle collector.
    """

    __slots__ = (
        "_drained", "_parser", "_parts", "_until_close", "_wrong",
        "complete", "framing", "head_done", "headers", "keep", "size", "status",
    )  # fmt: skip

    def __init__(self) -> None:
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self.begin()

    def begin(self) -> None:
        """Forget the last answer."""
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []  # names in lower case
        self.head_done = False
        self.complete = False
        self.keep = False  # the connection may carry another request
        self.size = 0  # bytes of body so far
        self.framing = 0  # bytes that were not body
        self._parts: list[bytes] = []
        self._until_close = False
        self._wrong = ""

    def drop(self) -> None:
        """Let go of the parser."""
        self._parser = None

    def feed(self, data: bytes) -> None:
        """Take what arrived. Raises Failure for anything but HTTP within bounds."""
        before = self.size
        assert self._parser is not None, "fed after drop"  # noqa: S101
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            raise Failure("error", "malformed answer: 101 to a request that asked none") from None
        except HttpParserError as error:
            if self._wrong:
                raise Failure("error", self._wrong) from None
            if not self.complete:  # behind a whole answer, garbage only ends the connection
                raise Failure("error", f"malformed answer: {str(error)[:120]}") from None
            self.keep = False
        self.framing += len(data) - (self.size - before)
        # Chunks of one byte bear eight of framing; trailers and chunk extensions know no end.
        if self.framing > HEAD_MOST + min(8 * self.size, BODY_MOST):
            raise Failure("error", "headers of more than 64 KiB")

    def end(self) -> None:
        """The other side closed. Raises ConnectionAbortedError in the midst of an answer."""
        self.keep = False
        if self.head_done and self._until_close:
            self.complete = True
        if not self.complete:
            raise ConnectionAbortedError

    def body(self) -> bytes:
        """The body, unpacked. Raises Failure for an encoding that is unknown, broken or a bomb."""
        raw = b"".join(self._parts)
        self._parts = []
        encoding = b""
        for name, value in self.headers:
            if name == b"content-encoding":
                encoding = value.strip().lower()
        if not encoding or encoding == b"identity" or not raw:
            return raw
        if encoding not in (b"gzip", b"x-gzip"):
            shown = encoding[:40].decode("latin-1")
            raise Failure("error", f"answer in an encoding that we did not ask for: {shown!r}")
        return _unpack(raw)

    # What follows is called by the parser.

    def on_message_begin(self) -> None:  # noqa: D102
        if self.complete:  # an answer that nobody asked for
            self.keep = False

    def on_header(self, name: bytes, value: bytes) -> None:  # noqa: D102
        if not self.head_done:  # else a trailer
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:  # noqa: D102
        if self.complete:
            return
        assert self._parser is not None  # noqa: S101
        self.status = status = self._parser.get_status_code()
        if status < 200:
            if status < 100:
                raise self._stop(f"malformed answer: status {status}")
            return
        self.head_done = True
        chunked = until_close = False
        length = -1
        for name, value in self.headers:
            if name == b"content-length":
                length = int(value) if value.strip().isdigit() else 0  # the parser checks it
            elif name == b"transfer-encoding":
                chunked = value.strip().lower().endswith(b"chunked")
                until_close = not chunked
        if length > BODY_MOST and status not in (204, 304):
            raise self._stop(_TOO_LARGE)
        if not chunked and length < 0 and status not in (204, 304):
            until_close = True
        self._until_close = until_close

    def on_body(self, data: bytes) -> None:  # noqa: D102
        if self.complete:
            return
        self.size += len(data)
        if self.size > BODY_MOST:
            raise self._stop(_TOO_LARGE)
        self._parts.append(data)

    def on_message_complete(self) -> None:  # noqa: D102
        if self.complete:
            return
        if not self.head_done:  # an interim answer (1xx): the real one follows
            self.headers = []
            self.status = 0
            return
        assert self._parser is not None  # noqa: S101
        self.complete = True
        self.keep = self._parser.should_keep_alive()

    def _stop(self, why: str) -> ValueError:
        """The parser swallows what its callbacks raise: `feed` says it."""
        self._wrong = why
        return ValueError(why)


def _unpack(raw: bytes) -> bytes:
    """Gunzip all members, never making more than the bound."""
    parts: list[bytes] = []
    room = BODY_MOST
    while raw.startswith(_GZIP) or not parts:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            part = unpacker.decompress(raw, room + 1)
        except zlib.error:
            raise Failure("error", "answer whose gzip is broken") from None
        room -= len(part)
        if room < 0:
            raise Failure("error", f"{_TOO_LARGE} once unpacked")
        if not unpacker.eof:
            raise Failure("error", "answer whose gzip ends too early")
        parts.append(part)
        raw = unpacker.unused_data
    return b"".join(parts)
