"""How sure a share or a quantile is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from rentree.judge.statistics import (
    exact_interval,
    more_needed,
    quantile,
    quantile_interval,
    rows_needed,
    sectioned_interval,
    sections,
    share_interval,
)
from rentree.quantity import Span

SPAN = Span(0, 1000)


def evenly(count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Moments spread evenly over the window."""
    return (np.arange(count) * SPAN.length // count).astype(np.int64)


@pytest.mark.parametrize(
    ("broken", "count", "low", "high"),
    [
        pytest.param(0, 0, 0.0, 1.0, id="nothing counted tells nothing"),
        pytest.param(0, 40, 0.0, 0.0881, id="none of forty may still be one in twelve"),
        pytest.param(40, 40, 0.9119, 1.0, id="all of forty is at least nine in ten"),
        pytest.param(5, 100, 0.0164, 0.1128, id="the textbook's five in a hundred"),
    ],
)
def test_exact_interval(broken: int, count: int, low: float, high: float) -> None:
    """Clopper and Pearson's interval has its published ends."""
    assert exact_interval(broken, count) == pytest.approx((low, high), abs=5e-5)


@given(count=st.integers(1, 500), data=st.data())
def test_exact_interval_is_scipys(count: int, data: st.DataObject) -> None:
    """The exact interval is the one that scipy computes by inverting the test."""
    broken = data.draw(st.integers(0, count))
    theirs = binomtest(broken, count).proportion_ci(method="exact")
    assert exact_interval(broken, count) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_sectioning_is_asmussen_and_glynns_when_sections_are_equal() -> None:
    """With ten equal sections the interval is Student's t around the mean of their shares."""
    due = evenly(200)
    broken = np.arange(200) % 7 == 0
    shares = np.array([broken[sections(due, SPAN) == s].mean() for s in range(10)])
    half = 2.262157 * shares.std(ddof=1) / math.sqrt(10)
    assert sectioned_interval(broken, due, SPAN) == pytest.approx(
        (broken.mean() - half, broken.mean() + half), abs=1e-6
    )


def test_sectioning_with_an_empty_section() -> None:
    """A section in which nobody came leaves the interval defined, around the whole's share."""
    due = np.array([5, 15, 120, 230, 350, 450, 550, 650, 750, 850], dtype=np.int64)
    broken = np.array([True, False] * 5)
    low, high = sectioned_interval(broken, due, SPAN)
    assert low < 0.5 < high
    assert math.isfinite(high)


def test_a_moment_belongs_to_one_of_ten_sections() -> None:
    """Sections are equally long and begin at the window's start."""
    due = np.array([0, 99, 100, 899, 900, 999], dtype=np.int64)
    assert sections(due, SPAN).tolist() == [0, 0, 1, 8, 9, 9]


@given(st.lists(st.tuples(st.integers(0, 999), st.booleans()), min_size=1, max_size=200))
def test_the_union_is_never_narrower_than_the_exact_interval(rows: list[tuple[int, bool]]) -> None:
    """The interval of a share holds the share and the exact interval, and stays in 0..1."""
    due = np.array([moment for moment, _ in rows], dtype=np.int64)
    broken = np.array([bad for _, bad in rows])
    low, high = share_interval(broken, due, SPAN)
    exact = exact_interval(int(broken.sum()), len(rows))
    assert 0 <= low <= exact[0] <= broken.mean() <= exact[1] <= high <= 1


def test_clustered_trouble_widens_the_interval() -> None:
    """Twenty in two hundred at one moment leave more doubt than twenty spread out."""
    due = evenly(200)
    spread = np.arange(200) % 10 == 0
    clustered = np.arange(200) < 20
    even, uneven = share_interval(spread, due, SPAN), share_interval(clustered, due, SPAN)
    assert uneven[0] < even[0]
    assert even[1] < uneven[1]


@pytest.mark.parametrize(
    ("values", "q", "expected"),
    [
        pytest.param([3.0], 0.95, 3.0, id="one value is every quantile"),
        pytest.param(range(1, 101), 0.95, 95.0, id="95 of 100 reach 95"),
        pytest.param(range(1, 101), 0.07, 7.0, id="0.07 * 100 is 7 despite floating point"),
        pytest.param(range(1, 21), 0.95, 19.0, id="19 of 20 are 95 %"),
        pytest.param([1.0] * 94 + [math.inf] * 6, 0.95, math.inf, id="six failures in a hundred"),
        pytest.param([1.0] * 95 + [math.inf] * 5, 0.95, 1.0, id="five failures in a hundred"),
        pytest.param([1.0, 2.0], 0.0, 1.0, id="the zeroth is the least"),
        pytest.param([1.0, 2.0], 1.0, 2.0, id="the last is the greatest"),
    ],
)
def test_quantile(values: list[float], q: float, expected: float) -> None:
    """A quantile is the smallest value that so many reach or stay under."""
    assert quantile(np.array(list(values), dtype=np.float64), q) == expected


@given(
    st.lists(st.floats(0, 1e9), min_size=1, max_size=64), st.sampled_from([0.25, 0.5, 0.75, 0.875])
)
def test_quantile_is_numpys_inverted_cdf(values: list[float], q: float) -> None:
    """Quantiles agree with numpy's `inverted_cdf`."""
    array = np.array(values)
    assert quantile(array, q) == np.quantile(array, q, method="inverted_cdf")


def test_a_quantile_of_nothing_does_not_exist() -> None:
    """No values is an error, never a zero."""
    with pytest.raises(ValueError, match="nothing"):
        quantile(np.array([]), 0.95)


def test_interval_of_a_quantile() -> None:
    """The interval of a quantile surrounds it, and is a point when all sections agree."""
    due = evenly(100)
    assert quantile_interval(np.full(100, 5.0), due, SPAN, 0.95) == (5.0, 5.0)
    rising = quantile_interval(np.arange(100, dtype=np.float64), due, SPAN, 0.5)
    assert rising is not None
    assert rising[0] < 49 < rising[1]


def test_interval_of_a_quantile_is_infinite_where_a_section_is() -> None:
    """One ruined section makes the upper end infinite."""
    values = np.where(np.arange(100) < 5, np.inf, 2.0)
    assert quantile_interval(values, evenly(100), SPAN, 0.9) == (2.0, math.inf)


def test_interval_of_a_quantile_needs_two_sections() -> None:
    """Rows of one section only give no interval."""
    assert quantile_interval(np.ones(9), np.zeros(9, dtype=np.int64), SPAN, 0.9) is None


@pytest.mark.parametrize(
    ("tolerated", "rows"),
    [(0.05, 60), (0.01, 300), (0.001, 3000), (0.3, 10), (0.0, None)],
)
def test_rows_needed(tolerated: float, rows: int | None) -> None:
    """3 over the share that may break; nothing proves that none ever will."""
    assert rows_needed(tolerated) == rows


@pytest.mark.parametrize(
    ("share", "count", "tolerated", "more"),
    [
        pytest.param(0.0, 40, 0.01, 328, id="none of 368 is surely below 1 %"),
        pytest.param(0.05, 100, 0.05, None, id="a share at the limit is never decided"),
        pytest.param(0.0, 40, 0.0, None, id="no tolerance is never proven"),
    ],
)
def test_more_needed(share: float, count: int, tolerated: float, more: int | None) -> None:
    """How many more rows would decide, if the share stayed as it is."""
    assert more_needed(share, exact_interval(share * count, count), count, tolerated) == more


def test_more_needed_decides() -> None:
    """With so many more rows of the same share, the exact interval leaves the limit outside."""
    more = more_needed(0.03, exact_interval(3, 100), 100, 0.05)
    assert more is not None
    assert exact_interval(0.03 * (100 + more), 100 + more)[1] < 0.05
    assert exact_interval(0.03 * (99 + more), 99 + more)[1] >= 0.05
