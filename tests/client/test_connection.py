"""A kept connection between its answers, and everybody's deadlines by one timer."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentree.client import Client, Failure
from rentree.client import connection as module
from rentree.client.deadlines import Booking, Deadlines

if TYPE_CHECKING:
    from tests.client.conftest import Peer, Visit

Serve = Callable[..., "Peer"]
Browse = Callable[..., Client]


def sockets() -> int:
    """How many sockets this process holds."""
    held = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            held += str(entry.readlink()).startswith("socket:")
        except OSError:  # closed meanwhile
            continue
    return held


def until(met: Callable[[], bool]) -> None:
    """Let the event loop run until something is so."""
    end = time.monotonic() + 5
    while not met():
        assert time.monotonic() < end
        gevent.sleep(0.01)


def test_a_connection_that_the_platform_closes_is_closed_at_once(
    serve: Serve, browse: Browse
) -> None:
    """Its descriptor is free before anybody asks for the next page; that one is got anew."""

    def behave(visit: Visit) -> None:
        visit.read()
        visit.page("once")

    peer = serve(behave)
    client = browse(peer.base)
    client.get("/")
    (kept,) = client._kept.values()
    until(lambda: kept._line is None)
    assert client.get("/").body == b"once"
    assert len(peer.sources) == 2


def test_a_connection_that_is_silent_too_long_is_closed(
    serve: Serve, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a browser does, though the platform would have kept it."""
    monkeypatch.setattr(module, "IDLE_MOST", 0.2)

    def behave(visit: Visit) -> None:
        while visit.read():
            visit.page("kept")

    client = browse(serve(behave).base, seconds=0.1)
    client.get("/")
    (kept,) = client._kept.values()
    began = time.monotonic()
    until(lambda: kept._line is None)
    assert 0.1 < time.monotonic() - began < 2


def test_bytes_that_nobody_asked_for_are_nobodys_answer(serve: Serve, browse: Browse) -> None:
    """A second answer behind the first is not taken for the next request's."""

    def behave(visit: Visit) -> None:
        visit.read()
        visit.page("mine")
        time.sleep(0.1)
        visit.page("somebody else's")
        visit.read()

    peer = serve(behave)
    client = browse(peer.base)
    assert client.get("/").body == b"mine"
    gevent.sleep(0.3)
    assert client.get("/").body == b"mine"
    assert len(peer.sources) == 2


def test_two_answers_in_one_breath(serve: Serve, browse: Browse) -> None:
    """What stands behind a whole answer ends the connection, and is read by nobody."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"

    def behave(visit: Visit) -> None:
        visit.read()
        visit.send(answer + b"mine" + answer + b"hers")
        visit.read()

    peer = serve(behave)
    client = browse(peer.base)
    assert client.get("/").body == b"mine"
    assert client.get("/").body == b"mine"
    assert len(peer.sources) == 2


def test_a_side_that_is_closed_for_writing_ends_the_connection(
    serve: Serve, browse: Browse
) -> None:
    """Half-closed behind a whole answer: the answer counts, the connection does not."""

    def behave(visit: Visit) -> None:
        visit.read()
        visit.page("last")
        visit.conn.shutdown(1)
        visit.read()

    peer = serve(behave)
    client = browse(peer.base)
    assert [client.get("/").body for _ in range(3)] == [b"last"] * 3
    assert len(peer.sources) == 3


def test_a_slow_reader_gets_all_of_a_large_upload(serve: Serve, browse: Browse) -> None:
    """What the system does not take at once goes when there is room."""

    def behave(visit: Visit) -> None:
        time.sleep(0.2)
        visit.page(str(len(visit.read())))

    client = browse(serve(behave).base, seconds=10)
    text = "x" * 6_000_000
    assert int(client.post("/", {"text": text}).text) > len(text)


def test_a_reader_that_reads_nothing_is_left_in_time(serve: Serve, browse: Browse) -> None:
    """An upload that does not go is late, and says where it was."""

    def behave(visit: Visit) -> None:
        time.sleep(3)

    client = browse(serve(behave).base, seconds=0.5)
    began = time.monotonic()
    with pytest.raises(Failure, match=r"no answer within 0\.5 s") as caught:
        client.post("/", {"text": "x" * 30_000_000})
    assert caught.value.kind == "timeout"
    assert time.monotonic() - began < 2


def test_nothing_is_left_open(serve: Serve, browse: Browse) -> None:
    """Fifty failures and fifty answers leave no descriptor behind."""

    def behave(visit: Visit) -> None:
        visit.read()
        visit.send(b"nonsense" if visit.number % 2 else b"HTTP/1.1 200 OK\r\n\r\nok")

    peer = serve(behave)
    client = browse(peer.base, seconds=20)
    before = sockets()
    for _ in range(100):
        try:
            client.get("/")
        except Failure as failure:
            assert "malformed" in failure.why  # noqa: PT017  # half of them are answers
    client.close()
    until(lambda: sockets() <= before)


class Waiter:
    """Waits until a time, and tells when it was found late."""

    def __init__(self) -> None:
        self.until = inf
        self.booked: Booking | None = None
        self.told: list[float] = []

    def late(self) -> None:
        """Found late."""
        self.told.append(time.monotonic() - self.until)
        self.until = inf


def test_who_waits_on_is_looked_at_again() -> None:
    """A booking stands while its waiter gets answer after answer, and moves with it."""
    deadlines, waiter = Deadlines(gevent.get_hub()), Waiter()
    for _ in range(5):
        waiter.until = time.monotonic() + 0.1
        deadlines.book(waiter)
        gevent.sleep(0.05)
    assert waiter.told == []
    gevent.sleep(0.15)
    assert len(waiter.told) == 1
    assert 0 <= waiter.told[0] < 0.1


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=20))
def test_each_is_told_once_and_never_early(times: list[tuple[int, int]]) -> None:
    """Bookings in any order, each moved once, sooner or later, one in three withdrawn."""
    deadlines = Deadlines(gevent.get_hub())
    waiters = [Waiter() for _ in times]
    now = time.monotonic()
    for which in (0, 1):
        for waiter, pair in zip(waiters, times, strict=True):
            waiter.until = now + pair[which] / 10_000
            deadlines.book(waiter)
    gone = waiters[::3]
    for waiter in gone:
        assert waiter.booked is not None
        waiter.booked.drop()
    gevent.sleep(0.02)
    for waiter in waiters:
        assert len(waiter.told) == (waiter not in gone)
        assert all(late >= 0 for late in waiter.told)
