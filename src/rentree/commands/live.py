"""The live display: a panel on a terminal, a plain line every ten seconds elsewhere.

Goes to stderr, so that a pipe sees results only; NO_COLOR and TERM=dumb are respected (rich).
"""

from __future__ import annotations

import time
from contextlib import suppress
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rentree.plan import Plan
from rentree.watch import Figures

EVERY = 10.0  # s between plain lines


class LiveDisplay:
    """Implements `rentree.parties.Display`."""

    def __init__(self, plan: Plan, console: Console | None = None) -> None:
        self._plan = plan
        self._console = console or Console(stderr=True)
        self._live: Live | None = None
        self._next_line = 0.0

    def __enter__(self) -> LiveDisplay:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def say(self, text: str) -> None:
        """One line of progress."""
        with suppress(OSError):  # whoever read us may be gone: the run goes on
            self._console.print(f"· {text}", markup=False, highlight=False, soft_wrap=True)

    def show(self, figures: Figures, now: int, active: list[str], trouble: str) -> None:
        """The state of the run."""
        with suppress(OSError):
            self._show(figures, now, active, trouble)

    def _show(self, figures: Figures, now: int, active: list[str], trouble: str) -> None:
        if self._console.is_terminal:
            if self._live is None:
                self._live = Live(console=self._console, refresh_per_second=4, transient=True)
                self._live.start()
            self._live.update(self._panel(figures, now, active, trouble))
        elif time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + EVERY
            self.say(
                ", ".join(
                    f"{name} {value}" for name, value in self._facts(figures, now, active, trouble)
                )
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
