"""How another machine's monotonic clock stands to ours, from exchanges of its time for ours.

The worker notes its clock, asks, gets our clock, and notes its own again. Ours was read somewhere
in between: the offset is known to half of that stretch, whatever the line did. Of several
exchanges the shortest says most. All times are int ns.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

LIMIT = 10_000_000  # ns: a clock that may be further off than this dates nothing
KEPT = 8  # exchanges, one a second: what "now" is told from


class Exchange(NamedTuple):
    """One question and answer."""

    sent: int  # the worker's clock, before
    theirs: int  # the master's
    received: int  # the worker's clock, after


class Relation(NamedTuple):
    """What is known of a worker's clock."""

    offset: int  # the worker's clock less the master's
    error: int  # the offset is right to within this


def relate(exchanges: Iterable[Exchange]) -> Relation:
    """The relation that the shortest exchange tells.

    Raises:
        ValueError: there is no exchange, or its answer came before the question.
    """
    best = min(exchanges, key=lambda e: e.received - e.sent)
    if best.received < best.sent:
        raise ValueError("an answer came before its question")
    twice = best.sent + best.received
    return Relation(twice // 2 - best.theirs, (best.received - best.sent + 1) // 2)


def astray(used: int, now: Relation) -> int:
    """By how much at most (ns) times are wrong that were translated with the offset `used`."""
    return abs(now.offset - used) + now.error
