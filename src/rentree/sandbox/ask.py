"""A question of ours to a sandbox of ours: plain, or by TLS as our own authority vouches."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from rentree.sandbox.authority import trust
from rentree.trust import context_of


def connection(url: str, *, timeout: float) -> http.client.HTTPConnection:
    """A connection to the host of a URL, not opened yet; `timeout` in s for each wait."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            host, parts.port, timeout=timeout, context=context_of(trust())
        )
    return http.client.HTTPConnection(host, parts.port, timeout=timeout)
