"""Service tickets (CAS 3.0 protocol, 3.1): good for one service, once, for a short while.

A ticket dies with the session that it was given for: after signing out it is INVALID_TICKET.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from rentree.sandbox.accounts import Person
from rentree.sandbox.sessions import Session

LIFE = 60_000_000  # µs
_MOST = 100_000  # tickets that are remembered


@dataclass
class _Ticket:
    service: str
    session: Session
    until: int
    used: bool = False


@dataclass
class Tickets:
    """The tickets of one sandbox. `alive` says whether a session is still open."""

    clock: Callable[[], int]
    alive: Callable[[str], bool]
    broken: Callable[[str], bool] = lambda _: False
    _known: OrderedDict[str, _Ticket] = field(default_factory=OrderedDict)

    def issue(self, service: str, session: Session) -> str:
        """A ticket with which that service learns who has that session."""
        ticket = f"ST-{secrets.token_urlsafe(24)}"
        self._known[ticket] = _Ticket(service, session, self.clock() + LIFE)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return ticket

    def validate(self, ticket: str, service: str) -> tuple[Person | None, str]:
        """Whose it is, or None and the error code of the protocol (2.5.3)."""
        known = self._known.get(ticket)
        if known is None:
            return None, "INVALID_TICKET"
        again = known.used and not self.broken("ticket-twice")
        known.used = True  # at the first try, also when it fails
        if again or self.clock() > known.until:
            return None, "INVALID_TICKET"
        if known.service != service:
            return None, "INVALID_SERVICE"
        if not self.alive(known.session.token) and not self.broken("ticket-after-sign-out"):
            return None, "INVALID_TICKET"
        return known.session.person, ""

    def of(self, token: str) -> list[tuple[str, str]]:
        """(ticket, service) of what a session used: the services that must hear of its end."""
        return [
            (name, one.service)
            for name, one in self._known.items()
            if one.used and one.session.token == token
        ]
