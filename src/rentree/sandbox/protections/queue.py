"""The queue before the door (F41, "files d'attente"): a number each, called at a steady rate.

Numbers are called in their order. Before `opens`, people only gather, and get random numbers
when it opens: who has the faster line gains nothing (`notes/resilience.md` 5.4). A number that
was called is a passage: it lets one person sign in, once, within `passage`.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_UNSEEN = 60_000_000  # µs of the scenario after which somebody who does not ask any more is passed
_MOST = 200_000  # people who may wait; whoever comes beyond is told to come again
_LIE = 40  # queue-position-lies: places by which the position jumps


@dataclass
class _Waiting:
    seen: int
    number: int | None = None  # None before the queue opens


@dataclass(frozen=True)
class Told:
    """What somebody is told: let in, or the position (None: not open yet) and the estimate, µs."""

    let_in: bool
    position: int | None = None
    wait: float | None = None
    full: bool = False


class Queue:
    """One queue. `rate`: people a µs; `clock`: µs; `opens`: µs of that clock, or None."""

    def __init__(
        self,
        *,
        rate: float,
        passage: float,
        unseen: float = _UNSEEN,
        opens: int | None,
        clock: Callable[[], int],
        broken: Callable[[str], bool] = lambda _: False,
        seed: int = 0,
    ) -> None:
        self.rate, self.passage, self.opens = rate, passage, opens
        self._unseen = unseen
        self._clock = clock
        self._broken = broken
        self._random = random.Random(seed)
        self._key = secrets.token_bytes(16)
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()  # in the order of their calls
        self._called: OrderedDict[str, int] = OrderedDict()  # → µs until which the passage is good
        self._used: OrderedDict[str, int] = OrderedDict()
        self._issued = self._passed = 0
        self._since = clock()
        self._credit = 1.0  # somebody who comes to an empty queue is called at once

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def ticket(self) -> str:
        """A new ticket, signed: it names a place in the queue and cannot be made up."""
        name = secrets.token_urlsafe(9)
        return f"{name}.{self._sign(name)}"

    def ask(self, ticket: str) -> Told:
        """What the holder of a ticket is told. A ticket that is not ours, or used, gets nothing."""
        now = self._clock()
        self._call(now)
        if not self.genuine(ticket) or self.spent(ticket):
            return Told(let_in=False, full=True)
        if ticket in self._called or (ticket in self._used and self._shared()):
            return Told(let_in=True)
        place = self._waiting.get(ticket)
        if place is None:
            if len(self._waiting) >= _MOST:
                return Told(let_in=False, full=True)
            place = self._waiting[ticket] = _Waiting(now)
            if self._open(now):
                self._number(place)
            self._call(now)
            if ticket in self._called:
                return Told(let_in=True)
        place.seen = now
        if place.number is None:
            return Told(let_in=False)
        return self._position(place.number)

    def spent(self, ticket: str) -> bool:
        """Whether somebody has signed in with it already."""
        return ticket in self._used and not self._shared()

    def use(self, ticket: str) -> None:
        """The holder signed in: the passage is spent."""
        if self._called.pop(ticket, None) is not None:
            self._used[ticket] = self._clock()
            while len(self._used) > _MOST:
                self._used.popitem(last=False)

    def genuine(self, ticket: str) -> bool:
        """Whether we made this ticket."""
        name, _, signature = ticket.partition(".")
        return bool(signature) and hmac.compare_digest(
            signature.encode(), self._sign(name).encode()
        )

    def _shared(self) -> bool:
        return self._broken("queue-token-shared")

    def _sign(self, name: str) -> str:
        key = self._key
        return hashlib.blake2b(name.encode(), key=key, digest_size=16).hexdigest()

    def _open(self, now: int) -> bool:
        return self.opens is None or now >= self.opens

    def _number(self, place: _Waiting) -> None:
        self._issued += 1
        place.number = self._issued

    def _position(self, number: int) -> Told:
        position = max(1, number - self._passed)
        if self._broken("queue-position-lies"):
            position += self._random.randrange(_LIE)
        return Told(let_in=False, position=position, wait=position / self.rate)

    def _call(self, now: int) -> None:
        """Call as many numbers as the time since the last call allows."""
        if not self._open(now):
            self._since = now
            return
        if self._waiting and next(reversed(self._waiting.values())).number is None:
            self._draw()
        elapsed, self._since = now - self._since, now
        # What is not used is not saved up, beyond a second's worth: the door is never stormed.
        most = max(1.0, self.rate * 1e6)
        self._credit = min(most, self._credit + elapsed * self.rate)
        while self._waiting and self._credit >= 1:
            last = self._broken("queue-lifo")
            ticket, place = self._waiting.popitem(last=last)
            self._passed += 1
            if now - place.seen > self._unseen:
                continue  # left without a word: the next one is called instead
            self._credit -= 1
            self._called[ticket] = now + round(self.passage)
        while self._called and next(iter(self._called.values())) < now:
            self._called.popitem(last=False)

    def _draw(self) -> None:
        """The queue opens: who gathered before gets a random number."""
        gathered = [(t, p) for t, p in self._waiting.items() if p.number is None]
        self._random.shuffle(gathered)
        for ticket, place in gathered:
            self._number(place)
            self._waiting.move_to_end(ticket)
