"""The ceiling of an authorisation, kept where requests are sent: each worker keeps its share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class Ceiling:
    """At most `rate` requests in any second; below one a second, one in so many seconds.

    Exact: no bucket that may be emptied at once after a calm second. `clock` in seconds.
    """

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._stretch = 1.0 if rate >= 1 else 1 / rate  # s in which so many may go
        self._gone: deque[float] = deque(maxlen=max(1, int(rate)))  # the last that went

    def take(self) -> bool:
        """Whether one more request may go now."""
        now, gone = self._clock(), self._gone
        if len(gone) == gone.maxlen and now - gone[0] < self._stretch:
            return False
        gone.append(now)
        return True
