"""Gate (g): load processes at their limit, how much of it a window forgives, and the advice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rentree.judge.generator import at_limit
from rentree.quantity import SECOND, Span
from rentree.testing import Story, make_plan

WINDOW = Span(0, 40 * SECOND)


def seconds(worker: int, count: int, **figures: Any) -> list[dict[str, Any]]:
    """So many seconds of a worker in good health, but for the figures given."""
    sound = {"cpu": 0.3, "loop_lag": 2_000, "people": 100, "start_lag": 500, "descriptors": 120,
             "memory": 2**26, "retransmitted": 0, "line": None}  # fmt: skip
    return [{"t": s * SECOND, "worker": worker, **sound, **figures} for s in range(1, count + 1)]


def asked(folder: Path, monitor: list[dict[str, Any]], workers: int = 2) -> list[str]:
    """What gate (g) says of these seconds."""
    story = Story(make_plan(slos=[], workers=workers), monitor=monitor)
    found = list(at_limit(story.write(folder), WINDOW))
    assert all(reason.gate == "g" and not reason.fail_stands for reason in found)
    return [reason.why["en"] for reason in found]


@pytest.mark.parametrize(
    ("bad", "figures", "why"),
    [
        (39, {"cpu": 0.89}, ""),
        (4, {"cpu": 0.9}, "worker 1 took 0.9 core or more in 4 seconds of 39"),
        (3, {"cpu": 1.0}, ""),
        (4, {"loop_lag": 100_000}, "worker 1 was more than 100 ms late in 4 seconds of 39"),
        (4, {"loop_lag": 99_999}, ""),
        (4, {"line": 0.9}, "worker 1 had its line more than 90% full in 4 seconds of 39"),
        (39, {"line": 0.89}, ""),
        (39, {"start_lag": 10**9}, ""),
    ],
    ids=[
        "a busy core is not a full one",
        "a full one in a tenth of the seconds",
        "in less than a tenth",
        "a loop that is late in a tenth of the seconds",
        "as late as may be",
        "a full line",
        "a busy line",
        "late arrivals are gate a's",
    ],
)
def test_what_a_window_forgives(
    tmp_path: Path, bad: int, figures: dict[str, Any], why: str
) -> None:
    """One worker of two is at its limit in the last seconds of 39."""
    rows = seconds(1, 39 - bad) + seconds(1, 39, **figures)[39 - bad :] + seconds(2, 39)
    said = asked(tmp_path, rows)
    assert len(said) == bool(why)
    assert why in "".join(said)


def test_a_short_window_lets_two_seconds_pass(tmp_path: Path) -> None:
    """Two of five seconds may be a pause; three are not."""
    assert not asked(tmp_path, seconds(1, 3) + seconds(1, 5, cpu=1.0)[3:])
    assert asked(tmp_path, seconds(1, 2) + seconds(1, 5, cpu=1.0)[2:])


def test_who_is_starved_writes_fewer_rows(tmp_path: Path) -> None:
    """Two rows of a starved worker that stand for eight seconds are eight seconds."""
    rows = seconds(1, 39)[:30] + seconds(1, 38, loop_lag=10**6)[33::4]
    assert "late in 8 seconds of 38" in asked(tmp_path, rows)[0]


def test_seconds_outside_the_window_say_nothing(tmp_path: Path) -> None:
    """A process may be at its limit before and after."""
    rows = seconds(1, 60, cpu=1.0)[40:] + seconds(1, 39)
    assert not asked(tmp_path, rows)


def test_old_folders_ask_nothing(tmp_path: Path) -> None:
    """Without the monitor, and with one that knows less."""
    assert not asked(tmp_path, [])
    assert not asked(tmp_path, seconds(1, 39, line=None, loop_lag=None))


@pytest.mark.parametrize(
    ("one", "two", "workers", "advice"),
    [
        (1.0, 1.0, 2, "3 workers would have been enough (--workers 3)"),
        (1.0, 0.2, 2, "3 workers would have been enough"),
        (1.0, 0.5, 2, "3 workers would have been enough"),
        (1.0, 1.0, 3, "4 workers would have been enough"),
    ],
)
def test_the_advice(tmp_path: Path, one: float, two: float, workers: int, advice: str) -> None:
    """Enough workers for the busiest second at 0.7 core each; one more than there were at least."""
    rows = seconds(1, 39, cpu=one) + seconds(2, 39, cpu=two)
    assert advice in asked(tmp_path, rows, workers)[0]


def test_in_french(tmp_path: Path) -> None:
    """The sentence of a report."""
    story = Story(make_plan(slos=[], workers=1), monitor=seconds(1, 39, cpu=0.97))
    (reason,) = at_limit(story.write(tmp_path), WINDOW)
    assert reason.why["fr"].replace("\u00a0", " ") == (
        "notre processus 1 a pris au moins 0,9 cœur pendant 39 secondes sur 39 ; "
        "il aurait fallu 2 processus (--workers 2)"
    )


def test_a_process_that_stood_still_is_not_forgiven(tmp_path: Path) -> None:
    """One block for 12 s, written when it woke up, counts for 12 s and not for one."""
    rows = [r for r in seconds(1, 39) if not 10 * SECOND < r["t"] <= 22 * SECOND]
    rows += [{**seconds(1, 1)[0], "t": 22 * SECOND, "loop_lag": 11_900_000}, *seconds(2, 39)]
    [said] = asked(tmp_path, rows)
    assert said.startswith("our worker 1 was more than 100 ms late in 12 seconds of 39")


def test_a_process_that_stood_still_to_the_end_of_the_window(tmp_path: Path) -> None:
    """Its only word of these seconds comes after the window."""
    rows = [r for r in seconds(1, 50) if not 30 * SECOND < r["t"] <= 49 * SECOND]
    rows[-1]["loop_lag"] = 19_000_000
    [said] = asked(tmp_path, rows + seconds(2, 50))
    assert said.startswith("our worker 1 was more than 100 ms late in 10 seconds of 40")


def test_the_advice_to_processes_that_got_no_turn(tmp_path: Path) -> None:
    """Late, and with little work done: more of them would not help."""
    rows = seconds(1, 39, loop_lag=300_000) + seconds(2, 39)
    assert "this machine was busy with something else" in asked(tmp_path, rows)[0]
