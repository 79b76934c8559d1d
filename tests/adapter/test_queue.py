"""A queue in front of a page: waited through, or waited in until patience ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rentree.adapter import adapter_class, load_adapter
from rentree.client import Client
from rentree.platform import OK, Account, Answer, Platform

YAML = """\
platform: queue
marks: {waiting: [{css: "#queue", poll: 500 ms, position: "#rank"}]}
steps: {home: [{get: /, ok: {css: main}}]}
"""


class Queue(ThreadingHTTPServer):
    """Lets people through at their n-th question."""

    opens_at = 3

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.asked = 0


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: N802  # the library's name
        server = self.server
        assert isinstance(server, Queue)
        server.asked += 1
        inside = server.asked >= server.opens_at
        body = b"<main>in</main>" if inside else b"<p id=queue>rang <b id=rank>n\xc2\xb0 1 204</b>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def queue() -> Iterator[Queue]:
    """A queue on loopback."""
    server = Queue()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def person(queue: Queue, tmp_path: Path) -> Iterator[Platform]:
    """Somebody who comes to it."""
    (tmp_path / "queue.yaml").write_text(YAML, encoding="utf-8")
    adapter = adapter_class(load_adapter(tmp_path / "queue.yaml"))
    client = Client(
        base=f"http://127.0.0.1:{queue.server_port}", clock=lambda: time.monotonic_ns() // 1000
    )
    yield adapter(client, Account("a", "b", "A", "pupil"))
    client.close()


def test_who_waits_and_gets_in_is_in(person: Platform, queue: Queue) -> None:
    """The attempt lasts as long as the queue."""
    person.client.begin("0" * 32, time.monotonic_ns() // 1000 + 10_000_000)
    began = time.monotonic()
    assert person.do("home") is OK
    assert queue.asked == 3
    assert 1.0 <= time.monotonic() - began < 3


def test_who_is_still_queued_at_the_end_of_patience_is_waiting(
    person: Platform, queue: Queue
) -> None:
    """With the rank that the page told last."""
    queue.opens_at = 100
    person.client.begin("0" * 32, time.monotonic_ns() // 1000 + 1_200_000)
    assert person.do("home") == Answer("waiting", "still queued", 1204)
