"""The doubt of a change, beside the same statistics of others, and where nothing can be said."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import fisher_exact, ttest_ind

from rentree.compare.doubt import (
    Window,
    ends_apart,
    exact_p,
    means_changed,
    quantile_changed,
    share_changed,
)
from rentree.quantity import SECOND, Span

from .queues import run

SPAN = Span(0, 10 * SECOND)


def window(*waited: float) -> Window:
    """People who come evenly through ten seconds and wait so many seconds, again and again."""
    many = np.resize(np.array(waited, dtype=np.float64) * SECOND, 100)
    return Window(many, np.arange(100) * SECOND // 10, SPAN)


@pytest.mark.parametrize(
    ("here", "of_here", "there", "of_there"),
    [(0, 20, 5, 20), (3, 7, 3, 9), (0, 10, 0, 10), (10, 10, 0, 10), (40, 900, 70, 950)],
)
def test_the_exact_p_is_fishers(here: int, of_here: int, there: int, of_there: int) -> None:
    """As scipy has it."""
    table = np.array([[here, of_here - here], [there, of_there - there]])
    assert exact_p(here, of_here, there, of_there) == pytest.approx(fisher_exact(table).pvalue)


@pytest.mark.parametrize(
    ("before", "after", "alike"),
    [
        ([1.0, 1.1, 0.9, 1.0, 1.05], [1.2, 1.5, 1.3], False),  # Welch
        ([1.0, 1.1, 0.9, 1.0, 1.05], [1.4], True),  # a single run: Student, the spread of the other
    ],
)
def test_groups_are_compared_by_students_t(
    before: list[float], after: list[float], alike: bool
) -> None:
    """p and interval, of shares as they are and of times by their logarithms, as scipy has them."""
    for factor in (False, True):
        change = means_changed(before, after, factor=factor)
        sides = [np.log(side) if factor else np.array(side) for side in (after, before)]
        expected = ttest_ind(*sides, equal_var=alike)
        assert change is not None
        assert change.p == pytest.approx(expected.pvalue)
        ends = expected.confidence_interval()
        low, high = (math.exp(end) if factor else end for end in (ends.low, ends.high))
        assert change.interval == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("before", "after", "interval_holds", "sure"),
    [
        ((0.1, 0.11), (0.1, 0.11), 1.0, False),  # the same
        ((0.1, 0.11), (0.13, 0.143), 1.3, True),  # 30 % more
        ((0.13, 0.143), (0.1, 0.11), 1 / 1.3, True),  # 30 % less
        ((0.1, 0.11), (math.inf,), math.inf, True),  # nobody is served any more
        ((math.inf,), (0.1, 0.11), 0.0, True),  # and the other way round
    ],
)
def test_a_median_of_two_runs(
    before: tuple[float, ...], after: tuple[float, ...], interval_holds: float, sure: bool
) -> None:
    """The interval holds the factor that was put in, and the p says whether it is sure."""
    change = quantile_changed(window(*before), window(*after), 0.5)
    assert change is not None
    low, high = change.interval
    assert low <= interval_holds * (1 + 1e-9)
    assert interval_holds <= high * (1 + 1e-9)
    assert (change.p < 1e-4) is sure


def test_a_median_that_neither_has() -> None:
    """Where half of the people were not served before nor after there is no factor."""
    assert quantile_changed(window(math.inf), window(math.inf), 0.5) is None
    assert means_changed([1.0, math.inf], [1.0, 2.0], factor=True) is None


def test_failures_in_one_burst_are_less_sure_than_spread() -> None:
    """Ten of a hundred not served: through the whole window, or all within one second."""
    sound = window(0.1)
    spread = window(*[0.1] * 9, math.inf)
    burst = Window(np.concatenate([np.full(90, 1e5), np.full(10, np.inf)]), sound.due, SPAN)
    changes = [share_changed(sound, after) for after in (spread, burst)]
    assert [change.after for change in changes] == [0.1, 0.1]
    assert changes[0].p < 0.01
    assert changes[1].p > 0.1
    assert changes[1].interval[0] < 0 < changes[0].interval[0]


def test_nobody_failed_is_not_surely_nobody() -> None:
    """Of a hundred and a hundred, none: a few of a hundred are not excluded."""
    change = share_changed(window(0.1), window(0.1))
    assert change.p == 1
    assert -0.03 < change.interval[0] < -0.01 < 0.01 < change.interval[1] < 0.03


@pytest.mark.parametrize(
    ("before", "after", "sure"),
    [
        ((0.02, (0.01, 0.03)), (0.10, (0.08, 0.12)), True),
        ((0.02, (0.01, 0.05)), (0.05, (0.02, 0.09)), False),
        ((0.0, (0.0, 0.04)), (0.0, (0.0, 0.04)), False),
    ],
)
def test_shares_with_intervals_of_their_own(
    before: tuple[float, tuple[float, float]], after: tuple[float, tuple[float, float]], sure: bool
) -> None:
    """Two findings' shares: sure when the interval of their difference does not hold 0."""
    change = ends_apart(*before, *after)
    low, high = change.interval
    assert (change.p < 0.05) is sure
    assert (low > 0 or high < 0) is sure


@pytest.mark.parametrize("after", [5, 1])
def test_groups_of_sound_runs_are_rarely_apart(after: int) -> None:
    """Five runs at 80 % and five more, or one: of 200, about one in twenty at 5 %."""
    random = np.random.default_rng(2021)
    medians = [
        float(np.median(run(random, 0.8, kind="same", length=10)[0].waited)) for _ in range(400)
    ]
    found = 0
    for _ in range(200):
        drawn = random.choice(medians, 5 + after, replace=False).tolist()
        change = means_changed(drawn[:5], drawn[5:], factor=True)
        found += change is not None and change.p < 0.05
    assert 2 <= found <= 18
