"""Each load process's worst seconds, as a report tells them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rentree.quantity import SECOND
from rentree.strain import strain
from rentree.testing import Story, make_plan


def second(t: int, worker: int, **figures: Any) -> dict[str, Any]:
    """One second of a worker."""
    sound = {"cpu": 0.3, "loop_lag": 2_000, "people": 9, "start_lag": 500, "descriptors": 120,
             "memory": 2**26, "retransmitted": 1, "line": None}  # fmt: skip
    return {"t": t * SECOND, "worker": worker, **sound, **figures}


def test_the_worst_second_of_each(tmp_path: Path) -> None:
    """Worsts may be of different seconds; segments are added up; what is not known is None."""
    monitor = [
        second(1, 2, retransmitted=None), second(1, 1, cpu=0.9), second(2, 1, loop_lag=40_000),
    ]  # fmt: skip
    one, two = strain(Story(make_plan(), monitor=monitor).write(tmp_path))
    assert (one["worker"], one["cpu"], one["loop_lag"], one["retransmitted"]) == (1, 0.9, 40_000, 2)
    assert (two["worker"], two["retransmitted"], two["line"]) == (2, None, None)


def test_a_folder_that_tells_nothing(tmp_path: Path) -> None:
    """No monitor, no rows."""
    assert strain(Story(make_plan()).write(tmp_path)) == []
