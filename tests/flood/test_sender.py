"""The sender of a flood against real servers on loopback: on time, evenly, bounded."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from pydantic import ValidationError

from rentree.flood.sender import Sender
from rentree.flood.spec import FloodSpec, Form, sources

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LIMITED = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
Serve = Callable[..., "Server"]


class Server:
    """Answers every request with the same bytes; none at all when they are empty."""

    def __init__(self, answer: bytes, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.peers: list[str] = []
        self.raw: list[bytes] = []
        self._answer, self._tls = answer, tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                conn, peer = self._listener.accept()
                self._open.append(conn)
                threading.Thread(target=self._serve, args=(conn, peer[0]), daemon=True).start()

    def _serve(self, conn: socket.socket, peer: str) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as taken, conn:
            if self._tls is not None:
                conn = taken.enter_context(self._tls.wrap_socket(conn, server_side=True))
            while data := conn.recv(65_536):
                self.raw.append(data)
                for request in data.split(b"\r\n\r\n")[:-1]:
                    self.requests.append(request)
                    self.peers.append(peer)
                    if self._answer:
                        conn.sendall(self._answer)
                if b"close" in self._answer:
                    return

    def close(self) -> None:
        """Stop."""
        self._listener.close()
        for conn in self._open:
            with contextlib.suppress(OSError):
                conn.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers."""
    started: list[Server] = []

    def start(answer: bytes, tls: ssl.SSLContext | None = None) -> Server:
        started.append(Server(answer, tls))
        return started[-1]

    yield start
    for server in started:
        server.close()


def spec(port: int, tmp_path: Path, **changes: object) -> FloodSpec:
    """A flood of 200 requests/s for one second from one address."""
    values: dict[str, object] = {
        "name": "hot-spot", "address": "127.0.0.1", "port": port, "host": f"127.0.0.1:{port}",
        "path": "/connexion", "sources": sources("127.0.0.1", 1), "rate": 200.0, "seconds": 1.0,
        "out": tmp_path / "out.jsonl",
    }  # fmt: skip
    return FloodSpec.model_validate(values | changes)


def flooded(what: FloodSpec) -> tuple[Sender, Counter[str]]:
    """Send a whole flood in this process, and sum its rows."""
    sender = Sender(what)
    sender.begin()
    while not sender.over():
        sender.send_due()
        sender.listen(sender.pause())
    sender.send_due()
    for _ in range(30):
        sender.listen(0.05)
    total: Counter[str] = Counter()
    for row in sender.rows():
        total.update({key: value for key, value in row.items() if key not in ("t", "name")})
    sender.close()
    return sender, total


def test_every_attempt_is_issued_at_its_time(serve: Serve, tmp_path: Path) -> None:
    """As many as were asked for, marked, each with a trace of its own, on kept connections."""
    server = serve(ANSWER)
    _, total = flooded(spec(server.port, tmp_path))
    assert total == {"asked": 200, "issued": 200, "on_time": 200, "answered": 200,
                     "refused": 0, "failed": 0, "unanswered": 0}  # fmt: skip
    assert len(server.requests) == 200
    assert set(server.peers) == {"127.200.0.1"}
    first = server.requests[0]
    assert first.startswith(b"GET /connexion HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nRentree-Mark: flood:hot-spot\r\n" in first
    assert b"X-Forwarded-For" not in first
    traces = {r.partition(b"traceparent: 00-")[2][:32] for r in server.requests}
    assert len(traces) == 200


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (ANSWER, 0),  # connections are kept, and shake hands once
        (LIMITED, 200),  # the platform closes each: two hundred handshakes
    ],
)
def test_a_platform_that_is_met_over_https(
    serve: Serve, tmp_path: Path, answer: bytes, refused: int
) -> None:
    """On time and answered as over http."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server = serve(answer, context)
    _, total = flooded(spec(server.port, tmp_path, tls=True))
    on_time = total.pop("on_time")  # two hundred handshakes beside other tests may take a moment
    assert 0 < on_time <= 200
    assert total == {"asked": 200, "issued": 200, "answered": 200,
                     "refused": refused, "failed": 0, "unanswered": 0}  # fmt: skip
    assert len(server.requests) == 200


def test_nobody_there_over_https(tmp_path: Path) -> None:
    """A refused connection is a failed attempt, on time."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    _, total = flooded(spec(port, tmp_path, tls=True))
    assert (total["on_time"], total["failed"], total["unanswered"]) == (200, 200, 0)


