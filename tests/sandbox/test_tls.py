"""A sandbox over https: its own authority vouches, every question of ours goes by it."""

from __future__ import annotations

import http.client
import socket
import ssl
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from rentree.client import Client, Failure, shared_context
from rentree.errors import RentreeError, UsageError
from rentree.sandbox.accounts import Account, Person
from rentree.sandbox.authority import ca_file, certify, trust
from rentree.sandbox.identity import prove
from rentree.sandbox.ours import facts_of, require_ours
from rentree.sandbox.process import RunningSandbox, start
from rentree.sandbox.provision import provision
from rentree.trust import Trust, context_of


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox that speaks TLS."""
    running = start("rentree", work=tmp_path_factory.mktemp("secure"), tls=True)
    yield running
    running.stop()


def visit(url: str, trusted: Trust) -> int:
    """What a person gets who trusts these authorities."""

    def now() -> int:
        return time.monotonic_ns() // 1000

    client = Client(base=url, tls=shared_context(trusted), clock=now)
    client.begin("0" * 32, deadline=now() + 5_000_000)
    try:
        return client.get("/").status
    finally:
        client.close()


def test_it_is_ours_and_says_how_it_is(secure: RunningSandbox) -> None:
    """It proves itself, takes accounts, and tells its facts, all by TLS."""
    assert secure.url.startswith("https://127.0.0.1:")
    assert prove(secure.url)
    assert require_ours(secure.url) == secure.url
    assert facts_of(secure.url)["preset"] == "rentree"
    who = Person("a", "Ada", "pupil", "north", "s", "lycée", "2A")
    provision(secure.url, [Account(who, "secret")])
    with pytest.raises(RentreeError, match="did not take the accounts"):
        provision(secure.url.replace("https", "http"), [Account(who, "secret")])


def test_a_person_trusts_this_authority_and_no_other(
    secure: RunningSandbox, tmp_path: Path
) -> None:
    """With our authority a page; with the system's, or another's, a failure in words."""
    assert visit(secure.url, trust()) == 200
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    for stranger in (Trust(), Trust(str(other))):
        with pytest.raises(Failure, match="certificate"):
            visit(secure.url, stranger)
    assert visit(secure.url, Trust(verify=False)) == 200


def test_an_impostor_with_another_certificate_is_not_asked() -> None:
    """TLS ends before the nonce is sent: whoever listens there learns nothing."""
    asked: list[bytes] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            sock, _ = server.accept()
            try:
                with context.wrap_socket(sock, server_side=True) as line:
                    asked.append(line.recv(4096))
            except OSError:
                asked.append(b"")

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        assert not prove(url)
        thread.join(5)
    assert asked == [b""]


def test_the_authority_is_made_once_and_its_key_is_kept(tmp_path: Path) -> None:
    """The same file again and again; keys are this user's alone, certificates are for loopback."""
    assert ca_file() == ca_file()
    made = ca_file().read_bytes()
    chain, key = certify(tmp_path)
    assert ca_file().read_bytes() == made
    for secret in (key, ca_file().with_name("sandbox-ca.key")):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert b"PRIVATE" not in chain.read_bytes()


def test_names_that_a_certificate_is_for(secure: RunningSandbox) -> None:
    """A browser that was told `localhost` is as welcome as one that was told the address."""
    port = int(secure.url.rpartition(":")[2])
    asked = http.client.HTTPSConnection("localhost", port, timeout=5, context=context_of(trust()))
    asked.request("GET", "/")
    assert asked.getresponse().status == 302
    asked.close()


def test_authorities_that_cannot_be_read(tmp_path: Path) -> None:
    """A mistake of who named the file."""
    with pytest.raises(UsageError, match="no authorities can be read"):
        context_of(Trust(str(tmp_path / "none.pem")))
