"""What a benchmark’s figures come to: medians side by side, OK only when the floor is reached."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def table() -> ModuleType:
    """`benchmarks/table.py`, which is not installed."""
    spec = importlib.util.spec_from_file_location("bench_table", ROOT / "benchmarks/table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_table"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("ours", "peer", "most", "floor", "ratio", "reached"),
    [
        ([30, 20, 25], [10, 10, 10], False, 2.5, 2.5, True),  # the median of three rounds
        ([30, 20, 24], [10, 10, 10], False, 2.5, 2.4, False),
        ([10, 100], [5, 50], False, 2, 2, True),  # round by round: a slow machine slows both
        ([44], [], True, 45, 44, True),  # no peer: our own figure
        ([46], [], True, 45, 46, False),
        ([2], [4], True, 1, 0.5, True),  # less is better
        ([5], [4], True, 1, 1.25, False),
    ],
)
def test_ratio_and_floor(
    table: ModuleType,
    ours: list[float],
    peer: list[float],
    most: bool,
    floor: float,
    ratio: float,
    reached: bool,
) -> None:
    """A row is the median of ratios, and OK when that reaches the floor."""
    row = table.Row("what", "/s", ours, floor, peer=peer, against="k6", most=most)
    assert row.ratio() == pytest.approx(ratio)
    assert row.reached() == reached
    assert row.cells()[-1] == ("OK" if reached else "SHORT")


def test_nothing_measured_is_short(table: ModuleType) -> None:
    """No data is never a pass, not even of "at most"."""
    assert not table.Row("what", "KiB", [], 45, most=True).reached()


def test_the_page_has_a_place_for_the_table() -> None:
    """`make bench` writes between two marks of docs/benchmarks.md."""
    page = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
    assert page.count("<!-- table: begin -->\n") == page.count("<!-- table: end -->") == 1
