"""Host names, resolved once for the whole process and kept for a minute."""

from __future__ import annotations

import errno
import ipaddress
import socket
import time
from collections.abc import Callable
from functools import cache
from math import inf
from typing import Any, NamedTuple, cast

import gevent
import gevent.socket as gsocket

from rentree.client.failure import Failure, in_words

_OURS = ("",)  # no address: nobody could be asked, by our own doing
_MOST = 4  # addresses of one name that are tried, in the system's order


class Place(NamedTuple):
    """Where to connect: a literal address of one family."""

    address: str
    port: int
    v6: bool


class Names:
    """A resolver that asks once, however many people wait for the same name.

    `lookup` is called as `getaddrinfo(host, None, type=SOCK_STREAM)`.
    """

    def __init__(
        self,
        *,
        lifetime: float = 60.0,  # s
        clock: Callable[[], float] = time.monotonic,
        lookup: Callable[..., list[Any]] = gsocket.getaddrinfo,
    ) -> None:
        self._lifetime = lifetime
        self._clock = clock
        self._lookup = lookup
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}  # host → expiry, addresses
        self._asking: dict[str, Any] = {}  # host → the greenlet that asks

    def places(self, host: str, port: int, left: float) -> list[Place]:
        """The addresses of `host`, waiting at most `left` s.

        Raises Failure "name not found", or that nothing was left to ask with, which is ours; and
        TimeoutError when the answer came too late.
        """
        expiry, addresses = self._known.get(host, (0.0, ()))
        if not addresses or expiry <= self._clock():
            addresses = self._ask(host, left)
        if addresses == _OURS:
            raise in_words(OSError(errno.EMFILE, ""), "while asking for a name")
        if not addresses:
            raise Failure("error", f"name not found: {host}")
        return [Place(address, port, ":" in address) for address in addresses]

    def _ask(self, host: str, left: float) -> tuple[str, ...]:
        if _literal(host):
            self._known[host] = (inf, (host,))
            return (host,)
        asking = self._asking.get(host)
        if asking is None:  # a greenlet of its own: the first who waits may give up
            asking = self._asking[host] = gevent.spawn(self._answer, host)
        asking.join(left)
        if not asking.dead:
            raise TimeoutError
        return cast("tuple[str, ...]", asking.value)

    def _answer(self, host: str) -> tuple[str, ...]:
        try:
            if _nothing_left():  # to ask takes descriptors, and without them may take for ever
                return _OURS
            rows = self._lookup(host, None, type=gsocket.SOCK_STREAM)
        except (OSError, UnicodeError):  # gaierror; a label that IDNA refuses
            return ()  # not remembered
        finally:
            del self._asking[host]
        addresses = tuple(dict.fromkeys(str(row[4][0]) for row in rows))[:_MOST]
        self._known[host] = (self._clock() + self._lifetime, addresses)
        return addresses


@cache
def shared_names() -> Names:
    """The process's resolver."""
    return Names()


def _nothing_left() -> bool:
    """Whether we lack descriptors: the system would say that it knows no such name."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError:
        return True
    return False


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
