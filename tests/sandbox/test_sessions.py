"""Sessions: the quota, its ghosts, and the ways a session ends."""

from __future__ import annotations

import pytest

from rentree.sandbox.accounts import Person, demo_accounts
from rentree.sandbox.sessions import Sessions

ALMA = demo_accounts()[0].person


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000

    def __call__(self) -> int:
        """The moment at which it stands."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock of the test's own."""
    return Clock()


def test_a_session_is_found_by_its_token_only(clock: Clock) -> None:
    """The token leads to the person and the address; another token leads nowhere."""
    sessions = Sessions(clock=clock, idle=100)
    session = sessions.open(ALMA, "127.0.0.9")
    assert sessions.find(session.token) is session
    assert (session.person, session.address) == (ALMA, "127.0.0.9")
    assert sessions.find("another") is None


@pytest.mark.parametrize(
    ("limit", "fits"),
    [(3.0, 3), (1.0, 1), (2.7, 2), (0.4, 0), (None, 50)],
    ids=["the limit itself", "one", "a scaled limit rounds down", "less than one", "no quota"],
)
def test_quota(clock: Clock, limit: float | None, fits: int) -> None:
    """So many sessions fit, and then it is full."""
    sessions = Sessions(clock=clock, idle=100, limit=limit)
    for _ in range(fits):
        assert not sessions.full(sessions.limit)
        sessions.open(ALMA, "")
    assert sessions.full(sessions.limit) is (limit is not None)


def test_a_ghost_keeps_its_place_until_it_was_idle_for_long_enough(clock: Clock) -> None:
    """Who left without signing out counts until the idle time is over, to the microsecond."""
    sessions = Sessions(clock=clock, idle=100, limit=1)
    ghost = sessions.open(ALMA, "")
    clock.now += 99
    assert sessions.full(sessions.limit)
    clock.now += 1
    assert not sessions.full(sessions.limit)
    assert sessions.find(ghost.token) is None


def test_who_is_seen_stays(clock: Clock) -> None:
    """Each page puts the idle time off; who was seen longest ago goes first."""
    sessions = Sessions(clock=clock, idle=100)
    busy, ghost = sessions.open(ALMA, ""), sessions.open(ALMA, "")
    clock.now += 60
    assert sessions.find(busy.token) is busy
    clock.now += 60
    assert sessions.find(ghost.token) is None
    assert sessions.find(busy.token) is busy


def test_at_most_ends_even_a_busy_session(clock: Clock) -> None:
    """A limited session time ends a session however busy its person is."""
    sessions = Sessions(clock=clock, idle=100, at_most=150)
    session = sessions.open(ALMA, "")
    clock.now += 90
    assert sessions.find(session.token) is session
    clock.now += 60
    assert sessions.find(session.token) is None
    assert sessions.count() == 0


def test_signing_out_frees_the_place_once(clock: Clock) -> None:
    """A closed session is gone, and closing it again changes nothing."""
    sessions = Sessions(clock=clock, idle=100, at_most=1_000, limit=2)
    first, second = sessions.open(ALMA, ""), sessions.open(ALMA, "")
    sessions.close(first.token)
    sessions.close(first.token)
    assert sessions.count() == 1
    assert sessions.find(second.token) is second


def test_tokens_are_never_alike(clock: Clock) -> None:
    """Two sessions of one person share neither token nor form token."""
    sessions = Sessions(clock=clock, idle=100)
    person: Person = ALMA
    opened = [sessions.open(person, "") for _ in range(100)]
    assert len({s.token for s in opened} | {s.form_token for s in opened}) == 200
