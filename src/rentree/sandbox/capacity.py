"""The capacity of the platform: so many servers and a bounded queue, kept in virtual time.

A request takes the lane that is free first and is served from `max(came, free)` on. Nothing is
ever late by itself: when this machine wakes us late, the moments do not move, so that the rate
holds whatever else runs here. Who waits may leave, and a sound platform then drops the work.
"""

from __future__ import annotations

import heapq
import math
from collections import OrderedDict
from collections.abc import Callable


class Place:
    """One request's place: `finish` (int µs) is known once a server took it."""

    __slots__ = ("came", "finish", "on_start", "service")

    def __init__(self, came: int, service: int) -> None:
        self.came = came
        self.service = service
        self.finish: int | None = None
        self.on_start: Callable[[], object] | None = None


class Capacity:
    """`servers` (real-valued) that serve requests in their order of arrival.

    Times are int µs; `now` must never go back. With ceil(servers) lanes a lane stays taken for
    service x lanes / servers: 2.5 servers are three lanes at 5/6 of their pace, and the
    service time that a person sees is untouched. With 0 servers everybody waits.
    """

    def __init__(self, servers: float, queue: float) -> None:
        self._free: list[float] = []  # a heap: the moments at which lanes are free
        self._waiting: OrderedDict[int, Place] = OrderedDict()
        self.resize(servers, queue, 0)

    def resize(self, servers: float, queue: float, now: int) -> None:
        """More servers, or fewer: those that are idle go first, and what is begun is finished."""
        if servers < 0 or queue < 0:
            raise ValueError("a platform has no servers and no queue below 0")
        self.advance(now)
        lanes = math.ceil(servers)
        free = sorted(self._free)
        self._free = free[max(0, len(free) - lanes) :] + [float(now)] * (lanes - len(free))
        heapq.heapify(self._free)
        self.servers = servers
        self.queue = queue  # requests that may wait; real-valued, as a scale leaves it
        self._pace = lanes / servers if servers else 1.0
        self.advance(now)

    def enter(self, now: int, service: int) -> Place | None:
        """A place for a request that came now; None: refused, the queue is full."""
        self.advance(now)
        place = Place(now, service)
        if not self._waiting and self._free and self._free[0] <= now:
            self._start(place)
        elif len(self._waiting) + 1 > self.queue:
            return None
        else:
            self._waiting[id(place)] = place
        return place

    def leave(self, place: Place) -> bool:
        """Give up a place that still waits; False: a server has it already."""
        return self._waiting.pop(id(place), None) is not None

    def advance(self, now: int) -> None:
        """Give every lane that is free by now to who waits for longest."""
        while self._waiting and self._free and self._free[0] <= now:
            self._start(self._waiting.popitem(last=False)[1])

    def next_start(self) -> float | None:
        """When somebody who waits will be taken (µs); None: nobody waits, or nobody serves."""
        return self._free[0] if self._waiting and self._free else None

    def waiting(self, now: int) -> int:
        """How many requests have a place in the queue and are not being served yet."""
        self.advance(now)
        return len(self._waiting)

    def serving(self, now: int) -> int:
        """How many lanes are taken."""
        self.advance(now)
        return sum(free > now for free in self._free)

    def delay(self, now: int) -> float:
        """How long, µs, somebody who came now would wait at least: 0 when a lane is free."""
        self.advance(now)
        return max(0.0, self._free[0] - now) if self._free else math.inf

    def _start(self, place: Place) -> None:
        start = max(float(place.came), self._free[0])
        heapq.heapreplace(self._free, start + place.service * self._pace)
        place.finish = math.ceil(start) + place.service
        if place.on_start is not None:
            place.on_start()
