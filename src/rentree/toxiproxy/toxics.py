"""The toxics that a profile may ask for, by the word of its `fault:`."""

from __future__ import annotations

from typing import Any

from rentree.toxiproxy.cutting import Down, LimitData, Reset, Timeout
from rentree.toxiproxy.slowing import Bandwidth, Latency, Slicer, SlowClose
from rentree.toxiproxy.toxic import Toxic

KINDS: dict[str, type[Toxic]] = {
    "latency": Latency, "bandwidth": Bandwidth, "timeout": Timeout, "reset": Reset, "down": Down,
    "slow-close": SlowClose, "slicer": Slicer, "limit-data": LimitData,
}  # fmt: skip


def of(kind: str, settings: dict[str, Any]) -> Toxic:
    """The toxic of a planned fault."""
    return KINDS[kind].model_validate(settings)
