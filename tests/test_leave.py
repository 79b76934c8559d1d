"""Asking for leave: real servers that grant it, take it back, fall silent, or try to keep us."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from rentree.authorization import LONGEST, PATH, parse
from rentree.journal import Entry, Journal, read_journal
from rentree.leave import UNASKED, Given, Reading, Watch, read

Answer = Callable[[BaseHTTPRequestHandler], None]
DOCUMENT = json.dumps(
    {
        "hosts": ["ent.example"],
        "addresses": ["127.0.0.0/8"],
        "ceilings": {
            "people": 9, "arrivals_per_second": 9, "requests_per_second": 9, "minutes": 9
        },
        "windows": [{"from": "2020-01-01T00:00Z", "to": "2120-01-01T00:00Z"}],
        "agreements": [{"by": "moi", "ref": "1", "date": "2026-11-02"}],
        "contact": "moi",
        "when_unreachable": "600 ms",
    }
)  # fmt: skip


def answer(status: int = 200, body: str | bytes = DOCUMENT, **headers: str) -> Answer:
    """A server that answers so."""

    def behave(visit: BaseHTTPRequestHandler) -> None:
        raw = body.encode() if isinstance(body, str) else body
        visit.send_response(status)
        for name, value in {"Content-Length": str(len(raw)), **headers}.items():
            visit.send_header(name, value)
        visit.end_headers()
        visit.wfile.write(raw)

    return behave


def drip(first: bytes) -> Answer:
    """A server that begins so, and goes on with a byte now and then, for ever."""

    def behave(visit: BaseHTTPRequestHandler) -> None:
        visit.wfile.write(first)
        for _ in range(200):
            visit.wfile.write(b" ")
            visit.wfile.flush()
            time.sleep(0.05)

    return behave


def raw(data: bytes) -> Answer:
    """A server that sends just these bytes, and closes."""

    def behave(visit: BaseHTTPRequestHandler) -> None:
        visit.wfile.write(data)

    return behave


class Host:
    """A host on loopback whose answer can be changed at any time."""

    def __init__(self, behave: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.behave = behave
        self.asked: list[tuple[str, str, str]] = []  # path, Host, User-Agent
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                about = self.headers
                host.asked.append((self.path, about["Host"], about["User-Agent"]))
                self.close_connection = True
                with contextlib.suppress(OSError):
                    host.behave(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self.base = f"http://ent.example:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        """Refuse connections from now on."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.socket.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Host]]:
    """Start hosts: `serve(answer(404))`."""
    hosts: list[Host] = []

    def start(behave: Answer, **kept: Any) -> Host:
        hosts.append(Host(behave, **kept))
        return hosts[-1]

    yield start
    for host in hosts:
        host.close()


Serve = Callable[..., Host]


def test_leave_that_is_granted(serve: Serve) -> None:
    """The name is not looked up: the pinned address is connected to, and hears the real name."""
    host = serve(answer())
    reading = read(host.base, address="127.0.0.1")
    assert reading == Reading("granted", text=DOCUMENT, document=parse(DOCUMENT))
    [(path, name, agent)] = host.asked
    assert (path, name) == (PATH, f"ent.example:{host.port}")
    assert agent.startswith("rentree/")


OPEN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("sentence", "behave", "state", "why"),
    [
        ("there is none", answer(404), "withdrawn", "HTTP 404"),
        ("there is none any more", answer(410), "withdrawn", "HTTP 410"),
        ("behind a sign-in it grants nothing", answer(403), "withdrawn", "HTTP 403"),
        ("no content is no document", answer(204, b""), "withdrawn", "HTTP 204"),
        ("a page in its place", answer(200, "<h1>File d’attente</h1>"), "withdrawn", "not JSON"),
        ("not even text", answer(200, b"\xff\xfe"), "withdrawn", "utf-8"),
        ("more than may be read", answer(200, " " * (LONGEST + 9)), "withdrawn", "64 KiB"),
        ("just as much as may be read", answer(200, DOCUMENT.ljust(LONGEST)), "granted", ""),
        ("it is overloaded", answer(503), "unreachable", "HTTP 503"),
        ("it is broken", answer(500), "unreachable", "HTTP 500"),
        ("we ask too often", answer(429), "unreachable", "HTTP 429"),
        ("another protocol", raw(b"SSH-2.0-x\r\n"), "unreachable", "no whole answer"),
        ("nothing", raw(b""), "unreachable", "connection lost"),
        ("half of it", raw(OPEN + b"Content-Length: 99\r\n\r\n{"), "unreachable",
         "no whole answer"),
        ("broken chunks", raw(OPEN + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), "unreachable",
         "no whole answer"),
        ("a head without end", raw(OPEN + b"X: y\r\n" * 200), "unreachable", "no whole answer"),
    ],
)  # fmt: skip
def test_what_an_answer_means(
    serve: Serve, sentence: str, behave: Answer, state: str, why: str
) -> None:
    """A valid answer that is no document says no; a collapsing platform's answers say nothing."""
    reading = read(serve(behave).base, address="127.0.0.1")
    assert (reading.state, reading.ours) == (state, False), (sentence, reading)
    assert why in reading.why, (sentence, reading)
    assert (reading.document is not None) == (state == "granted")


