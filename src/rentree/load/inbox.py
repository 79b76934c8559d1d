"""The master's side of a remote worker's blocks: each once, in order, on disk before it is told."""

from __future__ import annotations

import os
from pathlib import Path

from rentree.block import label, whole


class Inbox:
    """Appends a worker's blocks to its file in the run's folder, as a local worker's would be."""

    def __init__(self, path: Path, worker: int) -> None:
        self.worker = worker
        self.count = 0  # blocks that are on disk: what is acknowledged
        self._file = path.open("ab", buffering=0)

    def take(self, frame: bytes) -> int:
        """Keep a block if it is the next one, durably, and return how many there are.

        A second copy, one that was damaged on its way, one that comes before an earlier one and
        somebody else's change nothing: what is missing comes again.

        Raises:
            OSError: the disk is full or gone.
        """
        if whole(frame) and label(frame) == (self.count, self.worker):
            self._file.write(frame)
            os.fdatasync(self._file.fileno())
            self.count += 1
        return self.count

    def close(self) -> None:
        """Close the file."""
        self._file.close()
