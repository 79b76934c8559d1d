"""What `--fits` takes: capacities in words, and results of `rentree capacity`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rentree.asked import Capacity
from rentree.errors import UsageError
from rentree.fits import read_capacities, read_capacity, read_day


@pytest.mark.parametrize(
    ("text", "capacity"),
    [
        ("160/s", Capacity(steps=160)),
        ("160 steps/s", Capacity(steps=160)),
        ("57.7 étapes/s", Capacity(steps=57.7)),
        ("40 people/s", Capacity(sign_ins=40)),
        ("40 sign-ins/s", Capacity(sign_ins=40)),
        ("8 500 sessions", Capacity(sessions=8_500)),
        ("8\u202f500 places", Capacity(sessions=8_500)),
    ],
)
def test_words(text: str, capacity: Capacity) -> None:
    """A number as in a profile, and a unit."""
    assert read_capacity(text) == capacity


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("160", "has no unit"),
        ("160 requests/s", "no capacity and no file"),
        ("sessions", "no capacity and no file"),
        ("8,500 sessions", "can be read 8500 or 8.500"),
        ("0 sessions", "is nothing"),
        ("evidence/nobody-was-here", "no capacity and no file"),
        ("a very long sentence, " * 20, "no capacity and no file"),
    ],
)
def test_what_is_none(text: str, says: str) -> None:
    """A sentence, and how to write it."""
    with pytest.raises(UsageError, match=says):
        read_capacity(text)


def searched(folder: Path, **changes: Any) -> Path:
    """The result of a search, as `rentree.capacity.record` writes it."""
    found = {"holds": 12.0, "fails": 12.6, "unit": "people/s", "step": None,
             "steps_per_second": 59.3, "sure": True, "holds_surely": True}  # fmt: skip
    file = folder / "capacity.json"
    told = {"capacity": found | changes, "profile": "morning"}
    file.write_text(json.dumps(told), encoding="utf-8")
    return file


def test_the_lower_end_of_a_search(tmp_path: Path) -> None:
    """Folder or file: the steps a second of the highest rate that held; of sign-ins, that rate."""
    file = searched(tmp_path)
    known = Capacity(steps=59.3, of=("morning",))
    assert read_capacity(str(tmp_path)) == read_capacity(str(file)) == known
    searched(tmp_path, step="sign in", unit="steps/s")
    assert read_capacity(str(file)) == Capacity(sign_ins=12, of=("morning",))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"holds": None}, "no rate that holds"),
        ({"holds": -1}, "no rate that holds"),
        ({"holds": "many"}, "no result of `rentree capacity`"),
        ({"step": "messages"}, "measured the step “messages” alone"),
        ({"holds_surely": False}, "held once only, or the search was cut short"),
        ({"holds": float("inf")}, "held once only"),
    ],
)
def test_a_search_that_is_of_no_use(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    """It is told why."""
    searched(tmp_path, **changes)
    with pytest.raises(UsageError, match=says):
        read_capacity(str(tmp_path))


@pytest.mark.parametrize("text", ["[]", "{}", "no json"])
def test_another_file(tmp_path: Path, text: str) -> None:
    """It is no result of a search."""
    (tmp_path / "capacity.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="no result of `rentree capacity`"):
        read_capacity(str(tmp_path))


def test_an_empty_folder(tmp_path: Path) -> None:
    """What is missing is named."""
    with pytest.raises(UsageError, match=r"capacity\.json"):
        read_capacity(str(tmp_path))


def test_several_bind_together() -> None:
    """The smaller of each unit; none is none."""
    both = read_capacities(["160/s", "8 500 sessions", "100 steps/s"])
    assert both == Capacity(steps=100, sessions=8_500)
    assert read_capacities([]) is None


def test_a_day() -> None:
    """A stretch of time, or a sentence."""
    assert read_day("08:00-18:00").length == 36_000_000_000
    with pytest.raises(UsageError, match="--day"):
        read_day("18:00-08:00")