def test_no_redirect_is_followed(serve: Serve) -> None:
    """A redirect is no document, wherever it leads: that host is not asked."""
    elsewhere = serve(answer())
    host = serve(answer(302, b"", Location=elsewhere.base + PATH))
    reading = read(host.base, address="127.0.0.1")
    assert (reading.state, reading.why) == ("withdrawn", "HTTP 302")
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("sentence", "behave"),
    [
        ("no first byte", drip(b"")),
        ("a head that drips", drip(OPEN + b"X-Slow: ")),
        ("a body that drips", drip(OPEN + b"Content-Length: 5000\r\n\r\n")),
        ("a body of no stated length that drips", drip(OPEN + b"\r\n" + DOCUMENT.encode())),
    ],
)
def test_a_whole_answer_takes_its_time_and_no_longer(
    serve: Serve, sentence: str, behave: Answer
) -> None:
    """However it drips, a host that does not answer in time has not answered."""
    began = time.monotonic()
    reading = read(serve(behave).base, address="127.0.0.1", timeout_s=0.4)
    assert (reading.state, reading.why) == ("unreachable", "no answer in time"), sentence
    assert 0.3 < time.monotonic() - began < 1.5, sentence


def test_nobody_there(serve: Serve) -> None:
    """A connection that is refused, and one that nobody accepts, in time."""
    host = serve(answer())
    host.close()
    reading = read(host.base, address="127.0.0.1")
    assert (reading.state, reading.ours) == ("unreachable", False)
    assert reading.why == "connection refused"
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        began = time.monotonic()
        base = f"http://ent.example:{deaf.getsockname()[1]}"
        assert read(base, address="127.0.0.1", timeout_s=0.3).state == "unreachable"
        assert time.monotonic() - began < 1.5


def test_what_this_machine_lacks_is_not_the_platforms_silence(serve: Serve) -> None:
    """Without a file descriptor nobody can be asked: that is ours, and told apart."""
    host = serve(answer())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[socket.socket] = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
        with contextlib.suppress(OSError):
            while True:
                taken.append(socket.socket())
        reading = read(host.base, address="127.0.0.1")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for one in taken:
            one.close()
    assert (reading.state, reading.ours) == ("unreachable", True), reading


def test_tls_is_verified_by_the_real_name(serve: Serve, tmp_path: Path) -> None:
    """At the pinned address only the named host's certificate is believed."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    said = []
    for name in ("ent.example", "cas.ent.example"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        host = serve(answer(), tls=context)
        base = f"https://ent.example:{host.port}"
        code = (
            "from rentree.leave import read\n"
            f"found = read({base!r}, address='127.0.0.1')\nprint(found.state, found.why)"
        )
        environment = {"SSL_CERT_FILE": str(tmp_path / "ca.pem")}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        said.append(done.stdout)
    assert said[0].startswith("granted")
    assert said[1].startswith("unreachable")
    assert "certificate" in said[1]


class Run:
    """A run of which only the leave is looked after; asks ten times a second."""

    def __init__(self, path: Path, *hosts: Host, flooding: bool = False) -> None:
        self.path, self.wall = path, datetime.now(UTC)
        self._begun = time.monotonic_ns()
        self.journal = Journal(path, self.clock)
        given = {host.base: Given("127.0.0.1", DOCUMENT, parse(DOCUMENT)) for host in hosts}
        self.watch = Watch(
            given, self.journal, self.clock, flooding=flooding, every_s=0.1, wall=lambda: self.wall
        )
        self.watch.start()

    def clock(self) -> int:
        """µs of the run."""
        return (time.monotonic_ns() - self._begun) // 1000

    def wait(self, over: Callable[[], bool], seconds: float = 5.0) -> float:
        """Wait until something is so, and return how long it took, s."""
        began = time.monotonic()
        while not over() and time.monotonic() - began < seconds:
            time.sleep(0.01)
        return time.monotonic() - began

    def told(self) -> list[Entry]:
        """What the journal says of leave."""
        return [e for e in read_journal(self.path) if e["event"] == "authorization"]


@pytest.fixture
def follow(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Follow hosts: `follow(host, …)`."""
    runs: list[Run] = []

    def start(*hosts: Host, **kept: Any) -> Run:
        runs.append(Run(tmp_path / f"{len(runs)}.jsonl", *hosts, **kept))
        return runs[-1]

    yield start
    for run in runs:
        run.watch.stop()
        time.sleep(0.15)
        run.journal.close()