def test_several_addresses_send_evenly(serve: Serve, tmp_path: Path) -> None:
    """In turn, each from its own."""
    server = serve(ANSWER)
    flooded(spec(server.port, tmp_path, sources=sources("127.0.0.1", 8)))
    assert Counter(server.peers) == {f"127.200.0.{i}": 25 for i in range(1, 9)}


def test_what_is_refused_is_counted_apart(serve: Serve, tmp_path: Path) -> None:
    """429 is an answer, and a refusal; a closed connection is opened anew."""
    server = serve(LIMITED)
    _, total = flooded(spec(server.port, tmp_path))
    assert (total["answered"], total["refused"], total["failed"]) == (200, 200, 0)


def test_a_platform_that_blackholes_it_does_not_hold_it_up(serve: Serve, tmp_path: Path) -> None:
    """Still on time; after 1 s an attempt is given up, and its connection closed."""
    server = serve(b"")
    sender, total = flooded(spec(server.port, tmp_path))
    assert (total["on_time"], total["unanswered"], total["answered"]) == (200, 200, 0)
    assert sender.idle()


def test_a_platform_that_refuses_connections_is_flooded_on_time(tmp_path: Path) -> None:
    """A failure is the platform's; the attempt was made."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    _, total = flooded(spec(port, tmp_path))
    assert (total["on_time"], total["failed"]) == (200, 200)


def test_nonsense_is_a_failure(serve: Serve, tmp_path: Path) -> None:
    """What is not HTTP is no answer."""
    server = serve(b"SSH-2.0-OpenSSH_9.2\r\n")
    _, total = flooded(spec(server.port, tmp_path))
    assert (total["issued"], total["failed"], total["answered"]) == (200, 200, 0)


def test_what_our_machine_cannot_open_is_not_on_time(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a descriptor nothing is issued, and that accuses nobody but us."""

    def none_left(*_: object) -> socket.socket:
        raise OSError(24, "Too many open files")

    server = serve(ANSWER)
    sender = Sender(spec(server.port, tmp_path))
    monkeypatch.setattr("rentree.flood.sender.socket.socket", none_left)
    sender.begin()
    while not sender.over():
        sender.send_due()
        sender.listen(0.001)
    rows = sender.rows()
    monkeypatch.undo()
    sender.close()
    assert sum(row["asked"] for row in rows) >= 199
    assert sum(row["issued"] for row in rows) == 0


def test_a_stall_of_ours_does_not_end_in_a_burst(serve: Serve, tmp_path: Path) -> None:
    """What is more than 1 s late is left out; what is less late is issued, and not on time."""
    server = serve(ANSWER)
    now = 0
    sender = Sender(spec(server.port, tmp_path, seconds=10.0), clock=lambda: now)
    sender.begin()
    now = 5_000_000_000 - 1  # the last that is due by then is number 999, at 4.995 s
    sender.send_due()
    assert sender.totals == {"asked": 1000, "issued": 200, "on_time": 20, "retried": 0, "at": 0}
    sender.close()


def test_every_second_has_one_row(tmp_path: Path, serve: Serve) -> None:
    """A row comes when nothing of its second is under way any more, and never twice."""
    server = serve(b"")
    sender = Sender(spec(server.port, tmp_path, seconds=2.0))
    sender.begin()
    rows = []
    while not sender.over():
        sender.send_due()
        sender.listen(sender.pause())
        rows += sender.rows()
    early = len(rows)
    for _ in range(26):
        sender.listen(0.05)
    rows += sender.rows(all_of_them=True)
    sender.close()
    assert early <= 1  # the first second's attempts are given up within the second
    assert [(row["t"] - sender.start, row["asked"]) for row in rows] == [(0, 200), (10**9, 200)]
    assert all(row["unanswered"] == row["asked"] for row in rows)


