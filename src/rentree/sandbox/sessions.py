"""Open sessions: who is signed in, until when, and how many the quota lets in.

A session that its person left without signing out keeps its place until it has been idle for
long enough: the quota counts ghosts, as the platforms' did.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from rentree.sandbox.accounts import Person


@dataclass
class Session:
    """One open session. Times are int µs of a monotonic clock."""

    person: Person
    address: str  # where the person signed in from
    opened: int
    seen: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(12))  # against CSRF


class Sessions:
    """The sessions of one platform, in memory; `limit` is real-valued, as a scale leaves it."""

    def __init__(
        self,
        *,
        clock: Callable[[], int],
        idle: int,
        at_most: int | None = None,
        limit: float | None = None,
    ) -> None:
        self.limit = limit
        self._clock = clock
        self._idle = idle
        self._at_most = at_most
        self._by_seen: OrderedDict[str, Session] = OrderedDict()  # longest idle first
        self._by_opened: OrderedDict[str, Session] = OrderedDict()  # oldest first

    def count(self) -> int:
        """How many are open now."""
        self._expire()
        return len(self._by_seen)

    def full(self) -> bool:
        """Whether the quota has no place for one more."""
        return self.limit is not None and self.count() + 1 > self.limit

    def open(self, person: Person, address: str) -> Session:
        """Open a session for a person who proved who they are."""
        now = self._clock()
        session = Session(person, address, now, now)
        self._by_seen[session.token] = self._by_opened[session.token] = session
        return session

    def find(self, token: str) -> Session | None:
        """The open session of that token, which counts as seen now."""
        self._expire()
        session = self._by_seen.get(token)
        if session is not None:
            session.seen = self._clock()
            self._by_seen.move_to_end(token)
        return session

    def close(self, token: str) -> None:
        """Free the place of a session, if it still has one."""
        if self._by_seen.pop(token, None) is not None:
            del self._by_opened[token]

    def _expire(self) -> None:
        now = self._clock()
        while self._by_seen and (first := next(iter(self._by_seen.values()))):
            if now - first.seen < self._idle:
                break
            self.close(first.token)
        while self._at_most is not None and self._by_opened:
            first = next(iter(self._by_opened.values()))
            if now - first.opened < self._at_most:
                break
            self.close(first.token)
