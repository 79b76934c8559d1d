"""A load that is found as the run goes on: what a worker is told to do next, row by row, in a file.

The parent appends rows in the order in which they are due, and a worker reads them as they come:
a `Member` comes and walks a journey; a `Turn` falls to somebody who is inside and waits; then the
end mark. msgpack, one array a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgpack
from pydantic import BaseModel, ConfigDict

from rentree.crowd import Member

NOBODY_FREE = "everybody who is inside still waits for an answer"  # why a turn was taken by nobody


class Fed(BaseModel):
    """What is particular to a run whose load is fed; nobody stays in it."""

    model_config = ConfigDict(frozen=True)

    only: str | None = None  # people stay inside, and do this one step each time it is their turn
    writes: bool = False  # that step is told a text to write
    hurry: float = 1.0  # think times are so many times shorter


class Turn(NamedTuple):
    """Somebody who is inside does a step. `due`: µs of the run."""

    due: int
    step: str


Row = Member | Turn


def path_of(work: Path, worker: int) -> Path:
    """The feed of a worker, in the run's work folder."""
    return work / f"feed-{worker}.msgpack"


class Feed:
    """The parent's end of one worker's feed."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def put(self, rows: list[Row]) -> None:
        """Append rows, in the order of their due times."""
        if rows:
            self._file.write(b"".join(msgpack.packb(list(row)) for row in rows))

    def end(self) -> None:
        """Nothing follows."""
        self._file.write(msgpack.packb([]))
        self._file.close()


class Feeds:
    """The feeds of all workers, to whom rows fall in turn; written by `flush`."""

    def __init__(self, work: Path, workers: int) -> None:
        self._files = [Feed(path_of(work, number)) for number in range(1, workers + 1)]
        self._rows: list[list[Row]] = [[] for _ in self._files]
        self.last = 0  # µs: nothing later was put

    def put(self, k: int, row: Row) -> None:
        """The k-th row; rows come in the order of their due times."""
        self._rows[k % len(self._rows)].append(row)
        self.last = max(self.last, row.due)

    def flush(self) -> None:
        """Write what was put."""
        for file, rows in zip(self._files, self._rows, strict=True):
            file.put(rows)
            rows.clear()

    def end(self) -> None:
        """Nothing follows."""
        self.flush()
        for file in self._files:
            file.end()


class FeedReader:
    """The worker's end: call `new` again and again until `ended`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0  # bytes read
        self._unpacker = msgpack.Unpacker()
        self.ended = False

    def new(self) -> Iterator[Row]:
        """Yield the rows that were appended since the last call."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._position)
            fresh = file.read()
        self._position += len(fresh)
        self._unpacker.feed(fresh)
        for row in self._unpacker:
            if not row:
                self.ended = True
            elif len(row) == len(Turn._fields):
                yield Turn(*row)
            else:
                yield Member(*row)
