"""The capacity of the platform: so many servers and a bounded queue, reserved in virtual time.

A request takes the lane that is free first, `start = max(now, free)`, and is served until
`start + service`. Nothing is ever late by itself: when this machine wakes us late, the next
reservation does not move, so that the rate holds whatever else runs here.
"""

from __future__ import annotations

import heapq
import math
from collections import deque


class Capacity:
    """`servers` (real-valued, above 0) that serve requests in their order of arrival.

    Times are int µs; `now` must never go back. With ceil(servers) lanes a lane stays taken for
    service x lanes / servers: 2.5 servers are three lanes at 5/6 of their pace, and the
    service time that a person sees is untouched.
    """

    def __init__(self, servers: float, queue: float) -> None:
        if servers <= 0 or queue < 0:
            raise ValueError("a platform has more than 0 servers and no queue below 0")
        self.servers = servers
        self.queue = queue  # requests that may wait; real-valued, as a scale leaves it
        lanes = math.ceil(servers)
        self._free = [0.0] * lanes  # a heap: the moments at which lanes are free
        self._pace = lanes / servers
        self._starts: deque[float] = deque()  # of the requests that wait, in order

    def reserve(self, now: int, service: int) -> int | None:
        """When a request that came now will have been served; None: refused, the queue is full."""
        start = max(float(now), self._free[0])
        if start > now:
            if self.waiting(now) + 1 > self.queue:
                return None
            self._starts.append(start)  # starts never go back: neither do now and the first free
        heapq.heapreplace(self._free, start + service * self._pace)
        return math.ceil(start) + service

    def waiting(self, now: int) -> int:
        """How many requests have a place in the queue and are not being served yet."""
        while self._starts and self._starts[0] <= now:
            self._starts.popleft()
        return len(self._starts)
