"""A rate limit per address: a bucket of tokens each, as web servers in front of platforms keep.

A school stands behind one address, so the limit is a school's: it does not shrink with the
crowd's scale, of which whole schools and classes are left.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

_MOST = 100_000  # addresses that are remembered; then the one unseen for longest is forgotten


class RateLimit:
    """At most `rate` requests a second from one address (or session), `burst` at once.

    `clock`: µs. With `stuck`, who was turned away once is turned away for good (a defect).
    """

    def __init__(
        self, rate: float, burst: int, clock: Callable[[], int], *, stuck: bool = False
    ) -> None:
        self._rate = rate / 1e6  # tokens a µs
        self._burst = float(burst)
        self._clock = clock
        self._stuck = stuck
        self._buckets: OrderedDict[str, tuple[float, int]] = OrderedDict()  # tokens, at µs
        self.limited = 0  # requests that were turned away

    def take(self, address: str) -> bool:
        """Whether one more request from this address may come in now."""
        now = self._clock()
        tokens, at = self._buckets.pop(address, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._rate)
        allowed = tokens >= 1
        self._buckets[address] = (tokens - allowed, now)
        if not allowed and self._stuck:
            self._buckets[address] = (float("-inf"), now)
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        self.limited += not allowed
        return allowed

    def retry_after(self) -> int:
        """Seconds after which somebody who was turned away may come again."""
        return max(1, round(1e-6 / self._rate))
