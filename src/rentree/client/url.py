"""An http(s) address, cut once into what a request needs, and remembered."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from rentree import __version__
from rentree.client.failure import Failure

_SAFE = "%/:?#[]@!$&'()*+,;=~"  # left as they stand; anything else is percent-encoded
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,252})")
_CACHED = 2_048  # characters; longer addresses (tickets, SAML) are cut anew each time
LONGEST = 65_536


class Url(NamedTuple):
    """One address, without its fragment."""

    text: str
    secure: bool
    host: str  # lower case; an IPv6 address without brackets
    port: int
    path: str
    target: str  # path and query: what stands in the request line
    origin: str  # scheme://host:port: one kept connection each
    head: str  # the header lines that every request to this origin bears


def locate(base: str, reference: str) -> Url:
    """`reference` as a browser on the page `base` understands it.

    Raises Failure for what is not an http(s) address.
    """
    if len(base) + len(reference) <= _CACHED:
        return _remembered(base, reference)
    return _cut(base, reference)


def _cut(base: str, reference: str) -> Url:
    if len(reference) > LONGEST:
        raise Failure("error", "address of more than 64 KiB")
    try:
        parts = urlsplit(urljoin(base, reference.strip()))
        host = _ascii(parts.hostname or "")
        port = parts.port
    except ValueError:  # UnicodeError is one
        raise Failure("error", f"malformed address {reference[:200]!r}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise Failure("error", f"not an http address: {reference[:200]!r}")
    secure = parts.scheme == "https"
    standard = 443 if secure else 80
    port = port or standard
    shown = f"[{host}]" if ":" in host else host
    name = shown if port == standard else f"{shown}:{port}"
    path = quote(parts.path or "/", safe=_SAFE)
    target = f"{path}?{quote(parts.query, safe=_SAFE)}" if parts.query else path
    return Url(
        text=f"{parts.scheme}://{name}{target}",
        secure=secure,
        host=host,
        port=port,
        path=path,
        target=target,
        origin=f"{parts.scheme}://{shown}:{port}",
        head=f"Host: {name}\r\nUser-Agent: Rentree/{__version__}\r\nAccept: */*\r\n"
        "Accept-Encoding: gzip, deflate\r\nAccept-Language: fr\r\n",
    )


_remembered = lru_cache(maxsize=2_048)(_cut)


def _ascii(host: str) -> str:
    if ":" in host:
        return str(ipaddress.IPv6Address(host))
    host = host if host.isascii() else host.encode("idna").decode("ascii")
    host = host.lower()
    if host and not _NAME.fullmatch(host):
        raise ValueError(host)
    return host
