"""Names: asked once by everybody, remembered for a minute, given up in time."""

from __future__ import annotations

import socket
from typing import Any

import gevent
import pytest

from rentree.client.failure import Failure
from rentree.client.names import Names, Place


class Book:
    """A phone book in the shape of getaddrinfo, which counts its readers."""

    def __init__(self, *addresses: str, slow: float = 0.0) -> None:
        self.addresses = addresses
        self.slow = slow  # s
        self.asked = 0

    def __call__(self, _host: str, _port: None, *, type: int) -> list[Any]:  # noqa: A002
        """Rows of (family, type, protocol, canonical name, address)."""
        self.asked += 1
        gevent.sleep(self.slow)
        if not self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(0, type, 0, "", (address, 0)) for address in self.addresses * 2]


def test_literal_addresses_are_not_looked_up() -> None:
    """127.0.0.1 and ::1 need no resolver."""
    book = Book()
    names = Names(lookup=book)
    assert names.places("127.0.0.1", 80, 1.0) == [Place("127.0.0.1", 80, False)]
    assert names.places("::1", 81, 1.0) == [Place("::1", 81, True)]
    assert book.asked == 0


def test_the_system_resolves_localhost() -> None:
    """The default lookup is the system's own."""
    assert {place.address for place in Names().places("localhost", 80, 5.0)} <= {"127.0.0.1", "::1"}


def test_a_name_is_remembered_for_its_lifetime() -> None:
    """Two people in one minute cost one question; a minute later it is asked again."""
    now = [0.0]
    book = Book("::1", "127.0.0.1")
    names = Names(clock=lambda: now[0], lookup=book)
    places = [Place("::1", 80, True), Place("127.0.0.1", 80, False)]
    assert names.places("ent.test", 80, 1.0) == places
    now[0] = 59.9
    assert names.places("ent.test", 80, 1.0) == places
    assert book.asked == 1
    now[0] = 60.0
    book.addresses = ("127.0.0.2",)
    assert names.places("ent.test", 80, 1.0) == [Place("127.0.0.2", 80, False)]
    assert book.asked == 2


def test_a_crowd_asks_once() -> None:
    """A hundred people who need the same name at once share one question."""
    book = Book("127.0.0.1", slow=0.01)
    names = Names(lookup=book)
    crowd = [gevent.spawn(names.places, "ent.test", 80, 5.0) for _ in range(100)]
    gevent.joinall(crowd, raise_error=True)
    assert all(person.value == [Place("127.0.0.1", 80, False)] for person in crowd)
    assert book.asked == 1


def test_a_name_that_does_not_exist_is_said_and_not_remembered() -> None:
    """The failure names the host; the next person asks again."""
    book = Book()
    names = Names(lookup=book)
    for _ in range(2):
        with pytest.raises(Failure, match=r"name not found: ent\.test"):
            names.places("ent.test", 80, 1.0)
    assert book.asked == 2


def test_a_slow_resolver_is_given_up_in_time_but_not_in_vain() -> None:
    """Who cannot wait gets a timeout; the answer still serves those who come later."""
    book = Book("127.0.0.1", slow=0.05)
    names = Names(lookup=book)
    with pytest.raises(TimeoutError):
        names.places("ent.test", 80, 0.001)
    assert names.places("ent.test", 80, 5.0)
    assert book.asked == 1
