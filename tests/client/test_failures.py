"""Hostile, broken and slow servers: every failure is an outcome in words, in time, and bounded."""

from __future__ import annotations

import gc
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rentree.client import Client, Failure, Page
from rentree.client.answer import Answer
from rentree.client.connection import Connection

if TYPE_CHECKING:
    from tests.client.conftest import Peer, Visit

Serve = Callable[..., "Peer"]
Browse = Callable[..., Client]
OURS = (Answer, Connection, Failure, Page)
HOMEWORK = "x" * 8_000_000  # more than the system's buffers hold
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def saying(*answers: bytes) -> Callable[[Visit], None]:
    """Answer the requests of each connection with these bytes, then close."""

    def behave(visit: Visit) -> None:
        for answer in answers:
            if not visit.read():
                return
            visit.send(answer)

    return behave


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "connection closed before the answer"),
        (b"HTTP/1.1 200 OK\r\nX: y", "connection closed in the headers of the answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "closed while reading the body"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
            "closed while reading",
        ),
        (b"\x15\x03\x03\x00\x02\x02\x46", "malformed answer"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(10 * 1024 * 1024), "answer larger than 8 MiB"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n", "answer larger than 8 MiB"),
        (b"HTTP/1.1 302 Found\r\nLocation: ftp://x\r\nContent-Length: 0\r\n\r\n", "not an http"),
    ],
)
def test_bad_answers(serve: Serve, browse: Browse, answer: bytes, why: str) -> None:
    """Whatever the server sends, the person gets an error in words."""
    client = browse(serve(saying(answer)).base)
    with pytest.raises(Failure, match=why) as caught:
        client.get("/")
    assert caught.value.kind == "error"
    assert len(client.tally.hops) == 1
    assert client.tally.bytes <= 9 * 1024 * 1024


def test_endless_headers(serve: Serve, browse: Browse) -> None:
    """A server that never ends its headers is left after 64 KiB and a read."""

    def behave(visit: Visit) -> None:
        visit.read()
        visit.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            visit.send(b"X-More: and more\r\n" * 100)

    client = browse(serve(behave).base)
    with pytest.raises(Failure, match="headers of more than 64 KiB"):
        client.get("/")
    assert client.tally.bytes <= 96 * 1024


def test_a_reset_in_the_body(serve: Serve, browse: Browse) -> None:
    """A TCP reset in the midst of a body is said as such."""

    def behave(visit: Visit) -> None:
        visit.read()
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        time.sleep(0.05)  # so that the first half is read before the reset discards it
        visit.reset()

    with pytest.raises(Failure, match="connection reset while reading the body"):
        browse(serve(behave).base).get("/")


def test_nobody_listens(browse: Browse) -> None:
    """A closed port is a refused connection."""
    with socket.socket() as reserved:  # bound but not listening: nobody else can take it
        reserved.bind(("127.0.0.1", 0))
        with pytest.raises(Failure, match="connection refused") as caught:
            browse(f"http://127.0.0.1:{reserved.getsockname()[1]}").get("/")
    assert caught.value.kind == "error"


def test_nothing_is_sent_after_the_deadline(serve: Serve, browse: Browse) -> None:
    """An attempt whose time is up is a timeout without a packet."""
    peer = serve(saying(OK))
    with pytest.raises(Failure, match="no answer within 0 s") as caught:
        browse(peer.base, seconds=0).get("/")
    assert caught.value.kind == "timeout"
    assert peer.sources == []


def silent(visit: Visit) -> None:
    """Take the request and say nothing."""
    visit.read()
    visit.read()


