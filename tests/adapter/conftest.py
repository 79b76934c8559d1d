"""A platform of fixed pages on loopback, and people who meet it by an adapter in YAML."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rentree.adapter import adapter_class, load_adapter
from rentree.client import Client
from rentree.platform import Account, Answer, Platform


class Reply:
    """One page as a server sends it."""

    def __init__(
        self,
        body: str,
        status: int = 200,
        kind: str = "text/html; charset=utf-8",
        after: float = 0,  # s
        **headers: str,
    ) -> None:
        self.after = after
        self.body, self.status = body.encode(), status
        self.headers = {"Content-Type": kind, "Content-Length": str(len(self.body))}
        self.headers |= {name.replace("_", "-"): value for name, value in headers.items()}


class Site(ThreadingHTTPServer):
    """Gives “METHOD path” its replies in turn, the last for ever; keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.pages: dict[str, list[Reply]] = {}
        self.asked: list[tuple[str, str]] = []  # method and path, body
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        site = self.server
        assert isinstance(site, Site)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        what = f"{self.command} {self.path}"
        site.asked.append((what, body))
        replies = site.pages.get(what, [Reply("nothing here", 404)])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        time.sleep(reply.after)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):  # who asked has left
            self.wfile.write(reply.body)

    do_POST = do_GET  # noqa: N815  # the library's name

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    """A site without pages."""
    server = Site()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def person(site: Site, tmp_path: Path) -> Iterator[Callable[[str], Platform]]:
    """Somebody who comes to the site by an adapter: ada, whose password is s, Ada Martin."""
    clients: list[Client] = []

    def make(text: str) -> Platform:
        path = tmp_path / "site.yaml"
        path.write_text(f"platform: site\n{text}", encoding="utf-8")
        adapter = adapter_class(load_adapter(path))
        clients.append(Client(base=site.url, clock=lambda: time.monotonic_ns() // 1000))
        dealings = adapter(clients[-1], Account("ada", "s", "Ada Martin", "pupil"))
        dealings.hosts = {"portal": site.url}
        return dealings

    yield make
    for client in clients:
        client.close()


def attempt(person: Platform, step: str, patience: float = 10, **facts: str) -> Answer:
    """One attempt, `patience` s at most."""
    person.client.begin("0" * 31 + "1", time.monotonic_ns() // 1000 + round(patience * 1e6))
    return person.do(step, **facts)
