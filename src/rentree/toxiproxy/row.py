"""Several faults of the same people stand in a row: a listener each, one behind the other.

Toxiproxy 2.12 dies (`index out of range` in AddToxic) when a toxic is added to a listener that has
lost one while a connection was ending. So a listener gets one toxic in its life, and loses it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rentree.errors import UsageError
from rentree.fault import Scene
from rentree.plan import PlannedFault

_EACH = 2  # descriptors of a connection: to the people, and onwards
_OWN = 100  # of Toxiproxy itself: its API, its log, and what looks at its listeners
_MOST = 20_000  # that a process may open, unless the scene says otherwise


def rows_of(faults: Iterable[PlannedFault], key: str) -> dict[str, list[list[PlannedFault]]]:
    """The faults of each territory (or link) by listener. Raises UsageError."""
    found: dict[str, list[PlannedFault]] = {}
    for fault in faults:
        if key in fault.hits:
            found.setdefault(fault.hits[key], []).append(fault)
    return {hit: row(those) for hit, those in found.items()}


def grouped(rows: Mapping[str, list[list[PlannedFault]]], scene: Scene) -> list[list[str]]:
    """The territories by process: in each as many as its descriptors last for.

    `scene.options`: "connections" of each territory's people, "descriptors" of a process. A
    territory that needs more than one process has gets one alone, and that is said.
    """
    connections: Mapping[str, int] = scene.options.get("connections", {})
    room = int(scene.options.get("descriptors", _MOST)) - _OWN
    groups: list[list[str]] = []
    left = 0
    for territory, listeners in rows.items():
        need = _EACH * connections.get(territory, 0) * len(listeners)
        if not groups or need > left:
            groups.append([])
            left = room
        groups[-1].append(territory)
        left -= need
        if need > room:
            scene.say(
                f"too few descriptors: the people of {territory} need {need:,} in Toxiproxy, which "
                f"may open {room + _OWN:,} (`ulimit -Hn`)"
            )
    return groups


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
