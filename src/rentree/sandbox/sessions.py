"""Open sessions: who is signed in, until when, and how many the quota lets in.

A session that its person left without signing out keeps its place until it has been idle for
long enough: the quota counts ghosts, as the platforms' did.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
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
    node: int = 0  # the server that has it
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(12))  # against CSRF


class Sessions:
    """The sessions of one platform, in memory; `limit` is real-valued, as a scale leaves it."""

    def __init__(
        self,
        *,
        clock: Callable[[], int],
        idle: int | None,
        at_most: int | None = None,
        limit: float | None = None,
    ) -> None:
        self.limit = limit
        self.idle = idle  # µs; None: never ends
        self.at_most = at_most
        self.opened = 0  # in all
        self._clock = clock
        self._ghosts: deque[int] = deque()  # until when those who left keep their place
        self._by_seen: OrderedDict[str, Session] = OrderedDict()  # longest idle first
        self._by_opened: OrderedDict[str, Session] = OrderedDict()  # oldest first

    def count(self) -> int:
        """How many are open now."""
        self._expire()
        return len(self._by_seen) + len(self._ghosts)

    def full(self, limit: float | None) -> bool:
        """Whether a quota of that many sessions has no place for one more."""
        return limit is not None and self.count() + 1 > limit

    def open(self, person: Person, address: str, node: int = 0) -> Session:
        """Open a session for a person who proved who they are."""
        now = self._clock()
        session = Session(person, address, now, now, node)
        self.opened += 1
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

    def holds(self, token: str) -> bool:
        """Whether the session of that token is open; it does not count as seen."""
        self._expire()
        return token in self._by_seen

    def latest(self) -> Session | None:
        """Who came last, of those who are in."""
        self._expire()
        return next(reversed(self._by_opened.values()), None)

    def other_than(self, session: Session) -> Session:
        """Somebody else's session; the same when nobody else is in (defects ask)."""
        others = (s for s in reversed(self._by_seen.values()) if s.token != session.token)
        return next(others, session)

    def haunt(self) -> None:
        """Keep the place of a session that was closed, until it would have been idle (a defect)."""
        self._ghosts.append(self._clock() + (self.idle or 0))

    def close_oldest(self) -> None:
        """Put out who has been in for longest."""
        if self._by_opened:
            self.close(next(iter(self._by_opened)))

    def close_node(self, node: int) -> None:
        """Lose every session that a node had."""
        for token in [s.token for s in self._by_seen.values() if s.node == node]:
            self.close(token)

    def _expire(self) -> None:
        now = self._clock()
        while self._ghosts and self._ghosts[0] <= now:
            self._ghosts.popleft()
        while (
            self.idle is not None
            and self._by_seen
            and (first := next(iter(self._by_seen.values())))
        ):
            if now - first.seen < self.idle:
                break
            self.close(first.token)
        while self.at_most is not None and self._by_opened:
            first = next(iter(self._by_opened.values()))
            if now - first.opened < self.at_most:
                break
            self.close(first.token)
