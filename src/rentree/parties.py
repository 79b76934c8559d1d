"""Who takes part in a run beside its own processes: who shows it, and who leads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from rentree.block import Block
from rentree.journal import Journal
from rentree.reach import Reach
from rentree.watch import Figures


class Display(Protocol):
    """Who shows the user how the run goes."""

    def say(self, text: str) -> None:
        """One line of progress."""

    def show(self, figures: Figures, now: int, active: list[str], trouble: str) -> None:
        """The state of the run, several times a second."""


class Conductor(Protocol):
    """Who finds the load of a run as it goes on, and feeds it to the workers (`rentree.feed`)."""

    over: bool  # the load is found: the run ends

    def begin(self, folder: Path, t0: int, reached: Reach, journal: Journal) -> None:
        """The run begins at `t0` (ns, CLOCK_MONOTONIC)."""

    def take(self, blocks: Sequence[Block], now: int) -> None:
        """What was stored since the last call, twice a second; `now`: µs of the run."""

    def platform_gone(self) -> None:
        """The platform that we started is dead."""
