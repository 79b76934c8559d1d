"""One direction of a connection: pieces wait for the line, are delayed, and arrive in order."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from typing import Protocol

from rentree.line.bucket import Bucket

_WINDOW = 262_144  # bytes on their way of one connection, before its sender is held back
_EARLY = 0.0005  # s; a timer that comes so early has come


class Source(Protocol):
    """Whom the bytes come from."""

    def pause_reading(self) -> None:
        """Take no more from it."""

    def resume_reading(self) -> None:
        """Take from it again."""


class Way:
    """Carries bytes to `write`; `limited` tells whether bucket and delay hold now."""

    __slots__ = (
        "_arrived", "_blocked", "_bucket", "_delay", "_end", "_ended", "_flights", "_free", "_held",
        "_last", "_limited", "_loop", "_paused", "_source", "_timer", "_waiting", "_window",
        "_write",
    )  # fmt: skip

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        source: Source,
        write: Callable[[bytes], object],
        end: Callable[[], object],
        *,
        bucket: Bucket | None,
        delay: tuple[float, float],
        limited: Callable[[], bool],
    ) -> None:
        self._loop, self._source, self._write, self._end = loop, source, write, end
        self._bucket, self._delay, self._limited = bucket, delay, limited
        self._waiting: deque[bytes] = deque()  # for the line
        self._flights: deque[tuple[float, bytes]] = deque()  # through it, and when they arrive
        self._held = 0  # bytes of both
        self._free = 0.0  # when this connection's own last piece has passed the line
        self._arrived = 0.0  # when what waits first came
        self._last = 0.0  # when the last piece arrives: none overtakes another
        self._timer: asyncio.TimerHandle | None = None
        self._paused = self._blocked = self._ended = False
        rate = bucket.rate if bucket else 0
        self._window = max(_WINDOW, round(2 * rate * sum(delay)))

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return bool(self._held)

    def carry(self, data: bytes) -> None:
        """Take what the source has sent."""
        if not self._held and not self._blocked and not self._limited():
            self._write(data)
            return
        if not self._waiting:
            self._arrived = self._loop.time()
        self._waiting.append(data)
        self._held += len(data)
        if self._held >= self._window and not self._paused:
            self._paused = True
            self._source.pause_reading()
        self.step()

    def finish(self) -> None:
        """The source will send no more: tell, when all has arrived."""
        self._ended = True
        self.step()

    def block(self, blocked: bool) -> None:
        """Whoever receives takes no more for now, or takes again."""
        self._blocked = blocked
        if blocked and not self._paused:
            self._paused = True
            self._source.pause_reading()
        self.step()

    def drop(self) -> None:
        """Nothing more arrives."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._waiting.clear()
        self._flights.clear()
        self._held = 0
        self._ended = False

    def step(self) -> None:
        """Move what is due; a timer tells of the rest. Also called when the limits begin or end."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now, limited = self._loop.time() + _EARLY, self._limited()
        while True:
            while self._flights and (not limited or self._flights[0][0] <= now):
                self._arrive(self._flights.popleft()[1])
            if not self._waiting or self._blocked or (limited and self._free > now):
                break
            if limited:
                self._let_in()
            else:
                self._arrive(self._waiting.popleft())
        if self._paused and not self._blocked and self._held < self._window // 2:
            self._paused = False
            self._source.resume_reading()
        if self._flights or (self._waiting and not self._blocked):
            due = [self._flights[0][0]] if self._flights else []
            due += [self._free] if self._waiting and not self._blocked else []
            self._timer = self._loop.call_at(min(due), self.step)
        elif self._ended and not self._waiting:
            self._ended = False
            self._end()

    def _let_in(self) -> None:
        bucket, piece = self._bucket, self._waiting.popleft()
        passed = ready = max(self._free, self._arrived)
        if bucket is not None:
            if len(piece) > bucket.piece:
                self._waiting.appendleft(piece[bucket.piece :])
                piece = piece[: bucket.piece]
            passed = bucket.passed(len(piece), ready)
        self._free = passed
        mean, spread = self._delay
        self._last = max(self._last, passed + random.uniform(mean - spread, mean + spread))
        self._flights.append((self._last, piece))

    def _arrive(self, piece: bytes) -> None:
        self._held -= len(piece)
        self._write(piece)
