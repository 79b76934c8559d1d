"""A line as a queue: what passes it takes its time, and the next waits until it has passed.

Time is virtual: a piece begins when it is there and the line is free, however late we look. So the
rate holds on a busy machine, and never more passes than the line would let through.
"""

from __future__ import annotations

_LEAST, _MOST = 1_460, 65_536  # bytes of a piece: of a packet, and of a read
_PIECE_S = 0.005  # s that a piece occupies a line: so finely is it shared


class Bucket:
    """One direction of a line; whoever has it shares it. Times: s."""

    __slots__ = ("__weakref__", "free", "piece", "rate")

    def __init__(self, rate: int) -> None:
        self.rate = rate  # bytes/s
        self.piece = min(max(round(rate * _PIECE_S), _LEAST), _MOST)
        self.free = 0.0  # when all that was let in has passed

    def passed(self, size: int, ready: float) -> float:
        """When a piece will have passed that was there at `ready`."""
        self.free = max(self.free, ready) + size / self.rate
        return self.free
