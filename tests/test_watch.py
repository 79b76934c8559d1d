"""The live figures: who is inside, how many come, how long they wait."""

from __future__ import annotations

from typing import Any

import pytest

from rentree.block import Block
from rentree.sample import Sample
from rentree.watch import Figures

SECOND = 1_000_000


def row(
    person: str, due: float = 0, waited: float | None = 1, outcome: Any = "ok", step: str = "home"
) -> Sample:
    """One sample; seconds."""
    moment = round(due * SECOND)
    done = None if waited is None else moment + round(waited * SECOND)
    return Sample(
        seq=0, worker=1, phase="bell", territory="t", school="s", level="l", persona="pupil",
        person=person, platform="ent", step=step, attempt=1, due=moment, sent=moment,
        first_byte=None, done=done, outcome=outcome, status=None, bytes=0, address="",
        route="straight", queue_position=None, request_id="", detail="{}",
    )  # fmt: skip


def figures(*rows: Sample, until: float = 10) -> Figures:
    """What is shown after one block of these rows."""
    shown = Figures()
    shown.take([Block(0, 1, round(until * SECOND), [], list(rows))])
    return shown


@pytest.mark.parametrize(
    ("rows", "inside", "says"),
    [
        ([("sign in", "ok")], 1, "a sign-in that was ok opens a session"),
        ([("sign in", "refused"), ("sign in", "error")], 0, "one that was not opens none"),
        ([("sign in", "ok"), ("home", "error")], 1, "an error does not end it"),
        ([("sign in", "ok"), ("sign out", "ok")], 0, "signing out ends it"),
        ([("sign in", "ok"), ("home", "abandoned")], 0, "who gave up has left"),
        ([("sign in", "ok"), ("sign in", "ok")], 1, "nobody is inside twice"),
        ([("home", "ok")], 0, "a page alone is no session"),
    ],
)
def test_who_is_signed_in(rows: list[tuple[str, str]], inside: int, says: str) -> None:
    """“Simultaneous users” are open sessions of people."""
    shown = figures(*(row("a", step=step, outcome=outcome) for step, outcome in rows))
    assert len(shown.signed_in) == inside, says


def test_outcomes_are_counted_over_the_whole_run() -> None:
    """Every sample counts once, in whichever block it came."""
    shown = figures(row("a"), row("b", outcome="refused"))
    shown.take([Block(1, 1, 60 * SECOND, [], [row("c", due=50)])])
    assert shown.outcomes == {"ok": 2, "refused": 1}
    assert shown.latest == 60 * SECOND


def test_a_block_of_another_worker_that_lags_does_not_turn_time_back() -> None:
    """The latest moment of any worker is now."""
    shown = figures(until=20)
    shown.take([Block(0, 2, 15 * SECOND, [], [])])
    assert shown.latest == 20 * SECOND


def test_arrivals_are_the_mean_of_ten_seconds() -> None:
    """People at the door count when they come, once: no pages, no retries, none of long ago."""
    came = [row(str(n), due=15 + n / 10, waited=None, step="sign in") for n in range(40)]
    others = [
        row("old", due=5, step="sign in"),
        row("page", due=15),
        row("again", due=15, step="sign in")._replace(attempt=2),
    ]
    shown = Figures()
    shown.take([Block(0, 1, 20 * SECOND, came + others, [])])
    assert shown.arrivals_per_second() == 4.0


@pytest.mark.parametrize(
    ("waits", "p95"),
    [
        ([], None),
        ([2.0], 2.0),
        ([float(n) for n in range(1, 21)], 19.0),
        ([float(n) for n in range(1, 101)], 95.0),
    ],
)
def test_the_95th_percentile_is_one_that_was_measured(
    waits: list[float], p95: float | None
) -> None:
    """The smallest wait that 95 of 100 did not exceed; none without samples."""
    shown = figures(*(row(str(n), due=1, waited=w) for n, w in enumerate(waits)), until=2)
    assert shown.p95_seconds() == p95


def test_what_was_not_ok_counts_as_endless() -> None:
    """A refusal in 10 ms does not make the figures better; what we did not send is no wait."""
    good = [row(str(n), due=1) for n in range(9)]
    assert figures(*good, row("x", due=1, waited=0.01, outcome="refused")).p95_seconds() == float(
        "inf"
    )
    assert figures(*good, row("x", due=1, waited=None, outcome="not_sent")).p95_seconds() == 1.0


def test_memory_does_not_grow_with_the_run() -> None:
    """Rows of more than twenty seconds ago are forgotten."""
    shown = Figures()
    for second in range(300):
        rows = [row("a", due=second + n / 10) for n in range(10)]
        shown.take([Block(second, 1, (second + 1) * SECOND, [], rows)])
    assert len(shown.recent) <= 200
    assert shown.outcomes["ok"] == 3_000
