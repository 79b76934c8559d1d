"""What a benchmark found, and whether it reaches its target: medians of rounds side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Row:
    """One target. `ours` and `peer` hold one figure a round, measured one after the other."""

    what: str
    unit: str
    ours: list[float]
    floor: float  # of the ratio, or of our own figure where there is no peer
    aim: float | None = None
    peer: list[float] = field(default_factory=list)
    against: str = ""
    most: bool = False  # the figure must be the floor at most, not at least

    def ratio(self) -> float:
        """The median over rounds of ours / peer; ours itself where there is no peer."""
        if not self.peer:
            return median(self.ours)
        return median(a / b for a, b in zip(self.ours, self.peer, strict=True))

    def reached(self) -> bool:
        """Whether the floor holds. Nothing measured reaches nothing."""
        if not self.ours:
            return False
        return self.ratio() <= self.floor if self.most else self.ratio() >= self.floor

    def cells(self) -> list[str]:
        """What, ours, peer, ratio, target, OK or SHORT."""
        sign = "≤" if self.most else "≥"
        target = f"{sign} {self.floor:g}" + (f", aim {self.aim:g}" if self.aim else "")
        peer = f"{self.against} {shown(median(self.peer))}" if self.peer else ""
        ours = f"{shown(median(self.ours))} {self.unit}" if self.ours else "not measured"
        ratio = f"{self.ratio():.2f}" if self.peer else ""
        return [self.what, ours, peer, ratio, target, "OK" if self.reached() else "SHORT"]


HEAD = ["what", "ours", "peer", "ratio", "target", ""]


def shown(value: float) -> str:
    """Three figures that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def markdown(rows: list[Row]) -> str:
    """The table."""
    lines = [HEAD, ["---", "--:", "--:", "--:", "---", "---"], *(row.cells() for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
