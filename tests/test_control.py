"""The control near the platform: asked on one connection, timed, silent when it does not answer."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from rentree.control import Control


class Page:
    """A server that answers each request after `delay` s; `closes` after each answer."""

    def __init__(self) -> None:
        self.delay, self.closes, self.connections = 0.0, False, 0
        self.requests: list[bytes] = []
        self.status = b"200 OK"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        try:
            while True:
                peer, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._answer, args=(peer,), daemon=True).start()
        except OSError:
            return

    def _answer(self, peer: socket.socket) -> None:
        with peer:
            while data := peer.recv(65_536):
                self.requests.append(data)
                time.sleep(self.delay)
                peer.sendall(b"HTTP/1.1 " + self.status + b"\r\nContent-Length: 2\r\n\r\nok")
                if self.closes:
                    return

    def close(self) -> None:
        """Answer nobody any more."""
        with contextlib.suppress(OSError):  # closed already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def page() -> Iterator[Page]:
    """A page near a platform."""
    started = Page()
    yield started
    started.close()


def clock() -> int:
    """µs."""
    return time.monotonic_ns() // 1000


@pytest.fixture
def asked(page: Page) -> Iterator[Control]:
    """A control by a name that no resolver knows: only the pinned address is connected to."""
    made = Control(f"http://near.invalid:{page.port}/ping?x=1", "127.0.0.1", clock)
    yield made
    made.close()


def test_it_is_asked_by_its_name_at_its_pinned_address_on_one_connection(
    page: Page, asked: Control
) -> None:
    """Host, path and query are the URL's own; the second question takes the same connection."""
    first, second = asked.ask(), asked.ask()
    assert first is not None
    assert second is not None
    assert page.connections == 1
    assert page.requests[0].startswith(b"GET /ping?x=1 HTTP/1.1\r\n")
    assert f"Host: near.invalid:{page.port}".encode() in page.requests[0]


def test_its_time_is_that_of_the_answer(page: Page, asked: Control) -> None:
    """200 ms late is at least 200 ms; an error page is an answer of the line too."""
    page.delay, page.status = 0.2, b"503 Service Unavailable"
    took = asked.ask()
    assert took is not None
    assert took >= 200_000


def test_a_closed_connection_is_made_anew(page: Page, asked: Control) -> None:
    """A server that hangs up after each answer is no slow line."""
    page.closes = True
    assert [asked.ask() is not None for _ in range(3)] == [True] * 3
    assert page.connections == 3


def test_silence_is_none_and_what_comes_after_it_is_heard(page: Page, asked: Control) -> None:
    """Longer than a second is silence; the late answer is not taken for the next one's."""
    page.delay = 1.5
    assert asked.ask() is None
    page.delay = 0.0
    assert asked.ask() is not None


def test_nobody_there_is_silence(page: Page, asked: Control) -> None:
    """Connection refused."""
    page.close()
    assert asked.ask() is None


def test_it_asks_once_a_second_and_stops(page: Page, asked: Control) -> None:
    """Rows as they stand in probes.parquet."""
    asked.start()
    time.sleep(1.4)
    asked.stop()
    rows = asked.rows()
    assert len(rows) == len(page.requests) == 2
    assert all(row[1:3] == ("control", "url") and row[3] is not None for row in rows)
    assert rows[1][0] - rows[0][0] >= 1_000_000
    assert asked.rows() == []
