"""Our client introduces itself on routes that ask for it, before TLS, and on no other."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from rentree.client import Client, shared_context
from rentree.echo import Echo
from rentree.line.running import Running
from rentree.line.spec import Figures, Leads, LineSpec, introduction
from rentree.trust import Trust


class Site:
    """An HTTP server on loopback, which keeps the first bytes of each connection."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.at: tuple[str, int] = self._listener.getsockname()[:2]
        self.first: list[bytes] = []
        self._tls = tls
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                conn, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[conn], daemon=True).start()

    def _serve(self, conn: socket.socket) -> None:
        with contextlib.suppress(OSError), conn:
            self.first.append(conn.recv(9, socket.MSG_PEEK))
            if self._tls is not None:
                conn = self._tls.wrap_socket(conn, server_side=True)
            with conn:
                while conn.recv(65_536):
                    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage")

    def close(self) -> None:
        """Listen no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority of our own."""
    return trustme.CA()


@pytest.fixture(params=[False, True], ids=["http", "https"])
def site(request: pytest.FixtureRequest, authority: trustme.CA) -> Iterator[tuple[str, Site]]:
    """A site by its real name, over http and https."""
    context = None
    if request.param:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("ent.test").configure_cert(context)
    here = Site(context)
    yield f"{'https' if request.param else 'http'}://ent.test:{here.at[1]}", here
    here.close()


def test_each_person_has_a_line_of_its_own(
    site: tuple[str, Site], authority: trustme.CA, tmp_path: Path
) -> None:
    """The relay learns who connects; the platform sees the same bytes as without it."""
    url, here = site
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    trusting = shared_context(Trust(str(ca)))
    with Echo() as echo:
        spec = LineSpec(
            name="home", per="person", asks=True, figures=Figures(down=1_000_000, delay=50_000),
            leads=[Leads(to=here.at)], echo=echo.address,
        )  # fmt: skip
        relay = Running(spec, tmp_path, 0)
        try:
            relay.come_up()
            via = relay.listeners[0]

            def person(name: str, *, introduces: bool = True) -> Client:
                client = Client(
                    base=url, routes={("ent.test", here.at[1]): via if introduces else here.at},
                    tls=trusting, clock=_now, introduces={via},
                    introduction=introduction(name, "school"),
                )  # fmt: skip
                client.begin("0" * 31 + "1", _now() + 10_000_000)
                return client

            people = [person("a"), person("b"), person("a")]
            assert [p.get("/").text for p in people] == ["page"] * 3
            until = time.monotonic() + 5
            told = (0, 0)
            while told != (3, 2) and time.monotonic() < until:
                time.sleep(0.05)
                told = (relay.said["connections"], relay.said["lines"])
            assert told == (3, 2)
            assert relay.limit(True)
            began = _now()
            assert people[0].get("/").text == "page"
            assert _now() - began >= 50_000
            straight = person("c", introduces=False)
            assert straight.get("/").text == "page"
            assert not any(first.startswith(b"rentree") for first in here.first)
            for client in (*people, straight):
                client.close()
        finally:
            assert relay.stop()


def _now() -> int:
    return time.monotonic_ns() // 1000
