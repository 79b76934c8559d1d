"""The proof of a sandbox: only ours has it, and only loopback is asked."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from rentree.sandbox.identity import answer, parse_nonce, prove
from rentree.sandbox.process import RunningSandbox
from rentree.state import sandbox_key


@pytest.fixture
def impostor() -> Iterator[tuple[str, list[bytes]]]:
    """A platform on loopback that answers every question with a proof under another key."""
    asked: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(4096))
                body = json.dumps({"rentree-sandbox": 1, "hmac": "ab" * 32}).encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                connection.sendall(head + body)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def test_ours_proves_itself(sandbox: RunningSandbox) -> None:
    """A sandbox that this user started answers a nonce under this user's key."""
    assert prove(sandbox.url)


def test_an_impostor_does_not(impostor: tuple[str, list[bytes]]) -> None:
    """Whoever listens on loopback without the key is not ours."""
    url, asked = impostor
    assert not prove(url)
    assert asked[0].startswith(b"GET /.well-known/rentree-sandbox?nonce=")


@pytest.mark.parametrize(
    "form", ["http://localhost:{}", "https://localhost:{}", "ftp://127.0.0.1:{}"]
)
def test_no_packet_leaves_for_anything_but_literal_loopback(
    impostor: tuple[str, list[bytes]], form: str
) -> None:
    """A name, even that of this machine, or another scheme is not asked at all."""
    url, asked = impostor
    assert not prove(form.format(url.rpartition(":")[2]))
    assert asked == []


@pytest.mark.parametrize("url", ["", "127.0.0.1", "http://", "http://127.0.0.1:x", "http://[::1"])
def test_nonsense_is_not_ours(url: str) -> None:
    """What is no URL of a loopback address is no sandbox."""
    assert not prove(url)


def test_no_socket_is_touched_for_a_foreign_address() -> None:
    """An address that is not loopback, or a name, is neither connected to nor looked up."""
    code = """
import sys
from rentree.sandbox.identity import prove
def refuse(event, facts):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise SystemExit(f"{event} {facts}")
sys.addaudithook(refuse)
for host in ("192.0.2.1", "198.51.100.7:8080", "[2001:db8::1]", "localhost", "ent.example"):
    assert not prove(f"http://{host}"), host
print("silent")
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (told.stdout, told.stderr) == ("silent\n", "")


def test_nobody_listens() -> None:
    """A closed port is not a sandbox."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert not prove(f"http://127.0.0.1:{port}")


def test_the_answer_is_hmac_sha256_of_the_nonce() -> None:
    """The proof can be recomputed by anyone who has the key."""
    assert answer(b"nonce") == hmac.new(sandbox_key(), b"nonce", hashlib.sha256).hexdigest()
    assert len(sandbox_key()) == 32


@pytest.mark.parametrize(
    ("text", "nonce"),
    [
        ("00ff", b"\x00\xff"),
        ("ab" * 64, b"\xab" * 64),
        ("ab" * 65, None),
        ("", None),
        ("0", None),
        ("zz", None),
    ],
)
def test_parse_nonce(text: str, nonce: bytes | None) -> None:
    """Hexadecimal, at least one byte and at most 64."""
    assert parse_nonce(text) == nonce


@pytest.mark.parametrize("query", ["", "?nonce=", "?nonce=xyz", "?nonce=" + "ab" * 65])
def test_a_bad_question_is_refused(sandbox: RunningSandbox, query: str) -> None:
    """The sandbox signs nothing that is absent, oversized or not hexadecimal."""
    url = f"{sandbox.url}/.well-known/rentree-sandbox{query}"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url, timeout=5)  # noqa: S310  # loopback, ours
    caught.value.close()
    assert caught.value.code == 400
