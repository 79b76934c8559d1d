"""A lease: who hears nothing from the other side for so long stops by itself. Pure; times in s."""

from __future__ import annotations

from dataclasses import dataclass

LEASE = 4.0  # without a word: over
PATIENT = 1.0  # after a stall of our own there is time to read what lies unread


@dataclass
class Lease:
    """Call `heard` for every word of the other side and `over` several times a second."""

    last: float  # when we last heard
    length: float = LEASE
    _looked: float | None = None

    def heard(self, now: float) -> None:
        """The other side lives."""
        self.last = max(self.last, now)

    def over(self, now: float) -> bool:
        """Whether it must be taken for dead.

        Who was itself not running between two looks cannot tell: its words may lie unread, so
        it waits a moment longer.
        """
        stalled = self._looked is not None and now - self._looked > PATIENT
        self._looked = now
        if stalled:
            self.last = max(self.last, now - self.length + PATIENT)
        return now - self.last > self.length
