"""Due times: curves that stay inside, and draws that depend on their words alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentree.schedule import CURVES, draws, due_times


@pytest.mark.parametrize(
    ("u", "due", "says"),
    [
        (0.0, 0, "nobody before the start"),
        (0.25, 35_355, "the first quarter is in at 35 % of the time: √(¼·½)"),
        (0.5, 50_000, "half of them before the bell"),
        (0.75, 64_645, "the last quarter begins as long after the bell as the first ended before"),
        (1.0, 100_000, "everybody by the end"),
    ],
)
def test_quartiles_of_a_rush_in_the_middle(u: float, due: int, says: str) -> None:
    """The triangular distribution with the bell half-way."""
    assert due_times("rush", np.array([u]), 0, 100_000, 50_000)[0] == due, says


@pytest.mark.parametrize(
    ("bell", "u", "due"),
    [
        (20_000, 0.2, 20_000),  # the share that comes before the bell is its place in the window
        (80_000, 0.8, 80_000),
        (0, 0.75, 50_000),  # density falls from the start: 1 - √¼
        (100_000, 0.25, 50_000),  # density rises to the end: √¼
    ],
)
def test_a_rush_leans_towards_its_bell(bell: int, u: float, due: int) -> None:
    """The bell may ring anywhere in the window, at its very ends too."""
    assert due_times("rush", np.array([u]), 0, 100_000, bell)[0] == due


def test_an_even_curve_is_a_straight_line() -> None:
    """Each part of the window gets its share of people."""
    u = np.array([0.0, 0.25, 0.5, 1.0])
    assert due_times("even", u, 1_000, 2_000, 0).tolist() == [1_000, 1_250, 1_500, 2_000]


def test_an_unknown_curve_is_an_error() -> None:
    """There is no default curve."""
    with pytest.raises(KeyError):
        due_times("flat", np.array([0.5]), 0, 1, 0)


@given(
    curve=st.sampled_from(sorted(CURVES)),
    u=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=30),
    start=st.integers(0, 10**11),
    before=st.integers(0, 10**10),
    after=st.integers(1, 10**10),
)
def test_due_times_stay_inside_and_keep_their_order(
    curve: str, u: list[float], start: int, before: int, after: int
) -> None:
    """Whatever is drawn, nobody is due outside the window, and who draws later comes later."""
    bell, end = start + before, start + before + after
    times = due_times(curve, np.array(sorted(u)), start, end, bell)
    assert times.dtype == np.int64
    assert all(start <= t <= end for t in times.tolist())
    assert (np.diff(times) >= 0).all()


@pytest.mark.parametrize(
    ("curve", "median", "mean"),
    [
        ("even", 500_000, 500_000),
        ("rush", 1_000_000 - 612_372, 416_667),  # √(½·¾) from the end; (0 + 1 + ¼) / 3
    ],
)
def test_what_comes_out_is_distributed_as_the_curve(curve: str, median: int, mean: int) -> None:
    """A hundred thousand draws have the curve's median and mean."""
    times = due_times(curve, draws(100_000, 7), 0, 1_000_000, 250_000)
    assert np.median(times) == pytest.approx(median, abs=4_000)
    assert times.mean() == pytest.approx(mean, abs=4_000)


HOUR, MINUTE = 3_600_000_000, 60_000_000


@pytest.mark.parametrize(
    ("curve", "start", "bell", "end", "until", "share", "says"),
    [
        ("ebb", 8, 8, 18, 11.25, 0.91, "91 % of the day are there by 11:15"),
        ("ebb", 8, 13, 18, 11.25, 0.91, "whatever the bell"),
        ("ebb", 8, 8, 18, 9, 0.523, "and half within the first hour: e^−0.739 are missing"),
        ("swell", 7, 8, 18, 7.5, 0.25, "a quarter in the first half hour before the bell"),
        ("swell", 7, 8, 18, 8, 1, "everybody by the bell"),
        ("sharp", 7, 8, 9, 8 - 5 / 60, 0.1, "as many before as after, the bell in the middle"),
        ("sharp", 7, 8, 9, 8 + 5 / 60, 0.9, "four fifths in the ten minutes"),
        ("sharp", 8, 8, 9, 8 + 5 / 60, 0.8, "also where nobody comes before the bell"),
        ("sharp", 8, 8, 8.05, 8.025, 0.5, "all of them, where there is nothing else"),
    ],
)
def test_the_share_that_is_there(
    curve: str, start: float, bell: float, end: float, until: float, share: float, says: str
) -> None:
    """What the docstrings claim, in ten thousand people evenly drawn (hours)."""
    of_them = np.arange(10_000) / 10_000
    times = due_times(curve, of_them, *(round(h * HOUR) for h in (start, end, bell)))
    assert np.mean(times < until * HOUR) == pytest.approx(share, abs=5e-4), says


@given(before=st.integers(0, HOUR), after=st.integers(1, HOUR))
def test_a_fifth_at_most_comes_at_other_times(before: int, after: int) -> None:
    """Wherever the bell rings, four fifths come in the ten minutes around it."""
    times = due_times("sharp", np.arange(1_000) / 1_000, 0, before + after, before)
    assert np.mean(np.abs(times - before) <= 5 * MINUTE) >= 0.8


def test_the_same_words_draw_the_same_numbers() -> None:
    """Numbers are a function of the words; these are fixed for good, on every machine."""
    assert draws(3, 1, "", "north", "pupil").tolist() == draws(3, 1, "", "north", "pupil").tolist()
    assert draws(2, "fixed").tolist() == pytest.approx(FIXED, abs=1e-15)


FIXED = [0.42355583175888023, 0.9027805415636277]


@given(st.integers(0, 200), st.integers(0, 200), st.text(max_size=5))
def test_more_draws_do_not_change_earlier_ones(few: int, more: int, word: str) -> None:
    """A larger crowd keeps its people's times."""
    assert draws(few + more, word)[:few].tolist() == draws(few, word).tolist()


def test_other_words_draw_other_numbers() -> None:
    """Seed, territory and persona each change everything, and words do not run together."""
    drawn = [
        draws(4, *words).tolist()
        for words in [(1, "a", "b"), (2, "a", "b"), (1, "ab", ""), (1, "", "ab"), (1, "b", "a")]
    ]
    assert len({tuple(d) for d in drawn}) == len(drawn)
    assert all(0 <= n < 1 for d in drawn for n in d)
