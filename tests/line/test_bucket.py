"""A line as a queue: the rate holds for whoever shares it, and however late we look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentree.line.bucket import Bucket


def test_pieces_pass_one_after_another() -> None:
    """The second waits for the first; after a silence nothing was saved up."""
    line = Bucket(1_000)
    assert line.passed(500, ready=10.0) == 10.5
    assert line.passed(500, ready=10.1) == 11.0
    assert line.passed(500, ready=20.0) == 20.5


@pytest.mark.parametrize(
    ("rate", "piece"), [(1_000, 1_460), (1_000_000, 5_000), (12_500_000, 62_500), (10**9, 65_536)]
)
def test_a_piece_is_a_few_milliseconds_of_the_line(rate: int, piece: int) -> None:
    """Never less than a packet, never more than a read."""
    assert Bucket(rate).piece == piece


@given(st.lists(st.tuples(st.integers(1, 65_536), st.floats(0, 5)), min_size=1, max_size=50))
def test_never_more_than_the_rate(pieces: list[tuple[int, float]]) -> None:
    """All that passed took at least its bytes by the rate, from when the first was there."""
    line = Bucket(100_000)
    at, last = 0.0, 0.0
    for size, pause in pieces:
        at += pause
        passed = line.passed(size, at)
        assert passed >= max(at, last) + size / 100_000 - 1e-9
        last = passed
    assert last - pieces[0][1] >= sum(size for size, _ in pieces) / 100_000 - 1e-6
