"""One timer for everybody's deadlines.

A timer of its own for each read costs more than the read. Here a waiter stands in a heap once,
however many answers it gets meanwhile: when its time comes, it is asked until when it really waits.
"""

from __future__ import annotations

import heapq
import itertools
import time
from math import inf
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import gevent


class Waiter(Protocol):
    """Who may be late. Times are s of the monotonic clock."""

    until: float  # when it is late; inf: it waits for nothing
    booked: Booking | None  # made here

    def late(self) -> None:
        """Called by the event loop, not before `until`; may not wait."""


class Booking:
    """When the timer will look at a waiter; without one, it will not."""

    __slots__ = ("number", "waiter", "when")

    def __init__(self, when: float, number: int, waiter: Waiter) -> None:
        self.when = when
        self.number = number
        self.waiter: Waiter | None = waiter

    def __lt__(self, other: Booking) -> bool:
        return (self.when, self.number) < (other.when, other.number)

    def drop(self) -> None:
        """Forget the waiter, which is gone."""
        self.waiter = None


class Deadlines:
    """The timer of one event loop."""

    def __init__(self, hub: Any) -> None:
        self._loop = hub.loop
        self._timer: Any = None
        self._heap: list[Booking] = []
        self._numbers = itertools.count()

    def book(self, waiter: Waiter) -> None:
        """See to it that `waiter.late()` is called once its `until` has passed."""
        known = waiter.booked
        if known is not None:
            if known.when <= waiter.until:
                return
            known.drop()
        self._push(waiter)
        if self._heap[0] is waiter.booked:
            self._wind()

    def _push(self, waiter: Waiter) -> None:
        waiter.booked = Booking(waiter.until, next(self._numbers), waiter)
        heapq.heappush(self._heap, waiter.booked)

    def _wind(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None
        if self._heap:
            left = max(self._heap[0].when - time.monotonic(), 0.0)
            self._timer = self._loop.timer(left + 0.001)  # the loop's clock may lag behind
            self._timer.start(self._ring)

    def _ring(self) -> None:
        heap, now = self._heap, time.monotonic()
        while heap and heap[0].when <= now:
            waiter = heapq.heappop(heap).waiter
            if waiter is None:
                continue
            waiter.booked = None
            if waiter.until <= now:
                waiter.late()
            elif waiter.until != inf:
                self._push(waiter)
        self._wind()


_KNOWN: WeakKeyDictionary[Any, Deadlines] = WeakKeyDictionary()  # by hub


def of_this_loop() -> Deadlines:
    """The timer of the loop that runs here."""
    hub = gevent.get_hub()
    if hub not in _KNOWN:
        _KNOWN[hub] = Deadlines(hub)
    return _KNOWN[hub]
