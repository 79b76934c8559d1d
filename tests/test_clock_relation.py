"""What exchanges of clocks tell: offset, error, and how wrong translated times may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentree.clock_relation import Exchange, Relation, astray, relate

MS = 1_000_000
HOUR = 3_600_000 * MS


@pytest.mark.parametrize(
    ("exchanges", "offset", "error"),
    [
        # one clock, a line of 2 ms there and back
        ([(0, 1 * MS, 2 * MS)], 0, 1 * MS),
        # an hour ahead
        ([(HOUR, 1 * MS, HOUR + 2 * MS)], HOUR, 1 * MS),
        # an hour behind
        ([(0, HOUR + 1 * MS, 2 * MS)], -HOUR, 1 * MS),
        # the shortest exchange says most: the first was held up by 50 ms on its way back
        ([(0, 1 * MS, 52 * MS), (100 * MS, 101 * MS, 102 * MS)], 0, 1 * MS),
        # a line all of whose time is on one way: off by its half, and no more than was said
        ([(0, 10 * MS, 10 * MS)], -5 * MS, 5 * MS),
        # at once
        ([(7, 7, 7)], 0, 0),
    ],
)
def test_relation(exchanges: list[tuple[int, int, int]], offset: int, error: int) -> None:
    """What exchanges tell."""
    assert relate(Exchange(*e) for e in exchanges) == Relation(offset, error)


@given(
    st.integers(-(10**15), 10**15),
    st.lists(
        st.tuples(st.integers(0, 10**12), st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1
    ),
)
def test_the_true_offset_is_within_the_error(true: int, lines: list[tuple[int, int, int]]) -> None:
    """However long the ways there and back are, the offset is right to within what is said."""
    exchanges = [Exchange(t + true, t + there, t + there + back + true) for t, there, back in lines]
    relation = relate(exchanges)
    assert abs(relation.offset - true) <= relation.error


def test_an_answer_before_its_question_is_no_relation() -> None:
    """A clock that was set back."""
    with pytest.raises(ValueError, match="before its question"):
        relate([Exchange(5, 1, 4)])
    with pytest.raises(ValueError, match="empty"):
        relate([])


@pytest.mark.parametrize(
    ("used", "now", "wrong"),
    [
        (0, Relation(0, 3), 3),  # nothing drifted: the error is left
        (100, Relation(40, 3), 63),  # it drifted back
        (-100, Relation(40, 3), 143),  # and forth
    ],
)
def test_astray(used: int, now: Relation, wrong: int) -> None:
    """By how much times may be wrong that were translated with an older offset."""
    assert astray(used, now) == wrong
