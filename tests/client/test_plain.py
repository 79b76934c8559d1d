"""The short way through a plain answer: what it takes, the parser would have read the same."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rentree.client.answer import Answer
from rentree.client.failure import Failure
from rentree.client.plain import read_plain, values

OK = b"HTTP/1.1 200 OK\r\n"
BODY = b"Content-Length: 2\r\n\r\nok"


def slowly(data: bytes) -> Answer:
    """Read by the parser, which alone understands an answer in pieces."""
    answer = Answer()
    for at in range(len(data)):
        answer.feed(data[at : at + 1])
    return answer


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (OK + BODY + b"H", "a byte behind the answer is another answer's, or rubbish"),
        (OK + BODY[:-1], "a body that is not whole yet"),
        (OK + b"Content-Length: 2\r\n" + BODY, "two lengths, even when they agree"),
        (OK + b"Content-Length: +2\r\n\r\nok", "a length that is no number"),
        (OK + b"Content-Length: 2, 2\r\n\r\nok", "a list of lengths"),
        (OK + b"Transfer-Encoding: chunked\r\n" + BODY, "a length beside chunks: smuggling"),
        (OK + b"transfer-ENCODING : chunked\r\n" + BODY, "a blank before the colon"),
        (OK + b"X: y\r\n folded\r\n" + BODY, "a folded line"),
        (OK + b"X\r\n" + BODY, "a line without a colon"),
        (OK + b"X: \x00\r\n" + BODY, "a control character in a value"),
        (OK + b"X: y\n" + BODY, "a line that ends without CR"),
        (OK + b"Connection: close\r\n" + BODY, "the connection closes behind it"),
        (OK + b"Connection: keep-alive, Upgrade\r\n" + BODY, "the connection becomes another"),
        (OK + b"Upgrade: h2c\r\n" + BODY, "an upgrade is offered"),
        (OK + b"\r\nok", "no length: the body lasts until the connection closes"),
        (b"HTTP/1.0 200 OK\r\n" + BODY, "HTTP/1.0 does not keep connections"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + BODY, "an interim answer before it"),
        (b"HTTP/1.1 204 No Content\r\n" + BODY, "204 has no body, whatever it says"),
        (b"HTTP/1.1 304 Not Modified\r\n" + BODY, "304 has no body, whatever it says"),
        (b"HTTP/1.1 2000 OK\r\n" + BODY, "a status of four digits"),
        (b"\r\n" + OK + BODY, "an empty line before it"),
    ],
)
def test_what_is_left_to_the_parser(data: bytes, why: str) -> None:
    """Whatever is not exactly a plain answer is not taken for one."""
    assert read_plain(data) is None, why


def test_a_plain_answer() -> None:
    """Its parts, and header lines in any case."""
    plain = read_plain(OK + b"SET-Cookie:a=1\r\nset-cookie: \tb=2 \r\n" + BODY)
    assert plain is not None
    assert (plain.status, plain.body) == (200, b"ok")
    assert values(plain.lines, b"set-cookie") == [b"a=1", b"b=2"]
    assert values(plain.lines, b"content-length") == [b"2"]


NAMES = st.sampled_from([b"X", b"Content-Length", b"content-length", b"Connection", b"Date",
                         b"Transfer-Encoding", b"Content-Encoding", b"Set-Cookie",
                         b"A b", b""])  # fmt: skip
VALUES = st.sampled_from([b"2", b" 2", b"keep-alive", b"Keep-Alive ", b"close", b"chunked", b"gzip",
                          b"a=1; Path=/", b"\xe9", b"\x7f", b"a\tb", b"", b"0", b"3"])  # fmt: skip
LINES = st.lists(st.tuples(NAMES, VALUES), max_size=5)
STARTS = st.sampled_from([OK, b"HTTP/1.1 404\r\n", b"HTTP/1.1 503 Zut \xe0\r\n",
                          b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 204 No Content\r\n",
                          b"HTTP/1.1 101 Switching\r\n"])  # fmt: skip


@given(start=STARTS, lines=LINES, body=st.sampled_from([b"ok", b"", b"okk", b"\r\n"]))
@example(start=OK, lines=[(b"Content-Length", b"2")], body=b"ok")
def test_the_parser_would_have_read_the_same(
    start: bytes, lines: list[tuple[bytes, bytes]], body: bytes
) -> None:
    """For every answer that goes the short way, the parser comes to the same reading."""
    head = b"".join(name + b":" + value + b"\r\n" for name, value in lines)
    data = start + head + b"\r\n" + body
    if read_plain(data) is None:
        return
    fast = Answer()
    fast.feed(data)
    slow = slowly(data)
    assert (fast.complete, fast.status, fast.keep) == (slow.complete, slow.status, slow.keep)
    assert (fast.size, fast.framing) == (slow.size, slow.framing)
    for name in (b"set-cookie", b"content-length", b"content-encoding", b"x", b"date"):
        assert values(fast.lines, name) == values(slow.lines, name)
        assert fast.has(name) == slow.has(name)
    assert outcome(fast) == outcome(slow)


def outcome(answer: Answer) -> bytes | str:
    """The body, or why there is none."""
    try:
        return answer.body()
    except Failure as failure:
        return failure.why
