"""The live displays' common part: a line now and then, a panel on a terminal, nobody to read."""

from __future__ import annotations

import io
import time
from typing import Self

import pytest
from rich.console import Console
from rich.text import Text

from rentree.capacity.display import CapacityDisplay
from rentree.commands.live import LiveDisplay
from rentree.screen import EVERY, Screen, Unread
from rentree.testing import make_plan
from rentree.watch import Figures


class Clock:
    """The seconds that a display is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        """As `time.monotonic`."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands until a test moves it."""
    told = Clock()
    monkeypatch.setattr(time, "monotonic", told.monotonic)
    return told


def test_a_pipe_gets_a_line_now_and_then(clock: Clock) -> None:
    """At once, and then not before ten seconds are over."""
    out = io.StringIO()
    with Screen(Console(file=out)) as shown:
        for moment, text in [(0.0, "a"), (EVERY - 0.1, "b"), (EVERY, "c"), (EVERY + 1, "d")]:
            clock.now = 100.0 + moment
            shown.put(lambda: Text("never"), lambda text=text: text)  # type: ignore[misc]
    assert out.getvalue() == "· a\n· c\n"


def test_a_terminal_gets_a_panel(clock: Clock) -> None:
    """And no plain line; it is taken away at the end."""
    out = io.StringIO()
    with Screen(Console(file=out, force_terminal=True, width=60)) as shown:
        shown.put(lambda: Text("the panel"), lambda: "the line")
    assert "the panel" in out.getvalue()
    assert "the line" not in out.getvalue()


class Gone(io.StringIO):
    """A pipe that nobody reads any more."""

    def write(self, text: str) -> int:
        """Fails as the system does."""
        raise BrokenPipeError(text)

    def __enter__(self) -> Self:
        return self


def test_a_reader_that_is_gone_ends_nothing(clock: Clock) -> None:
    """The run goes on."""
    shown = Screen(Unread(file=Gone()))
    shown.say("hello")
    shown.put(lambda: Text("panel"), lambda: "line")


def test_both_displays_tell_their_state(clock: Clock) -> None:
    """A run its figures; a search its time, and not again just after a line of its own."""
    out, figures = io.StringIO(), Figures()
    with LiveDisplay(make_plan(), Console(file=out, width=300)) as run:
        run.say("judging")
        run.show(figures, 0, [], "late")
    assert out.getvalue().startswith(
        "· judging\n· time left 1 min 40 s (baseline), signed in now 0"
    )
    assert "OUR OWN TROUBLE late" in out.getvalue()
    out = io.StringIO()
    with CapacityDisplay("sign in/s", 60_000_000, Console(file=out, width=300)) as search:
        search.say("rung 1")
        search.show(figures, 0, [], "")
        clock.now += EVERY
        search.show(figures, 10_000_000, [], "")
    assert out.getvalue() == "· rung 1\n· 0 min 10 s of 1 min 00 s at most, \n"