Follow = Callable[..., Run]


def test_leave_that_lasts(serve: Serve, follow: Follow) -> None:
    """While the same document is served the run goes on, and each host is asked again."""
    first, second = serve(answer()), serve(answer())
    run = follow(first, second)
    run.wait(lambda: min(len(first.asked), len(second.asked)) >= 4)
    assert min(len(first.asked), len(second.asked)) >= 4
    assert run.watch.over == ""
    assert [(e["state"], e["base"], e["address"]) for e in run.told()] == [
        ("read", first.base, "127.0.0.1"), ("read", second.base, "127.0.0.1")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "behave", "why"),
    [
        ("it is taken away", answer(404), "HTTP 404"),
        ("it is gone", answer(410), "HTTP 410"),
        ("a word is changed", answer(200, DOCUMENT.replace("moi", "toi")), "the document was cha"),
        ("even a space", answer(200, DOCUMENT + " "), "the document was changed"),
        ("it is no document any more", answer(200, "{}"), "not an authorisation"),
    ],
)
def test_leave_that_is_withdrawn(
    serve: Serve, follow: Follow, sentence: str, behave: Answer, why: str
) -> None:
    """One host of two that says no ends the run at once, and the journal says who and why."""
    other, host = serve(answer()), serve(answer())
    run = follow(other, host)
    run.wait(lambda: len(host.asked) >= 2)
    host.behave = behave
    assert run.wait(lambda: bool(run.watch.over)) < 1, sentence
    assert (run.watch.over, run.watch.why[: len(host.base)]) == ("withdrawn", host.base)
    assert why in run.watch.why, sentence
    [entry] = [e for e in run.told() if e["state"] == "withdrawn"]
    assert (entry["base"], why in entry["why"]) == (host.base, True), sentence


@pytest.mark.parametrize(
    ("sentence", "behave"),
    [("while the platform answers", answer()), ("and while it does not", answer(503))],
)
def test_a_window_ends(serve: Serve, follow: Follow, sentence: str, behave: Answer) -> None:
    """When the window ends, leave does: a platform that is silent then grants no longer time."""
    host = serve(behave)
    run = follow(host)
    run.wait(lambda: len(host.asked) >= 2)
    assert run.watch.over == ""
    run.wall += timedelta(days=40_000)
    assert run.wait(lambda: bool(run.watch.over)) < 0.5, sentence
    assert (run.watch.over, "its window has ended" in run.watch.why) == ("withdrawn", True)
    assert "reachable" not in [e["state"] for e in run.told()]


def test_a_silence_that_ends_in_time(serve: Serve, follow: Follow) -> None:
    """The run goes on; a second silence is borne as long as the first."""
    host = serve(answer())
    run = follow(host)
    for _ in range(2):
        host.behave = answer(503)
        time.sleep(0.4)
        host.behave = answer()
        asked = len(host.asked)
        run.wait(lambda asked=asked: len(host.asked) >= asked + 2)  # type: ignore[misc]
    assert run.watch.over == ""
    told = [e["state"] for e in run.told()]
    assert told == ["read", "unreachable", "reachable", "unreachable", "reachable"]
    assert run.told()[1]["why"] == "HTTP 503"