def test_a_platform_that_resets_connections_does_not_end_us(tmp_path: Path) -> None:
    """A connection that breaks while a long request is being written is a failure, no more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def resets() -> None:
            with contextlib.suppress(OSError):
                while True:
                    conn, _ = listener.accept()
                    time.sleep(0.02)
                    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    conn.close()

        threading.Thread(target=resets, daemon=True).start()
        port = listener.getsockname()[1]
        _, total = flooded(spec(port, tmp_path, rate=20.0, path="/" + "a" * 8_000_000))
    assert (total["issued"], total["failed"]) == (20, 20)


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "192.0.2.1"},  # not loopback, not granted
        {"address": "0.0.0.0"},  # noqa: S104  # everywhere is not loopback
        {"rate": 20_001.0},
        {"rate": 0.0},
        {"seconds": 7_201.0},
        {"seconds": 0.0},
    ],
)
def test_a_flood_is_bounded_and_stays_here(tmp_path: Path, changes: dict[str, object]) -> None:
    """The sender itself refuses, whoever asks."""
    with pytest.raises(ValidationError):
        spec(1, tmp_path, **changes)


def test_only_loopback_has_many_addresses() -> None:
    """Of another host only the system's own address is used."""
    assert sources("127.0.0.1", 300)[-1] == "127.200.1.44"
    assert sources("192.0.2.1", 300) == []


REFUSED = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"


def _send_all(sender: Sender) -> None:
    sender.begin()
    while not sender.over():
        sender.send_due()
        sender.listen(sender.pause())
    for _ in range(10):
        sender.send_due()
        sender.listen(0.05)


def test_a_retry_storm_tries_again_at_once_and_so_often(serve: Serve, tmp_path: Path) -> None:
    """Each refusal is tried again twice, beside the schedule; nothing after the flood's time."""
    server = serve(REFUSED)
    sender = Sender(spec(server.port, tmp_path, seconds=1.0, retries=2))
    _send_all(sender)
    sender.close()
    assert sender.totals["asked"] == sender.totals["on_time"] == 200
    assert 350 <= sender.totals["retried"] <= 400  # those of its last moments are not
    assert len(server.requests) == 200 + sender.totals["retried"]


def test_nothing_is_tried_again_that_was_answered(serve: Serve, tmp_path: Path) -> None:
    """A retry storm is made of failures."""
    server = serve(ANSWER)
    sender = Sender(spec(server.port, tmp_path, seconds=0.5, retries=5))
    _send_all(sender)
    sender.close()
    assert (sender.totals["retried"], len(server.requests)) == (0, 100)


@pytest.mark.parametrize(("answer", "moves"), [(REFUSED, True), (ANSWER, False)])
def test_a_hot_spot_moves_when_it_is_turned_away(
    serve: Serve, tmp_path: Path, answer: bytes, moves: bool
) -> None:
    """F22: refused where it is, it goes on elsewhere; let in, it stays."""
    server = serve(answer)
    asked = spec(server.port, tmp_path, seconds=2.5, moves_to=["/ailleurs"], moves_when=0.5)
    sender = Sender(asked)
    _send_all(sender)
    sender.close()
    elsewhere = [request for request in server.requests if b"/ailleurs" in request]
    assert bool(elsewhere) is moves
    assert len(elsewhere) < len(server.requests)


def test_sign_ins_are_posted_for_many_accounts(serve: Serve, tmp_path: Path) -> None:
    """The form's fields, a number for each account in turn, and the cookie beside."""
    server = serve(ANSWER)
    fields = {"identifiant": "essai-{n}", "mot_de_passe": "faux é", "jeton": "x"}
    form = Form(fields=fields, cookies="jeton=x", accounts=3)
    sender = Sender(spec(server.port, tmp_path, seconds=0.05, form=form))
    _send_all(sender)
    sender.close()
    posted = Counter(request.rpartition(b"\r\n\r\n")[2] for request in server.raw)
    assert posted == {
        b"identifiant=essai-0000%d&mot_de_passe=faux+%%C3%%A9&jeton=x" % i: times
        for i, times in ((0, 4), (1, 3), (2, 3))
    }
    assert all(b"Cookie: jeton=x\r\n" in request for request in server.raw)


def test_connections_that_the_platform_keeps_are_used_again(serve: Serve, tmp_path: Path) -> None:
    """Whether it says so or not, and in whatever parts its answers come."""
    kept = b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    for answer in (ANSWER, kept, chunked):
        server = serve(answer)
        _, total = flooded(spec(server.port, tmp_path))
        assert total["answered"] == 200
        assert len(server._open) < 50, answer
