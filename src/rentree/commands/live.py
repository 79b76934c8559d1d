"""The live display of a run: a panel on a terminal, a plain line every ten seconds elsewhere."""

from __future__ import annotations

from rich.console import Console, Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rentree.plan import Plan
from rentree.screen import Screen
from rentree.watch import Figures


class LiveDisplay(Screen):
    """Implements `rentree.parties.Display`."""

    def __init__(self, plan: Plan, console: Console | None = None) -> None:
        super().__init__(console)
        self._plan = plan

    def show(self, figures: Figures, now: int, active: list[str], trouble: str) -> None:
        """The state of the run."""
        self.put(
            lambda: self._panel(figures, now, active, trouble),
            lambda: ", ".join(
                f"{name} {value}" for name, value in self._facts(figures, now, active, trouble)
            ),
        )

    def _facts(
        self, figures: Figures, now: int, active: list[str], trouble: str
    ) -> list[tuple[str, str]]:
        p95 = figures.p95_seconds()
        waited = (
            "-" if p95 is None else "beyond patience" if p95 == float("inf") else f"{p95:.2f} s"
        )
        outcomes = " ".join(f"{name} {count}" for name, count in sorted(figures.outcomes.items()))
        left = max(0, self._plan.end - now) // 1_000_000
        facts = [
            (
                "time left",
                f"{left // 60} min {left % 60:02} s ({self._plan.phase_at(max(now, 0))})",
            ),
            ("signed in now", f"{len(figures.signed_in)} (came: {figures.came})"),
            ("arrivals/s", f"{figures.arrivals_per_second():.1f}"),
            ("p95 of the last 10 s", waited),
            ("outcomes", outcomes or "-"),
            ("faults in force", ", ".join(active) or "none"),
        ]
        return facts + ([("OUR OWN TROUBLE", trouble)] if trouble else [])

    def _panel(self, figures: Figures, now: int, active: list[str], trouble: str) -> Group:
        table = Table.grid(padding=(0, 2))
        for name, value in self._facts(figures, now, active, trouble):
            table.add_row(Text(name, style="bold"), Text(value))
        bar = ProgressBar(
            total=self._plan.end, completed=min(max(now, 0), self._plan.end), width=60
        )
        return Group(bar, Text(), table)
