"""A toxic of Toxiproxy as a fault: what it takes, and how it is seen to be in force.

Every value that Toxiproxy 2.12 would crash on, take in silence or turn into something else is
refused by its model (its source; measured). What cannot be seen is refused, too: a fault that is
not observed makes a run invalid.
"""

from __future__ import annotations

from typing import ClassVar

from rentree.fault import Settings
from rentree.toxiproxy.sight import Exchange, Question
from rentree.words import duration

LOOK = 400_000  # µs that one look at a toxic may take; what takes longer is followed
LATE = 500_000  # µs that an answer may come after its time before it counts as lost
LONGEST = 60_000_000  # µs that one question is followed
SLACK = 1_000  # µs; timers round
MOST = 65_536  # bytes of one look
PING = 16  # bytes


class Toxic(Settings):
    """A toxic on all that comes down to a territory's people."""

    may_hit: ClassVar[tuple[str, ...]] = ("host",)
    or_hits: ClassVar[tuple[str, ...]] = ("link",)
    type: ClassVar[str] = ""  # Toxiproxy's; "" is a listener that is disabled

    def attributes(self) -> dict[str, int]:
        """As Toxiproxy takes them: ms, bytes, KB/s, and µs for the slicer."""
        return {}

    def question(self) -> Question:
        """What is asked through the twin, each second."""
        return Question(PING, LOOK)

    def shown_by(self, seen: Exchange) -> str:
        """Empty when an exchange shows the toxic at work; else why it does not."""
        raise NotImplementedError

    def floor_us(self) -> int:
        """What it adds to an exchange at least."""
        return 0

    def holds_us(self) -> int:
        """How long it may hold back the end of a connection in which nothing was sent."""
        return 0


def whole_ms(name: str, us: int, least: int, most: int) -> None:
    """Raise ValueError unless `us` is whole milliseconds from `least` to `most` µs."""
    if us % 1000 or not least <= us <= most:
        span = f"{duration(least, 'en')} to {duration(most, 'en')}".replace("\u00a0", " ")
        raise ValueError(f"`{name}` must be whole milliseconds, {span}")
