"""People who are inside and do one step each time it is their turn: a single step as a load.

Whoever waits for longest has the next turn. Who is turned away or waits in vain tries again when
the turn comes round; who has lost the session, or could not act through our own fault, leaves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, ClassVar

from gevent.event import AsyncResult

from rentree.feed import Turn
from rentree.person import Person
from rentree.platform import OK, SESSION_LOST, Answer
from rentree.sample import SIGN_IN, SIGN_OUT
from rentree.walks import persona_of

_ENDS = ("leak", "not_sent")  # outcomes after which nobody goes on
TEXT = "Mesure de capacité"  # the subject of what is written, where a step writes something


class Pool:
    """Those who are inside and wait for their turn."""

    def __init__(self) -> None:
        self._idle: deque[AsyncResult[Turn | None]] = deque()
        self._closed = False

    def wait(self) -> Turn | None:
        """The turn that falls to the caller; None: there are no more."""
        if self._closed:
            return None
        turn: AsyncResult[Turn | None] = AsyncResult()
        self._idle.append(turn)
        return turn.get()

    def give(self, turn: Turn) -> bool:
        """Give a turn to who waits for longest; False: nobody is free."""
        if not self._idle:
            return False
        self._idle.popleft().set(turn)
        return True

    def close(self) -> None:
        """No more turns."""
        self._closed = True
        while self._idle:
            self._idle.popleft().set(None)


class Standing(Person):
    """Signs in, then takes turns."""

    abstract = True
    pool: ClassVar[Pool]
    writes: ClassVar[bool]  # the step is told a text

    answer = OK  # to the last attempt

    def journey(self) -> None:
        """In, then a step for each turn, until the turn to sign out or the end."""
        if not self.step(SIGN_IN):
            return
        while (turn := self.pool.wait()) is not None:
            self.due = turn.due
            leaves = turn.step == SIGN_OUT
            self.step(
                turn.step, **({"text": self.text(TEXT)} if self.writes and not leaves else {})
            )
            if leaves or self.answer.outcome in _ENDS or self.answer.why == SESSION_LOST:
                return
            self.left = None  # whoever was turned away is still there

    def _ask(self, name: str, facts: dict[str, Any]) -> Answer:
        self.answer = super()._ask(name, facts)
        return self.answer


def standing(personas: Iterable[str], pool: Pool, *, writes: bool) -> dict[str, type[Person]]:
    """A class for each persona of the crowd, as the cast needs them."""
    told = {"pool": pool, "writes": writes}
    return {
        key: type("Standing", (Standing,), {"persona": persona_of(key), **told}) for key in personas
    }
