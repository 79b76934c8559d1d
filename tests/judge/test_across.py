"""How sure a share is from several runs: by hand, and against the three intervals it is made of."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import t as student

from rentree.judge.across import LEAST, across_interval, across_p, more_runs
from rentree.judge.statistics import exact_interval

RUNS = st.lists(
    st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=12,
)


@pytest.mark.parametrize(
    ("sentence", "broken", "rows", "low", "high"),
    [
        # shares 3, 5, 7, 5, 5 %: deviation √(0.0008 / 4), half-width 2.776 · 0.01414 / √5 = 0.0176;
        # above, 25 of 500 as if independent reach further
        ("even mornings: t below, exact above", [3, 5, 7, 5, 5], [100] * 5, 0.0324, 0.0729),
        # d = -0.02 four times and 0.08: deviation √(0.008 / 4) = 0.04472, G1 = 1.5 · √20 / 3 = √5;
        # 1 + √5 (-2.7764 / √5 - √5 / 30) = -1.9431, (∛-1.9431 - 1) · 3 / √5 = -3.0158,
        # 0.02 + 3.0158 · 0.04472 = 0.1549, where t alone ends at 0.0755
        ("one bad morning in five: Hall's end above", [0, 0, 0, 0, 10], [100] * 5, 0.0, 0.1549),
        ("all the same: what is exact", [5] * 5, [100] * 5, 0.0326, 0.0729),
        ("the same share of more or fewer people is the same", [5, 10, 15], [100, 200, 300],
         0.0340, 0.0706),
        ("none of 500", [0] * 5, [100] * 5, 0.0, 0.0074),
        ("all of 500", [100] * 5, [100] * 5, 0.9926, 1.0),
        ("two that differ know nothing much", [0, 10], [100, 100], 0.0, 0.6853),
        ("a single run tells nothing of another morning", [5], [100], 0.0, 1.0),
        ("no run", [], [], 0.0, 1.0),
        ("no rows", [0, 0], [0, 0], 0.0, 1.0),
    ],
)  # fmt: skip
def test_interval(
    sentence: str, broken: list[int], rows: list[int], low: float, high: float
) -> None:
    """Ends by hand arithmetic and from tables."""
    assert across_interval(broken, rows) == pytest.approx((low, high), abs=5e-5), sentence


@pytest.mark.parametrize(
    ("sentence", "broken", "rows", "tolerated", "p"),
    [
        ("at the share and above it there is no fail", [3, 5, 7, 5, 5], [100] * 5, 0.05, 1.0),
        ("a single run", [50], [100], 0.05, 1.0),
        ("no rows", [0, 0], [0, 0], 0.05, 1.0),
        ("all the same and far above", [50] * 5, [100] * 5, 0.05, 0.0),
    ],
)
def test_p(sentence: str, broken: list[int], rows: list[int], tolerated: float, p: float) -> None:
    """What is not above is not accused."""
    assert across_p(broken, rows, tolerated) == pytest.approx(p, abs=1e-9), sentence


def test_as_many_figures_of_both() -> None:
    """A run of which one figure is missing is an error, never left out in silence."""
    with pytest.raises(ValueError, match="2 runs tell what was broken, and 1 how many rows"):
        across_interval([1, 2], [100])


@given(RUNS, st.floats(0.001, 0.999))
def test_p_agrees_with_the_interval(runs: list[tuple[int, int]], tolerated: float) -> None:
    """p is under 0.05 exactly where the interval's lower end lies above what is tolerated."""
    broken, rows = [x for x, _ in runs], [n for _, n in runs]
    low = across_interval(broken, rows)[0]
    assume(abs(low - tolerated) > 1e-7)
    assert (across_p(broken, rows, tolerated) < 0.05) == (low > tolerated)


@given(RUNS)
def test_at_its_own_lower_end_p_is_a_twentieth(runs: list[tuple[int, int]]) -> None:
    """The interval's lower end is where the test turns."""
    broken, rows = [x for x, _ in runs], [n for _, n in runs]
    low = across_interval(broken, rows)[0]
    assume(1e-3 < low < sum(broken) / sum(rows) - 1e-3)
    assert across_p(broken, rows, low) == pytest.approx(0.05, rel=1e-4)


@given(RUNS)
def test_never_narrower_than_exact_or_students(runs: list[tuple[int, int]]) -> None:
    """Within 0..1, it holds the exact interval of all rows, and t's across equally long runs."""
    broken, rows = [x for x, _ in runs], [max(n for _, n in runs)] * len(runs)
    low, high = across_interval(broken, rows)
    exact = exact_interval(sum(broken), sum(rows))
    shares = [x / n for x, n in zip(broken, rows, strict=True)]
    mean, count = math.fsum(shares) / len(shares), len(shares)
    error = math.sqrt(math.fsum((s - mean) ** 2 for s in shares) / (count - 1) / count)
    half = float(student.ppf(0.975, count - 1)) * error
    assert 0 <= low <= min(exact[0], max(0, mean - half)) + 1e-9
    assert max(exact[1], min(1, mean + half)) - 1e-9 <= high <= 1


@given(RUNS, st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_the_more_is_tolerated_the_less_sure_is_a_fail(
    runs: list[tuple[int, int]], one: float, other: float
) -> None:
    """p never falls as the limit rises."""
    broken, rows = [x for x, _ in runs], [n for _, n in runs]
    less, more = sorted((one, other))
    assert across_p(broken, rows, less) <= across_p(broken, rows, more) + 1e-9


@given(RUNS)
def test_the_order_of_the_mornings_is_nothing(runs: list[tuple[int, int]]) -> None:
    """The same runs in another order give the same interval."""
    broken, rows = [x for x, _ in runs], [n for _, n in runs]
    assert across_interval(broken[::-1], rows[::-1]) == pytest.approx(across_interval(broken, rows))


@pytest.mark.parametrize(
    ("sentence", "broken", "rows", "tolerated", "more"),
    [
        ("decided already", [0] * 5, [1000] * 5, 0.05, 0),
        ("decided, but fewer than five were run", [0] * 3, [1000] * 3, 0.05, 2),
        # n runs of 100 rows, none broken: 1 - 0.025^(1/(100 n)) < 0.001 from 3,688 rows on
        ("none broken: rows are what is missing", [0] * 5, [100] * 5, 0.001, 32),
        ("at the limit no number decides", [5] * 5, [100] * 5, 0.05, None),
        ("no tolerance is never proven", [0] * 5, [100] * 5, 0.0, None),
        ("so near that a thousand would not", [49, 51, 50, 48, 51], [1000] * 5, 0.04981, None),
        ("a single run does not tell how mornings differ", [5], [100], 0.01, None),
    ],
)
def test_more_runs(
    sentence: str, broken: list[int], rows: list[int], tolerated: float, more: int | None
) -> None:
    """How many more mornings would decide, if they went on as these."""
    assert more_runs(broken, rows, tolerated) == more, sentence


@pytest.mark.parametrize("tolerated", [0.04, 0.06, 0.08])
def test_with_so_many_more_it_is_decided(tolerated: float) -> None:
    """The same five mornings again and again decide at about the number that was said."""
    broken, rows = [10, 20, 90, 40, 80], [1000] * 5
    more = more_runs(broken, rows, tolerated)
    assert more is not None
    times = math.ceil((LEAST + more) / LEAST)
    low, high = across_interval(broken * (times + 1), rows * (times + 1))
    assert low > tolerated or high < tolerated
    low, high = across_interval(broken * (times // 2), rows * (times // 2))
    assert low <= tolerated <= high
