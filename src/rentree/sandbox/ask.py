"""A question of ours to a sandbox of ours: plain, or by TLS as our own authority vouches."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from rentree.errors import RentreeError
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


def fetch(url: str, path: str, *, timeout: float = 5.0) -> bytes:
    """What is at a path. Raises RentreeError: nothing is, or nobody answers."""
    asked = connection(url, timeout=timeout)
    try:
        asked.request("GET", path)
        answer = asked.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise RentreeError(f"{url}{path} does not answer: {error}") from error
    finally:
        asked.close()
    if answer.status != 200:
        raise RentreeError(f"{url}{path} answers HTTP {answer.status}")
    return body
