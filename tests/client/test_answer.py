"""Reading answers: every way of framing one, every bound, and any garbage."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentree.client.answer import BODY_MOST, HEAD_MOST, Answer
from rentree.client.failure import Failure

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nX-Empty:\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5;ext=1\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nSet-Cookie: late=1\r\n\r\n"
)
ZIPPED = gzip.compress(b"hello world", mtime=0)  # names of tests must not move
GZIP = (
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED)
) + ZIPPED
INTERIM = (
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world"
)


def read(*pieces: bytes, closed: bool = False) -> Answer:
    """What a connection makes of these reads."""
    answer = Answer()
    for piece in pieces:
        if answer.complete:
            break
        answer.feed(piece)
    if closed and not answer.complete:
        answer.end()
    return answer


@pytest.mark.parametrize("raw", [CHUNKED, GZIP, INTERIM], ids=["chunked", "gzip", "interim"])
def test_an_answer_may_be_cut_anywhere(raw: bytes) -> None:
    """However the network cuts an answer in two, or into single bytes, it reads the same."""
    cuts = [(raw[:at], raw[at:]) for at in range(1, len(raw))]
    for pieces in [*cuts, tuple(raw[at : at + 1] for at in range(len(raw)))]:
        answer = read(*pieces)
        assert answer.complete
        assert answer.keep
        assert answer.status == 200
        assert answer.body() == b"hello world"
        assert not answer.has(b"link")
        assert not answer.has(b"set-cookie")


@pytest.mark.parametrize(
    ("raw", "body", "keep"),
    [
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", b"", True, id="204 has no body"),
        pytest.param(
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
            b"",
            True,
            id="304 has none whatever its length says",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\nab", b"ab", False, id="until the server closes"),
        pytest.param(
            b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", b"ab", False, id="1.0 closes"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab",
            b"ab",
            False,
            id="the server says that it will close",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\n\r\nevil",
            b"ab",
            False,
            id="a second answer that nobody asked for is dropped with its connection",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab\0\0\0",
            b"ab",
            False,
            id="garbage behind the answer ends the connection only",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: x-gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"%x\r\n%s\r\n0\r\n\r\n" % (2 * len(ZIPPED) + 3, ZIPPED + ZIPPED + b"pad"),
            b"hello worldhello world",
            True,
            id="gzip of two members, with padding behind",
        ),
    ],
)
def test_framing(raw: bytes, body: bytes, keep: bool) -> None:
    """Each way to delimit a body, and whether the connection may be used again."""
    answer = read(raw, closed=True)
    assert answer.complete
    assert answer.body() == body
    assert answer.keep is keep


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "malformed answer: Expected HTTP/"),
        (b"HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n", "malformed answer: status 99"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "101"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            "malformed",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n", "larger than 8 MiB"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "malformed"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * HEAD_MOST, "headers of more than 64 KiB"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 3_000, "headers of more than 64 KiB"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 70_000,
            "headers of more than 64 KiB",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * (BODY_MOST + 1), "answer larger than 8 MiB"),
    ],
)
def test_what_is_refused_while_reading(raw: bytes, why: str) -> None:
    """Anything but bounded HTTP is a failure in words."""
    with pytest.raises(Failure, match=why) as caught:
        read(raw)
    assert caught.value.kind == "error"
    assert not caught.value.ours


@pytest.mark.parametrize(
    ("encoding", "body", "why"),
    [
        ("gzip", gzip.compress(bytes(BODY_MOST + 1), mtime=0), "larger than 8 MiB once unpacked"),
        (
            "gzip",
            gzip.compress(bytes(BODY_MOST), mtime=0) + ZIPPED,
            "larger than 8 MiB once unpacked",
        ),
        ("gzip", ZIPPED[:-4], "gzip ends too early"),
        ("gzip", b"not gzip", "gzip is broken"),
        ("deflate", b"not deflate", "deflate is broken"),
        ("deflate", zlib.compress(b"hello")[:-4], "deflate ends too early"),
        ("deflate", zlib.compress(bytes(BODY_MOST + 1)), "larger than 8 MiB once unpacked"),
        ("br", b"x", "did not ask for: 'br'"),
    ],
)
def test_what_is_refused_while_unpacking(encoding: str, body: bytes, why: str) -> None:
    """A bomb, a stump, rubbish and a foreign encoding are failures in words."""
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    answer = read(head.encode() + body)
    with pytest.raises(Failure, match=why):
        answer.body()


def test_an_answer_of_exactly_the_bound_is_read() -> None:
    """8 MiB are not more than 8 MiB, packed or not."""
    plain = bytes(BODY_MOST)
    packed = gzip.compress(plain)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n"
    assert read(head % len(plain) + b"\r\n" + plain).body() == plain
    zipped = read(head % len(packed) + b"Content-Encoding: gzip\r\n\r\n" + packed)
    assert zipped.body() == plain


SOUP = st.one_of(
    st.binary(max_size=300),
    st.lists(
        st.sampled_from(
            [
                CHUNKED,
                GZIP,
                INTERIM,
                b"\r\n",
                b"HTTP/1.1 ",
                b"200",
                b" OK\r\n",
                b"0\r\n",
                b"\x00",
                b"Content-Length: 1\r\n",
                b"Transfer-Encoding: chunked\r\n",
                b"Connection: close",
                b"Content-Encoding: gzip\r\n",
                b"Transfer-Encoding: gzip\r\n",
                ZIPPED,
                b":",
                b"a",
            ]
        ),
        max_size=8,
    ).map(b"".join),
    st.tuples(
        st.sampled_from([CHUNKED, GZIP, INTERIM]), st.integers(0, 80), st.binary(max_size=4)
    ).map(lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] + len(cut[2]) :]),
)


@given(raw=SOUP, cut=st.integers(0, 300))
def test_no_bytes_raise_anything_else(raw: bytes, cut: int) -> None:
    """Whatever arrives, it is an answer, a Failure, or a connection that closed too early."""
    try:
        answer = read(raw[:cut], raw[cut:], closed=True)
        body = answer.body()
    except (Failure, ConnectionAbortedError):
        return
    assert answer.complete
    assert answer.status >= 200
    assert len(body) <= BODY_MOST


@pytest.mark.parametrize("window", [zlib.MAX_WBITS, -zlib.MAX_WBITS], ids=["zlib", "bare"])
def test_deflate_is_read_in_both_its_forms(window: int) -> None:
    """RFC 9110, 8.4.1.2 means zlib; some servers have always sent it bare."""
    packer = zlib.compressobj(wbits=window)
    body = packer.compress(b"hello world") + packer.flush()
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: {len(body)}\r\n\r\n"
    assert read(head.encode() + body).body() == b"hello world"
