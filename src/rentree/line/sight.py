"""Seeing a line at work: exchanges with our echo over twins that are as limited as it is.

A twin has a bucket of its own, so that what we send takes nothing from people; it shows what one
who is alone on the line gets. One shows what comes down with its delay, one what goes up.
"""

from __future__ import annotations

from dataclasses import dataclass

from rentree.fault import Address
from rentree.line.spec import Figures
from rentree.toxiproxy.sight import Exchange, Question, Trail, exchange

_PART = 100_000  # µs that a question takes by its rate alone
_MOST = 524_288  # bytes of one; the echo keeps 1 MiB at most
_LEAST = 64  # bytes
_LATE = 500_000  # µs that an answer may come after its time
_LOOK = 450_000  # µs of one look; what takes longer is told to a later one
_SHARE = 0.95  # of the time that the figures ask for, timers rounded
FASTEST = 25_000_000  # bytes/s: 512 KiB take 21 ms; a faster line cannot be told from an open one
LONGEST = 5_000_000  # µs of delay


@dataclass(frozen=True)
class Seen:
    """What came of one look."""

    took_us: int | None  # None: nothing came back
    doubt: str  # why it does not show the line at work; empty: it does


def _size(rate: int | None) -> int:
    return _LEAST if rate is None else min(max(rate * _PART // 1_000_000, _LEAST), _MOST)


def least_us(size: int, rate: int | None, delay: int = 0, jitter: int = 0) -> int:
    """The time, µs, that an exchange of so many bytes takes at least."""
    alone = 0 if rate is None else size * 1_000_000 // rate
    return int(_SHARE * (alone + delay - jitter))


class Twins:
    """The two listeners that show a line."""

    def __init__(self, figures: Figures, down: Address, up: Address) -> None:
        self._figures, self._down, self._up = figures, down, up
        self.begin()

    def begin(self) -> None:
        """Forget what was seen: a window begins."""
        self._trail: Trail[Seen] = Trail()

    def look(self) -> Seen:
        """An exchange by each, in a window: no later one is taken for an earlier."""
        now, before = self._trail.ask(self._exchanges, _LOOK)
        return now or before or Seen(None, "")  # silence is what a slow line shows at first

    def glance(self) -> int | None:
        """A round trip, µs, outside a window; None: silent."""
        return exchange(self._down, Question(_LEAST, 300_000)).last_us

    def _exchanges(self) -> Seen:
        f = self._figures
        size = _size(f.down)
        least = least_us(size, f.down, f.delay, f.jitter)
        seen = _exchange(self._down, size, least + 2 * f.jitter)
        doubt = _doubt(seen, size, least, "down")
        if not doubt and f.up is not None:
            size, took = _size(f.up), seen.last_us
            least = least_us(size, f.up)
            doubt = _doubt(_exchange(self._up, size, least), size, least, "up")
            return Seen(took, doubt)
        return Seen(seen.last_us, doubt)


def _exchange(at: Address, size: int, expected: int) -> Exchange:
    return exchange(at, Question(size, expected + _LATE))


def _doubt(seen: Exchange, size: int, least: int, way: str) -> str:
    if seen.received < size:
        # Slower than asked, on a machine that is busy, is still limited.
        return (
            "" if seen.ended == "open" else f"{seen.received} of {size} bytes came ({seen.ended})"
        )
    if (seen.last_us or 0) < least:
        return f"{size} bytes {way} took {seen.last_us} µs; the line alone takes {least} µs"
    return ""
