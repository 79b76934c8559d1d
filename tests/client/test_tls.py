"""TLS as a browser does it: verified against the real name, or a failure in words."""

from __future__ import annotations

import datetime
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from rentree.client import Client, Failure, shared_context
from rentree.errors import UsageError
from rentree.trust import Trust

if TYPE_CHECKING:
    from tests.client.conftest import Peer, Visit

Serve = Callable[..., "Peer"]
Browse = Callable[..., Client]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority of our own."""
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """The context of a client that knows this authority."""
    file = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return shared_context(Trust(str(file)))


def server(
    authority: trustme.CA, name: str, end: datetime.datetime | None = None
) -> ssl.SSLContext:
    """The context of a server with a certificate for `name`, good until `end`."""
    begin = None if end is None else end - datetime.timedelta(9)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_before=begin, not_after=end).configure_cert(context)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def polite(visit: Visit) -> None:
    """Answer every request."""
    while visit.read():
        visit.page(visit.conn.version() or "")  # type: ignore[attr-defined]


def test_a_verified_connection_on_a_route(
    serve: Serve, browse: Browse, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    """SNI and certificate are for the real name, ALPN is http/1.1, and the connection is kept."""
    seen: list[object] = []
    context = server(authority, "ent.test")
    context.sni_callback = lambda _sock, name, _context: seen.append(name)

    def behave(visit: Visit) -> None:
        seen.append(visit.conn.selected_alpn_protocol())  # type: ignore[attr-defined]
        polite(visit)

    peer = serve(behave, tls=context)
    routes = {("ent.test", 443): ("127.0.0.1", peer.port)}
    client = browse("https://ent.test", routes=routes, tls=trusting)
    assert client.get("/").text == "TLSv1.3"
    assert client.post("/", {"a": "1"}).text == "TLSv1.3"
    assert seen == ["ent.test", "http/1.1"]
    assert len(peer.sources) == 1
    assert "\r\nHost: ent.test\r\n" in peer.requests[0]


def test_tls_from_the_persons_address(
    serve: Serve, browse: Browse, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    """A certificate for an address is verified too, and cookies of https stay there."""

    def behave(visit: Visit) -> None:
        while visit.read():
            visit.page("", "Set-Cookie: s=1; Secure")

    peer = serve(behave, tls=server(authority, "127.0.0.1"))
    client = browse(peer.base, tls=trusting)
    client.get("/")
    client.get("/")
    assert "Cookie: s=1\r\n" in peer.requests[1]


PAST = datetime.datetime(2021, 4, 8, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("host", "certificate", "why"),
    [
        ("ent.test", ("other.test", True, None), "certificate is for another name"),
        ("127.0.0.1", ("127.0.0.2", True, None), "certificate is for another address"),
        ("ent.test", ("ent.test", False, None), "certificate comes from an unknown authority"),
        ("ent.test", ("ent.test", True, PAST), "certificate has expired"),
    ],
)
def test_certificates_that_are_refused(  # a table's columns
    serve: Serve,
    browse: Browse,
    authority: trustme.CA,
    trusting: ssl.SSLContext,
    host: str,
    certificate: tuple[str, bool, datetime.datetime | None],
    why: str,
) -> None:
    """Another name, an unknown authority and an old certificate each say so; nothing is sent."""
    name, known, end = certificate
    issuer = authority if known else trustme.CA()
    peer = serve(polite, tls=server(issuer, name, end))
    routes = {(host, 443): ("127.0.0.1", peer.port)}
    client = browse(f"https://{host}", routes=routes, tls=trusting)
    with pytest.raises(Failure, match=why) as caught:
        client.get("/")
    assert caught.value.kind == "error"
    assert peer.requests == []


def test_plain_http_on_a_tls_address(
    serve: Serve, browse: Browse, trusting: ssl.SSLContext
) -> None:
    """A server that answers the handshake in clear text does not speak TLS."""

    def behave(visit: Visit) -> None:
        visit.conn.recv(1)
        visit.page("clear")
        visit.conn.recv(65_536)

    peer = serve(behave)
    with pytest.raises(Failure, match="does not speak TLS"):
        browse(f"https://127.0.0.1:{peer.port}", tls=trusting).get("/")


@pytest.mark.parametrize("drip", [False, True])
def test_a_handshake_under_the_deadline(
    serve: Serve, browse: Browse, trusting: ssl.SSLContext, drip: bool
) -> None:
    """A server that never shakes hands, or a byte at a time, costs the person's time only."""

    def behave(visit: Visit) -> None:
        visit.send(b"\x16\x03\x03\x40\x00")  # a record of 16 KiB is to come
        for _ in range(200 if drip else 0):
            time.sleep(0.01)
            visit.send(b"\x02")
        visit.conn.recv(65_536)
        visit.conn.recv(65_536)

    peer = serve(behave)
    client = browse(f"https://127.0.0.1:{peer.port}", seconds=0.2, tls=trusting)
    with pytest.raises(Failure) as caught:
        client.get("/")
    assert (caught.value.kind, caught.value.why) == ("timeout", "no answer within 0.2 s")
    assert client.tally.hops[0][3] <= 900_000


def test_a_handshake_that_is_hung_up(
    serve: Serve, browse: Browse, trusting: ssl.SSLContext
) -> None:
    """A server that closes in the handshake is said as such."""
    peer = serve(lambda visit: visit.conn.recv(65_536))
    with pytest.raises(Failure, match="connection closed during the TLS handshake"):
        browse(f"https://127.0.0.1:{peer.port}", tls=trusting).get("/")


def test_a_kept_tls_connection_that_was_closed(
    serve: Serve, browse: Browse, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    """Closed by the server in the meantime: the next request, POST too, goes on a new one."""

    def behave(visit: Visit) -> None:
        visit.read()
        visit.page()

    peer = serve(behave, tls=server(authority, "127.0.0.1"))
    client = browse(peer.base, tls=trusting)
    for _ in range(3):
        assert client.post("/", {"a": "1"}).body == b"ok"
        time.sleep(0.02)
    assert len(peer.sources) == 3


def test_the_context_is_shared_and_strict(trusting: ssl.SSLContext) -> None:
    """One object a policy; TLS 1.2 or later, names and authorities verified."""
    assert shared_context() is shared_context()
    for context in (shared_context(), trusting):
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert context.check_hostname


def test_a_file_without_authorities(tmp_path: Path) -> None:
    """A missing or foreign file is a usage error that names it."""
    (tmp_path / "not.pem").write_text("hello", encoding="ascii")
    for name in ("absent.pem", "not.pem"):
        with pytest.raises(UsageError, match=name):
            shared_context(Trust(str(tmp_path / name)))
