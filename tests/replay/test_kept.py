"""Results as they come: kept at once, the latest of each, and nothing begun after a stop."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from trials.kept import Kept, as_they_end
from trials.page import between


def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    """The latest of each counts; what is forgotten is gone, and nothing else."""
    kept = Kept(tmp_path / "kept.jsonl", by="id")
    for told in ({"id": "a", "n": 1}, {"id": "b", "n": 2}, {"id": "a", "n": 3}):
        kept.add(told)
    again = Kept(kept.path, by="id")
    assert again.results == {"a": {"id": "a", "n": 3}, "b": {"id": "b", "n": 2}} == kept.results
    again.forget(["a", "c"])
    assert Kept(kept.path, by="id").results == again.results == {"b": {"id": "b", "n": 2}}


@pytest.mark.parametrize(("jobs", "begun"), [(1, {0}), (2, {0, 1})])
def test_what_raises_begins_no_more(jobs: int, begun: set[int]) -> None:
    """The first row is interrupted: no more begin than were begun with it."""
    seen: set[int] = set()
    others = threading.Event()

    def one(row: int) -> dict[str, Any]:
        seen.add(row)
        if row == 0:
            raise KeyboardInterrupt
        others.wait(0.2)  # it lasts longer than the one that is interrupted
        return {"id": row}

    with pytest.raises(KeyboardInterrupt):
        list(as_they_end(one, range(9), jobs))
    assert seen == begun


@pytest.mark.parametrize("jobs", [1, 3])
def test_each_row_is_told_once(jobs: int) -> None:
    """However many at the same time; one at a time, in order."""
    told = [t["id"] for t in as_they_end(lambda row: {"id": row}, range(20), jobs)]
    assert sorted(told) == list(range(20))
    assert jobs > 1 or told == list(range(20))


def test_only_what_stands_between_is_replaced() -> None:
    """And twice is as once."""
    page = "# A\n<!-- t: begin -->\nold\n<!-- t: end -->\nrest\n"
    new = "# A\n<!-- t: begin -->\nnew\n<!-- t: end -->\nrest\n"
    assert between(page, "t", "new\n") == between(new, "t", "new\n") == new
