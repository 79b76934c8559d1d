"""Floods of connections that are held: as many as asked, and the platform sees what they do."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from rentree.dropin import load_path
from rentree.echo import Echo
from rentree.errors import UsageError
from rentree.fault import Door, Host, Scene
from rentree.plan import PlannedFault

MODULE = load_path(
    Path(__file__).parents[2] / "chaos" / "connections.py", "rentree_dropin.faults.connections"
)
KINDS = MODULE.Injector.kinds


class Platform:
    """Takes connections and what comes through them; closes them after `patience` s, if any."""

    def __init__(self, patience: float | None = None) -> None:
        self.heard: dict[int, bytes] = {}
        self.taken = 0
        self.open = 0
        self._counting = threading.Lock()
        self._patience = patience
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                conn, _ = self._listener.accept()
                self.taken += 1
                self._count(1)
                serve = threading.Thread(target=self._serve, args=(conn, self.taken), daemon=True)
                serve.start()

    def _count(self, more: int) -> None:
        with self._counting:
            self.open += more

    def _serve(self, conn: socket.socket, number: int) -> None:
        conn.settimeout(self._patience)
        with contextlib.suppress(OSError), conn:
            while data := conn.recv(4096):
                self.heard[number] = self.heard.get(number, b"") + data
                if data.startswith(b"GET") and b"\r\n\r\n" in data:
                    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + b"a" * 3000000
                    conn.sendall(answer)
        self._count(-1)

    def close(self) -> None:
        """Take no more."""
        self._listener.close()


@pytest.fixture
def platform() -> Iterator[Platform]:
    """A platform that holds out."""
    platform = Platform()
    yield platform
    platform.close()


def fault(kind: str, **settings: Any) -> PlannedFault:
    """So many connections for at most a minute."""
    keys = {"connections": "20", "rate": "200 requests/s", **settings}
    if kind != "connection-flood":
        keys.setdefault("every", "200 ms")
    made = KINDS[kind].model_validate(keys)
    return PlannedFault(
        name="held", fault=kind, hits={"platform": "ent", "step": "sign in"}, start=0,
        end=60_000_000, settings=made.model_dump(mode="json", by_alias=True),
    )  # fmt: skip


@contextlib.contextmanager
def flooding(what: PlannedFault, port: int, work: Path, scheme: str = "http") -> Iterator[Any]:
    """An injector at work on it, and closed at the end."""
    host = Host(("127.0.0.1", port), ("127.0.0.1", port))
    door = Door(f"{scheme}://127.0.0.1:{port}/connexion", host)
    injector = MODULE.Injector()
    with Echo() as echo:
        scene = Scene([what], [host], {("ent", "sign in"): door}, echo.address, work, print)
        try:
            injector.prepare(scene)
            injector.apply(what)
            yield injector
        finally:
            assert injector.close() == ""


def _look(injector: Any, what: PlannedFault, held: int) -> Any:
    """The first look at which so many are held."""
    for _ in range(100):
        time.sleep(0.3)
        look = injector.observe(what)
        if look.figures.get("held") == held:
            return look
    raise AssertionError(look)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_connections_are_held_seen_and_let_go(
    kind: str, platform: Platform, tmp_path: Path
) -> None:
    """Asked, observed, and on clearing gone at the platform too."""
    what = fault(kind)
    with flooding(what, platform.port, tmp_path) as injector:
        look = _look(injector, what, 20)
        assert (look.in_force, look.read_back) == (True, True), look
        assert platform.taken == platform.open == 20
        time.sleep(1.0)
        assert injector.observe(what).in_force
        heard = list(platform.heard.values())
        if kind == "connection-flood":
            assert heard == []
        if kind == "slow-headers":
            assert all(words.startswith(b"GET /connexion HTTP/1.1\r\nHost: ") for words in heard)
            assert all(b"\r\nX-0: essai\r\n" in words for words in heard)
            assert not any(b"\r\n\r\n" in words for words in heard)
        if kind == "slow-body":
            assert all(b"Content-Length: 1000000\r\n" in words for words in heard)
            assert all(words.endswith(b"\r\n\r\naaa") or b"\r\n\r\na" in words for words in heard)
        if kind == "slow-read":
            assert all(words.startswith(b"GET ") and words.endswith(b"\r\n\r\n") for words in heard)
        injector.clear(what)
        after = injector.observe(what)
        assert not after.in_force
    for _ in range(100):
        if not platform.open:
            break
        time.sleep(0.1)
    assert platform.open == 0
    assert platform.taken == 20


def test_what_the_platform_closes_is_opened_again(tmp_path: Path) -> None:
    """A platform that hangs up on the silent gets new ones, at the rate that was asked."""
    platform = Platform(patience=0.3)
    what = fault("connection-flood", connections="5", rate="50 requests/s")
    with flooding(what, platform.port, tmp_path) as injector:
        for _ in range(100):
            time.sleep(0.2)
            if platform.taken > 15:
                break
        look = injector.observe(what)
        assert platform.taken > 15
        assert look.figures["closed"] > 0
        assert look.figures["held"] <= 5
        injector.clear(what)
    platform.close()


def test_slow_requests_do_not_go_to_https(platform: Platform, tmp_path: Path) -> None:
    """What they would say in plain text no TLS server takes for a request."""
    with (
        pytest.raises(UsageError, match="plain http only"),
        flooding(fault("slow-body"), platform.port, tmp_path, "https"),
    ):
        pass
    assert platform.taken == 0


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        ("connection-flood", {"connections": "0"}, "holds 1 to"),
        ("connection-flood", {"connections": "9 000"}, "holds 1 to"),
        ("connection-flood", {"rate": "9000 requests/s"}, "1 to 5000 new connections"),
        ("slow-read", {"every": "10 ms"}, "100 ms to 5 min"),
    ],
)
def test_senseless_settings_are_refused(kind: str, changes: dict[str, str], told: str) -> None:
    """Each in words, before the run."""
    with pytest.raises(ValidationError, match=told):
        KINDS[kind].model_validate({"connections": "20", **changes})


def test_connections_shrink_with_the_crowd() -> None:
    """Half of the people, half of the connections; the words follow in both languages."""
    half = KINDS["slow-headers"].model_validate({"connections": "500"}).scaled(0.5)
    assert "250 requêtes aux en-têtes sans fin" in half.told("fr")
    assert "a crumb every 10 s" in half.told("en").replace("\u00a0", " ")
    with pytest.raises(UsageError, match="none is left"):
        KINDS["slow-headers"].model_validate({"connections": "5"}).scaled(0.05)
