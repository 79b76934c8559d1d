"""Asking a Toxiproxy what is true: every question has a time limit, and no answer is not a no."""

from __future__ import annotations

import contextlib
import errno
import http.client
import ipaddress
import json
import selectors
import socket
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from rentree.errors import RentreeError, UsageError
from rentree.fault import Address

CONNECT_S = 2.0
READ_S = 5.0
AGENT = "rentree"  # Toxiproxy refuses what begins with Mozilla/ (403)
_LONGEST = 4_000_000  # bytes of an answer


class UnknownStateError(RentreeError):
    """No usable answer: what was asked may have happened or not, and must be read back."""


def parse_url(url: str) -> Address:
    """The address in a `--toxiproxy` URL.

    Raises:
        UsageError: not a plain http URL, or not on loopback.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 8474
        plain = parts.scheme == "http" and parts.path in ("", "/") and "@" not in parts.netloc
    except ValueError:
        plain, host, port = False, "", 0
    if not plain or parts.query or parts.fragment:
        raise UsageError(f"--toxiproxy {url}: write http://127.0.0.1:8474, nothing behind the port")
    if host == "localhost":
        return "127.0.0.1", port
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UsageError(
            f"--toxiproxy {url}: must be on this machine (127.0.0.1 or [::1]); it has no password"
        )
    return host, port


def read(
    api: Address, path: str, *, connect_s: float = CONNECT_S, read_s: float = READ_S
) -> dict[str, Any] | None:
    """GET an object of the API; None when Toxiproxy says that it does not exist.

    Raises:
        UnknownStateError: no answer in time, a 5xx, or not what Toxiproxy says.
    """
    where = f"Toxiproxy at {api[0]}:{api[1]}"
    connection = http.client.HTTPConnection(*api, timeout=connect_s)
    try:
        with contextlib.closing(connection):
            connection.connect()
            connection.sock.settimeout(read_s)
            connection.request("GET", path, headers={"User-Agent": AGENT})
            answer = connection.getresponse()
            body = answer.read(_LONGEST)
    except (OSError, http.client.HTTPException) as error:
        raise UnknownStateError(f"{where} does not answer {path}: {error!r}") from error
    if answer.status == http.HTTPStatus.NOT_FOUND:
        return None
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    # Past 25 s it answers 503 in HTML while the work goes on: that, too, is "unknown".
    if answer.status != http.HTTPStatus.OK or not isinstance(value, dict):
        raise UnknownStateError(f"{where} answers {path} with {answer.status}: {body[:200]!r}")
    return value


def answers(api: Address, within_s: float = CONNECT_S) -> bool:
    """Whether a Toxiproxy answers there."""
    try:
        seen = read(api, "/version", connect_s=within_s, read_s=within_s)
    except UnknownStateError:
        return False
    return seen is not None and "version" in seen


def deaf(listeners: Sequence[Address], deadline_s: float = 2.0) -> list[Address]:
    """Those listeners that Toxiproxy no longer serves.

    Out of descriptors, its accept loop ends while the API says `enabled: true` and the kernel
    goes on taking connections. So we connect, hang up our half and wait for it to hang up the
    other, which only a living loop does; a toxic may delay it (`Toxic.holds_us`). Upstream sees a
    connection without a byte in it.
    """
    end = time.monotonic() + deadline_s
    waiting: set[int] = set()
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as sockets:
        for i, address in enumerate(listeners):
            line = sockets.enter_context(
                socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
            )
            line.setblocking(False)
            waiting.add(i)
            if line.connect_ex(address) in (0, errno.EINPROGRESS):
                selector.register(line, selectors.EVENT_WRITE, i)
        while selector.get_map() and (left := end - time.monotonic()) > 0:
            for key, event in selector.select(left):
                line = key.fileobj  # type: ignore[assignment]  # we registered sockets only
                failed = line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if event & selectors.EVENT_WRITE and not failed:
                    with contextlib.suppress(OSError):  # it was quicker; reading shows
                        line.shutdown(socket.SHUT_WR)
                    selector.modify(line, selectors.EVENT_READ, key.data)
                    continue
                if event & selectors.EVENT_READ:  # EOF, or RST when upstream refuses: both served
                    waiting.discard(key.data)
                selector.unregister(line)
    return [listeners[i] for i in sorted(waiting)]


def netloc(address: Address) -> str:
    """An address as URLs and Toxiproxy write it."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
