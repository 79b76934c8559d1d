"""Reading answers from the bytes of one connection: whole, bounded, or a failure in words."""

from __future__ import annotations

import zlib

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from rentree.client.failure import Failure
from rentree.client.plain import Lines, Plain, read_plain, values

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
        "_headers", "_parser", "_parts", "_plain", "_until_close", "_wrong",
        "complete", "framing", "head_done", "keep", "size", "status",
    )  # fmt: skip

    def __init__(self) -> None:
        self._parser: HttpResponseParser | None = None  # made for the first answer that needs it
        self.begin()

    def begin(self) -> None:
        """Forget the last answer."""
        self.status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._plain: Plain | None = None
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
        if not self.framing and not self.size and (plain := read_plain(data)) is not None:
            self._take(plain, len(data))
            return
        before = self.size
        if self._parser is None:
            self._parser = HttpResponseParser(self)
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

    def _take(self, plain: Plain, size: int) -> None:
        self._plain = plain
        self.status = plain.status
        self.head_done = self.complete = self.keep = True
        self.size = len(plain.body)
        self.framing = size - self.size
        self._parts = [plain.body]

    @property
    def lines(self) -> Lines:
        """The header lines, for `Headers`."""
        return self._headers if self._plain is None else self._plain.lines

    def has(self, name: bytes) -> bool:
        """Whether there is a header of this name (in lower case)."""
        if self._plain is not None:
            return b"\n" + name + b":" in self._plain.names
        return any(known == name for known, _ in self._headers)

    def end(self) -> None:
        """The other side closed. Raises ConnectionAbortedError in the midst of an answer."""
        self.keep = False
        if self.head_done and self._until_close:
            self.complete = True
        if not self.complete:
            raise ConnectionAbortedError

    def body(self) -> bytes:
        """The body, unpacked; asked last, for nothing of the answer is kept beyond it.

        Raises Failure for an encoding that is unknown, broken or a bomb.
        """
        raw = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        packed = self.has(b"content-encoding") and raw
        encoding = values(self.lines, b"content-encoding")[-1].lower() if packed else b""
        self._parts, self._headers, self._plain = [], [], None
        if encoding in (b"", b"identity"):
            return raw
        if encoding in (b"gzip", b"x-gzip"):
            return _unpack(raw, zlib.MAX_WBITS | 16, "gzip")
        if encoding == b"deflate":  # RFC 9110 means zlib; some servers send it bare
            bare = not (raw[0] & 15 == 8 and int.from_bytes(raw[:2]) % 31 == 0)
            return _unpack(raw, -zlib.MAX_WBITS if bare else zlib.MAX_WBITS, "deflate")
        shown = encoding[:40].decode("latin-1")
        raise Failure("error", f"answer in an encoding that we did not ask for: {shown!r}")

    # What follows is called by the parser.

    def on_message_begin(self) -> None:  # noqa: D102
        if self.complete:  # an answer that nobody asked for
            self.keep = False

    def on_header(self, name: bytes, value: bytes) -> None:  # noqa: D102
        if not self.head_done:  # else a trailer
            self._headers.append((name.lower(), value))

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
        for name, value in self._headers:
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
            self._headers = []
            self.status = 0
            return
        assert self._parser is not None  # noqa: S101
        self.complete = True
        self.keep = self._parser.should_keep_alive()

    def _stop(self, why: str) -> ValueError:
        """The parser swallows what its callbacks raise: `feed` says it."""
        self._wrong = why
        return ValueError(why)


def _unpack(raw: bytes, window: int, name: str) -> bytes:
    """Unpack all members, never making more than the bound."""
    parts: list[bytes] = []
    room = BODY_MOST
    while raw.startswith(_GZIP) or not parts:
        unpacker = zlib.decompressobj(window)
        try:
            part = unpacker.decompress(raw, room + 1)
        except zlib.error:
            raise Failure("error", f"answer whose {name} is broken") from None
        room -= len(part)
        if room < 0:
            raise Failure("error", f"{_TOO_LARGE} once unpacked")
        if not unpacker.eof:
            raise Failure("error", f"answer whose {name} ends too early")
        parts.append(part)
        raw = unpacker.unused_data
    return b"".join(parts)