def dripping(visit: Visit) -> None:
    """Send one byte of header after another, for ever."""
    visit.read()
    visit.send(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        time.sleep(0.01)
        visit.send(b"a")


def deaf(visit: Visit) -> None:
    """Accept, and never read."""
    visit.conn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    time.sleep(1)


@pytest.mark.parametrize("behave", [silent, dripping, deaf])
def test_the_deadline_holds(serve: Serve, browse: Browse, behave: Callable[[Visit], None]) -> None:
    """A server that is silent, drips or does not read costs the person's time and no more."""
    peer = serve(behave)
    begun = time.monotonic()
    client = browse(peer.base, seconds=0.2)
    with pytest.raises(Failure, match=r"^no answer within 0\.2 s$") as caught:
        client.post("/", {"homework": HOMEWORK} if behave is deaf else {"a": "1"})
    assert caught.value.kind == "timeout"
    (hop,) = client.tally.hops
    assert hop[:3] == ("POST", "/", 0)
    assert 0.2 <= time.monotonic() - begun <= 2.0


def test_a_connection_that_is_never_accepted(browse: Browse) -> None:
    """A full queue swallows the first packets of a connection: a timeout, not a hang."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        with pytest.raises(Failure, match="no answer within") as caught:
            browse(f"http://127.0.0.1:{address[1]}", seconds=0.2).get("/")
        for filler in fillers:
            filler.close()
    assert caught.value.kind == "timeout"


def test_a_kept_connection_that_was_closed_is_replaced(serve: Serve, browse: Browse) -> None:
    """When the server has closed in the meantime, GET and POST alike go on a new connection."""
    peer = serve(saying(OK))
    client = browse(peer.base)
    for number in range(4):
        assert client.get("/").body == b"ok"
        time.sleep(0.02)  # the server's close arrives
        assert client.post("/", {"n": str(number)}).body == b"ok"
        time.sleep(0.02)
    assert len(peer.sources) == len(peer.requests) == 8


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_kept_connection_that_closes_upon_the_request(
    serve: Serve, browse: Browse, method: str, reset: bool
) -> None:
    """A GET is asked once more; a POST may have been done: its missing answer is an error."""

    def behave(visit: Visit) -> None:
        visit.read()
        visit.send(OK)
        if visit.number == 0:
            visit.read()
            if reset:
                visit.reset()
        else:
            visit.read()

    peer = serve(behave)
    client = browse(peer.base)
    client.get("/")
    if method == "GET":
        assert client.get("/x").body == b"ok"
        assert len(peer.sources) == 2
        assert len(client.tally.hops) == 2
    else:
        how = "reset" if reset else "closed"
        with pytest.raises(Failure, match=f"connection {how} before the answer"):
            client.post("/x", {"a": "1"})
        assert len(peer.sources) == 1
    assert sum("/x" in request for request in peer.requests) == (2 if method == "GET" else 1)


def test_a_get_is_repeated_once_only(serve: Serve, browse: Browse) -> None:
    """A server that closes upon each request gets two tries, not an endless stream."""

    def behave(visit: Visit) -> None:
        visit.read()
        if visit.number == 0:
            visit.send(OK)
            visit.read()

    peer = serve(behave)
    client = browse(peer.base)
    client.get("/")
    with pytest.raises(Failure, match="connection closed before the answer"):
        client.get("/")
    assert len(peer.sources) == 2


def test_an_answer_that_nobody_asked_for_is_never_read_as_one(serve: Serve, browse: Browse) -> None:
    """Bytes behind an answer, at once or later, end the connection: else a leak would be ours."""

    def behave(visit: Visit) -> None:
        visit.read()
        visit.send(OK if visit.number else OK + OK.replace(b"ok", b"no"))
        visit.send(OK.replace(b"ok", b"no"))
        visit.read()

    peer = serve(behave)
    client = browse(peer.base)
    for _ in range(3):
        assert client.get("/").body == b"ok"
        time.sleep(0.02)
    assert len(peer.sources) == 3


def test_connections_of_one_person_are_bounded(serve: Serve, browse: Browse) -> None:
    """A platform spread over many ports leaves a person with eight kept connections."""

    def behave(visit: Visit) -> None:
        while visit.read():
            visit.page()

    peers = [serve(behave) for _ in range(10)]
    client = browse(peers[0].base)
    for peer in [*peers, peers[9], peers[0]]:
        client.get(peer.base + "/")
    assert [len(peer.sources) for peer in peers] == [2] + [1] * 9


def test_a_patience_that_ends_leaves_no_half_read_connection(serve: Serve, browse: Browse) -> None:
    """A person who gives up in the midst of an answer does not find its rest next time."""

    def behave(visit: Visit) -> None:
        visit.read()
        if visit.number == 0:
            visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            visit.read()
        else:
            visit.send(OK)

    peer = serve(behave)
    client = browse(peer.base)
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.05):
        client.get("/")
    assert client.get("/").body == b"ok"
    assert len(peer.sources) == 2


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    answer=st.one_of(
        st.binary(max_size=100),
        st.builds(
            lambda head, body: b"HTTP/1.1 " + head + b"\r\n\r\n" + body,
            st.sampled_from(
                [
                    b"200 OK",
                    b"302 Found\r\nLocation: \xff//",
                    b"200 OK\r\nSet-Cookie: \xe9=\xff",
                    b"200 OK\r\nContent-Encoding: gzip",
                    b"307 X\r\nLocation: http://[",
                    b"204 No",
                ]
            ),
            st.binary(max_size=100),
        ),
    )
)
def test_garbage_is_a_failure_or_a_page(serve: Serve, browse: Browse, answer: bytes) -> None:
    """Whatever bytes a server sends, only Failure is raised."""
    client = browse(serve(saying(answer)).base, seconds=2)
    try:
        page = client.get("/")
    except Failure as failure:
        assert failure.kind == "error"  # noqa: PT017  # a page is as good
    else:
        assert page.status >= 200


def test_nothing_needs_the_cycle_collector(serve: Serve, browse: Browse) -> None:
    """Load processes run without it: requests, failures and connections die by their last name."""
    good, bad = serve(saying(OK, OK)), serve(saying(b"nonsense"))
    client = browse(good.base)
    other = browse(bad.base)

    def visit_both() -> None:
        for _ in range(5):
            client.get("/")
            with pytest.raises(Failure):
                other.get("/")

    visit_both()
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(thing, OURS) for thing in gc.get_objects())
        for _ in range(5):
            client.get("/").forms()
            try:
                other.get("/")
            except Failure:
                continue
        after = sum(isinstance(thing, OURS) for thing in gc.get_objects())
    finally:
        gc.enable()
    assert after <= before + 2  # one kept connection more, with its reader
