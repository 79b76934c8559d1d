"""The ceiling of an authorisation, kept where requests are sent: a bucket of tokens a worker."""

from __future__ import annotations

from collections.abc import Callable


class Ceiling:
    """At most `rate` requests a second, a second's worth at once; `clock` in seconds."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._most = max(1.0, rate)
        self._left = self._most
        self._at = clock()

    def take(self) -> bool:
        """Whether one more request may go now."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
