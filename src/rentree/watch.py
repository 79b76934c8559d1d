"""What the live display shows: figures kept up to date from the blocks as they arrive."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from rentree.block import Block
from rentree.sample import SIGN_IN, SIGN_OUT

RECENT = 10_000_000  # µs: what "now" means for rates and quantiles


@dataclass
class Figures:
    """The run so far, as far as blocks have come in (about a second behind)."""

    signed_in: set[str] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    recent: deque[tuple[int, int, str]] = field(default_factory=deque)  # due, step, µs, outcome
    arrived: deque[int] = field(default_factory=deque)  # due times of those who came to the door
    at_door: set[tuple[int, int]] = field(default_factory=set)  # worker, seq: not in yet
    came: int = 0  # people who came to the door
    latest: int = 0

    def take(self, blocks: Iterable[Block]) -> None:
        """Take new blocks in."""
        for block in blocks:
            self.latest = max(self.latest, block.until)
            for row in block.opened:
                if row.step == SIGN_IN and row.attempt == 1:
                    self._door(row.due)
                    self.at_door.add((row.worker, row.seq))
            for row in block.samples:
                if row.step == SIGN_IN and row.attempt == 1:
                    if (row.worker, row.seq) in self.at_door:
                        self.at_door.discard((row.worker, row.seq))
                    else:
                        self._door(row.due)
                self.outcomes[row.outcome] += 1
                if row.step == SIGN_IN and row.outcome == "ok":
                    self.signed_in.add(row.person)
                elif row.step == SIGN_OUT or row.outcome == "abandoned":
                    self.signed_in.discard(row.person)
                waited = (row.done or row.due) - row.due
                self.recent.append((row.due, waited, row.outcome))
        while self.recent and self.recent[0][0] < self.latest - 2 * RECENT:
            self.recent.popleft()
        while self.arrived and self.arrived[0] < self.latest - 2 * RECENT:
            self.arrived.popleft()

    def _door(self, due: int) -> None:
        """Somebody came to the door."""
        self.came += 1
        self.arrived.append(due)

    def arrivals_per_second(self) -> float:
        """People due at the door, mean of the last ten seconds."""
        return sum(1 for due in self.arrived if due >= self.latest - RECENT) / 10

    def p95_seconds(self) -> float | None:
        """95th percentile of recent responses of all steps, s; what was not ok is endless."""
        waits = sorted(
            waited if outcome == "ok" else float("inf")
            for due, waited, outcome in self.recent
            if due >= self.latest - RECENT and outcome != "not_sent"
        )
        if not waits:
            return None
        return waits[min(len(waits) - 1, -(-len(waits) * 95 // 100) - 1)] / 1e6
