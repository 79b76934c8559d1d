"""Which runs are made, and which of them are compared with one another."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PROFILE = HERE / "reading.yaml"


class Pair(NamedTuple):
    """Two runs, by their names: “sound-3”, “slow-3”."""

    before: str
    after: str

    @property
    def kind(self) -> str:
        """What the later run was made with."""
        return self.after.partition("-")[0]


def pairs(count: int) -> list[Pair]:
    """So many of each kind: sound i with sound i + 1, and sound i with slow i.

    Each run is in two pairs at most of a kind, so that 2 x `count` + 1 runs are enough.
    """
    found = []
    for i in range(1, count + 1):
        found += [Pair(f"sound-{i}", f"sound-{i + 1}"), Pair(f"sound-{i}", f"slow-{i}")]
    return found


def runs(wanted: list[Pair]) -> list[str]:
    """The runs that pairs are made of, in the order in which they are needed."""
    return list(dict.fromkeys(name for pair in wanted for name in pair))


def sandbox_of(run: str) -> Path:
    """The preset that a run is made with."""
    return HERE / run.partition("-")[0] / "reading.yaml"
