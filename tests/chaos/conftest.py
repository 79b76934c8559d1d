"""What the tests of the network faults stand on: a platform, an echo, a Toxiproxy of others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rentree.dropin import load_path
from rentree.echo import Echo
from rentree.fault import Address, Host, Injector, Scene
from rentree.plan import PlannedFault
from rentree.toxiproxy import api as toxiproxy_api
from rentree.toxiproxy import held as toxiproxy_held
from rentree.toxiproxy import server as toxiproxy

SOURCE = Path(__file__).parents[2] / "chaos" / "network.py"


network: Any = load_path(SOURCE, "rentree_dropin.faults.network")


class Platform:
    """An upstream that answers a line with a page, and `big` with more than anyone can buffer."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: Address = self._listener.getsockname()[:2]
        self._people: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        try:
            while True:
                peer, _ = self._listener.accept()
                self._people.append(peer)
                threading.Thread(target=self._serve, args=[peer], daemon=True).start()
        except OSError:
            return

    def _serve(self, peer: socket.socket) -> None:
        try:
            while asked := peer.recv(1024):
                pages = 1500 if asked == b"big\n" else 1  # 98 MB at most
                for _ in range(pages):
                    peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (65536 if pages > 1 else 64))
        except OSError:
            return

    def close(self) -> None:
        """Hang up on everybody."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self._people:
            peer.close()


@pytest.fixture
def platform() -> Iterator[Platform]:
    """A platform on loopback."""
    here = Platform()
    yield here
    here.close()


@pytest.fixture
def scene(platform: Platform, faults: list[PlannedFault], tmp_path: Path) -> Iterator[Scene]:
    """The faults of the test file, a platform and an echo."""
    with Echo() as echo:
        yield Scene(
            faults, [Host(platform.address, platform.address)], {}, echo.address, tmp_path, print
        )


@pytest.fixture
def injector() -> Iterator[Injector]:
    """A fresh injector, closed at the end whatever happens."""
    fresh: Injector = network.Injector()
    yield fresh
    assert fresh.close() == ""


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[toxiproxy.ToxiproxyProcess]:
    """A Toxiproxy that somebody else runs."""
    process = toxiproxy.ToxiproxyProcess(toxiproxy.obtain(print), tmp_path / "theirs.log")
    yield process
    process.stop()


@pytest.fixture
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less patience than in a run, so that a hang costs a test a second or two."""
    monkeypatch.setattr(toxiproxy_api, "READ_S", 1.0)
    monkeypatch.setattr(toxiproxy_held, "_PROVE_S", 1.0)
