"""A remote worker's blocks on their way to the master: kept on disk, resent until acknowledged.

The recorder writes to a file as every worker does; here its blocks are read back and sent. In
memory there is only what is under way (`WINDOW`), however long the line is down.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from rentree.block import BlockReader

WINDOW = 4 << 20  # bytes under way; one block at least
SILENCE = 3.0  # s without any acknowledgement, after which all that is under way goes again


class Outbox:
    """What is to be sent now, given what was acknowledged. Times in s."""

    def __init__(self, frames: Callable[[], Iterator[bytes]], window: int = WINDOW) -> None:
        self._frames, self._window = frames, window
        self._source: Iterator[bytes] = iter(())
        self._under_way: deque[bytes] = deque()
        self._bytes = 0
        self._acknowledged = 0  # blocks, from 0 without gaps
        self._progress = 0.0
        self._next: bytes | None = None

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return self._bytes + len(self._next or b"")

    def acknowledged(self, count: int, now: float) -> None:
        """The master has the first `count` blocks on its disk."""
        while self._acknowledged < count and self._under_way:
            self._bytes -= len(self._under_way.popleft())
            self._acknowledged += 1
            self._progress = now

    def due(self, now: float) -> list[tuple[int, bytes]]:
        """Blocks to send now, with their numbers: new ones, or again what is under way."""
        again: list[tuple[int, bytes]] = []
        if self._under_way and now - self._progress > SILENCE:
            self._progress = now
            again = list(enumerate(self._under_way, self._acknowledged))
        if not self._under_way:
            self._progress = now
        new: list[tuple[int, bytes]] = []
        while (frame := self._peek()) is not None:
            if self._under_way and self._bytes + len(frame) > self._window:
                break
            new.append((self._acknowledged + len(self._under_way), frame))
            self._under_way.append(frame)
            self._bytes += len(frame)
            self._next = None
        return again + new

    def empty(self) -> bool:
        """Whether everything that was written is acknowledged."""
        return not self._under_way and self._peek() is None

    def _peek(self) -> bytes | None:
        if self._next is None:
            self._next = next(self._source, None)
        if self._next is None:
            self._source = self._frames()
            self._next = next(self._source, None)
        return self._next


def outbox_of(path: Path) -> Outbox:
    """The outbox of a file of blocks."""
    return Outbox(BlockReader(path).frames)
