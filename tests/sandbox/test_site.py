"""Who comes from where, and how long each request takes a server."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from rentree.sandbox.preset import Service
from rentree.sandbox.servers import service_time
from rentree.sandbox.site import address_of

SERVICE = Service.model_validate({"sign-in": 40, "page": 15, "asset": 2, "write": 25})


@pytest.mark.parametrize(
    ("method", "path", "us"),
    [
        ("POST", "/connexion", 40), ("GET", "/connexion", 15), ("POST", "/devoirs", 25),
        ("GET", "/devoirs", 15), ("GET", "/statique/logo.svg", 2), ("GET", "/rien", 15),
    ],
)  # fmt: skip
def test_service_time(method: str, path: str, us: int) -> None:
    """Each kind of request has its own service time."""
    assert service_time(SERVICE, method, path) == us


@pytest.mark.parametrize(
    ("peer", "header", "address"),
    [
        ("127.3.0.9", None, "127.3.0.9"),
        ("127.0.0.1", "127.5.5.5", "127.5.5.5"),
        ("127.0.0.1", "198.51.100.7, 127.5.5.6", "127.5.5.6"),
        ("::1", "2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("192.0.2.8", "127.5.5.5", "192.0.2.8"),
    ],
    ids=["peer", "proxy", "last of several", "IPv6", "no address", "a stranger is not believed"],
)
def test_address_of(peer: str, header: str | None, address: str) -> None:
    """The peer counts, or what a proxy on loopback says last."""
    headers = [] if header is None else [(b"x-forwarded-for", header.encode())]
    request = Request({"type": "http", "headers": headers, "client": (peer, 1)})
    assert address_of(request) == address
