"""Results as they come: kept at once, the latest of each, and nothing begun after a stop."""

from __future__ import annotations

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


def test_what_fails_begins_no_more() -> None:
    """The first row raises: of the others none is begun but what was begun with it."""
    begun: list[int] = []

    def one(row: int) -> dict[str, Any]:
        begun.append(row)
        if row == 0:
            raise KeyboardInterrupt
        return {"id": row}

    with pytest.raises(KeyboardInterrupt):
        list(as_they_end(one, range(1000), 1))
    assert len(begun) < 1000


def test_only_what_stands_between_is_replaced() -> None:
    """And twice is as once."""
    page = "# A\n<!-- t: begin -->\nold\n<!-- t: end -->\nrest\n"
    new = "# A\n<!-- t: begin -->\nnew\n<!-- t: end -->\nrest\n"
    assert between(page, "t", "new\n") == between(new, "t", "new\n") == new