def test_a_silence_that_lasts(serve: Serve, follow: Follow) -> None:
    """After the time that the document grants, and no sooner, the platform has ended the run."""
    host = serve(answer())
    run = follow(host)
    run.wait(lambda: len(host.asked) >= 2)
    host.close()
    run.wait(lambda: len(run.told()) > 1)
    assert 0.4 < run.wait(lambda: bool(run.watch.over)) < 1.5
    assert run.watch.over == "unreachable"
    assert run.watch.why == f"{host.base}: connection refused"
    silent, over = run.told()[1:]
    assert (silent["state"], over["state"], over["since"]) == ("unreachable", "over", silent["t"])
    assert over["t"] - over["since"] >= 600_000
    assert (over["base"], over["ours"]) == (host.base, False)


def test_a_silence_of_our_own_making_accuses_nobody(serve: Serve, follow: Follow) -> None:
    """Nobody can be asked, so the run ends; once it was ours the platform is not accused."""
    host = serve(answer())
    run = follow(host)
    run.wait(lambda: len(host.asked) >= 2)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[socket.socket] = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
        for ending in (host.close, lambda: None):  # what the host held comes free
            with contextlib.suppress(OSError):
                while True:
                    taken.append(socket.socket())
            ending()
        run.wait(lambda: bool(run.watch.over))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for one in taken:
            one.close()
    assert run.watch.over == UNASKED
    assert run.told()[-1]["ours"] is True


def test_leave_is_looked_after_on_a_full_disk(serve: Serve, tmp_path: Path) -> None:
    """What cannot be written down is obeyed all the same."""
    host = serve(answer(404))
    journal = Journal(tmp_path / "journal.jsonl", lambda: 0)
    with Path("/dev/full").open("wb") as full:
        os.dup2(full.fileno(), journal._file.fileno())
    with pytest.raises(OSError, match="No space left"):
        journal.write("note", "said")
    given = {host.base: Given("127.0.0.1", DOCUMENT, parse(DOCUMENT))}
    watch = Watch(given, journal, lambda: 0, flooding=False, every_s=0.05)
    watch.start()
    until = time.monotonic() + 5
    while not watch.over and time.monotonic() < until:
        time.sleep(0.01)
    watch.stop()
    assert watch.over == "withdrawn"
    with pytest.raises(OSError, match="No space left"):  # what it still holds cannot be written
        journal.close()


def test_a_watch_that_breaks_ends_the_run(serve: Serve, tmp_path: Path) -> None:
    """A defect of ours may not leave a run without anybody who sees a withdrawal."""
    host = serve(answer())
    journal = Journal(tmp_path / "journal.jsonl", lambda: 0)
    given = {host.base: Given("127.0.0.1", DOCUMENT, parse(DOCUMENT))}

    def broken() -> datetime:
        raise RuntimeError("no clock")

    watch = Watch(given, journal, lambda: 0, flooding=False, every_s=0.05, wall=broken)
    watch.start()
    until = time.monotonic() + 5
    while not watch.over and time.monotonic() < until:
        time.sleep(0.01)
    assert (watch.over, "no clock" in watch.why) == (UNASKED, True)
    watch.stop()
    journal.close()


@pytest.mark.parametrize(
    ("addresses", "over"),
    [
        (["192.0.2.1"], "withdrawn"),
        (["192.0.2.1", "127.0.0.9"], ""),
        (["127.0.0.1"], ""),
        ([], ""),
        (None, ""),
    ],
)
def test_a_name_that_was_moved_is_a_withdrawal(
    serve: Serve,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    addresses: list[str] | None,
    over: str,
) -> None:
    """To where the document grants nothing; a resolver that does not answer says nothing."""
    monkeypatch.setattr("rentree.leave.LOOK_UP", 0.05)
    host = serve(answer())
    journal = Journal(tmp_path / "journal.jsonl", lambda: 0)
    given = {host.base: Given("127.0.0.1", DOCUMENT, parse(DOCUMENT))}

    def resolve(_: str) -> list[str]:
        if addresses is None:
            raise OSError("nobody tells")
        return addresses

    watch = Watch(given, journal, lambda: 0, flooding=False, every_s=60.0, resolve=resolve)
    watch.start()
    until = time.monotonic() + (5 if over else 0.5)
    while not watch.over and time.monotonic() < until:
        time.sleep(0.01)
    watch.stop()
    time.sleep(0.1)
    journal.close()
    assert watch.over == over
    assert bool(over) is ("192.0.2.1" in watch.why)
