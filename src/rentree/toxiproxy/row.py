"""Several faults of the same people stand in a row: a listener each, one behind the other.

Toxiproxy 2.12 dies (`index out of range` in AddToxic) when a toxic is added to a listener that has
lost one while a connection was ending. So a listener gets one toxic in its life, and loses it once.
"""

from __future__ import annotations

from collections.abc import Iterable

from rentree.errors import UsageError
from rentree.plan import PlannedFault


def row(faults: Iterable[PlannedFault]) -> list[list[PlannedFault]]:
    """The faults of one territory by listener; the first is the one that its people meet.

    There stand all `down`, which add nothing, and `reset`: only the next neighbour sees either.

    Raises:
        UsageError: two `down` at the same time (the first that ends would end both), two `reset`.
    """
    downs: list[PlannedFault] = []
    resets: list[PlannedFault] = []
    others: list[PlannedFault] = []
    for fault in faults:
        {"down": downs, "reset": resets}.get(fault.fault, others).append(fault)
    for i, first in enumerate(downs):
        for second in downs[i + 1 :]:
            if first.span.overlaps(second.span):
                raise UsageError(
                    f"the faults “{first.name}” and “{second.name}” are both `down`, for the same "
                    "people at the same time: leave one out"
                )
    if len(resets) > 1:
        raise UsageError(
            f"the faults “{resets[0].name}” and “{resets[1].name}” are both `reset`, for the same "
            "people: Toxiproxy can do that once a run, so leave one out"
        )
    rows = [[fault] for fault in (*resets, *others)] or [[]]
    rows[0] += downs
    return rows
