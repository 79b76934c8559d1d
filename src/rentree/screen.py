"""What every live display is made of: a panel on a terminal, a plain line now and then elsewhere.

Goes to stderr, so that a pipe sees results only; NO_COLOR and TERM=dumb are respected (rich).
Whoever read us may be gone: that ends nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live

EVERY = 10.0  # s between plain lines in which nothing new is told


class Unread(Console):
    """A console whose reader may go: rich itself would end the program then, with exit code 1."""

    def on_broken_pipe(self) -> None:
        """Be silent from now on."""
        self.quiet = True


class Screen:
    """The part of `rentree.parties.Display` that does not depend on what is shown."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Unread(stderr=True)
        self._live: Live | None = None
        self._next_line = 0.0

    def __enter__(self) -> Self:
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
        with suppress(OSError):
            self._console.print(f"· {text}", markup=False, highlight=False, soft_wrap=True)

    def put(self, panel: Callable[[], RenderableType], line: Callable[[], str]) -> None:
        """Show the state: as a panel on a terminal, and elsewhere as a line, if it is time."""
        with suppress(OSError):
            if self._console.is_terminal:
                if self._live is None:
                    self._live = Live(console=self._console, refresh_per_second=4, transient=True)
                    self._live.start()
                self._live.update(panel())
            elif time.monotonic() >= self._next_line:
                self._next_line = time.monotonic() + EVERY
                self.say(line())
