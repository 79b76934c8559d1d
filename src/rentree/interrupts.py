"""Ctrl-C in order: the first one ends the run, later ones wait for what is being put right."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """While it lasts, the first SIGINT or SIGTERM raises KeyboardInterrupt in the main thread."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._held = False
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> Interrupts:
        self._before = {number: signal.signal(number, self._handle) for number in SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def hold(self) -> None:
        """From here on nothing is interrupted: the evidence is being closed."""
        self._held = True

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        if self._held:
            self._say("faults are being cleared and the evidence closed: please wait")
            return
        self._held = True
        raise KeyboardInterrupt
