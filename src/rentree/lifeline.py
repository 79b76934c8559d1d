"""The runner's end of the line to its guard: signs of life, and whether the guard still lives.

A line is a pair of pipes, given by environment. Words of the runner, a byte each: `b` from now
on I am in a hurry (load and faults), `.` I live, `c` I am closing, `e` nothing is left to lose.
"""

from __future__ import annotations

import contextlib
import os

VARIABLE = "RENTREE_GUARD"  # "descriptor,pid of the guard"
HURRY, LIFE, CLOSING, END = b"b", b".", b"c", b"e"


class Lifeline:
    """Says signs of life to whoever guards us; to nobody when nobody does."""

    def __init__(self, descriptor: int | None = None, guard: int | None = None) -> None:
        self._descriptor, self._guard = descriptor, guard
        if descriptor is not None:
            os.set_inheritable(descriptor, False)
            os.set_blocking(descriptor, False)

    def say(self, word: bytes) -> None:
        """Say a word; that nobody hears it is seen by `lost`."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):  # a guard that hangs has a full pipe
                os.write(self._descriptor, word)

    def lost(self) -> bool:
        """Whether there was a guard, and it is gone."""
        return self._guard is not None and os.getppid() != self._guard


def lifeline() -> Lifeline:
    """The line that the environment names; it is taken out, so that no child of ours has it.

    So who makes several runs in one process asks for it once.
    """
    told = os.environ.pop(VARIABLE, "")
    if not told:
        return Lifeline()
    descriptor, guard = told.split(",")
    return Lifeline(int(descriptor), int(guard))
