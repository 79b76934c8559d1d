"""Two factors, four shares: known effects, how sure they are, and how often rightly."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import Generator

from rentree.compare.doubt import combined, ends_apart
from rentree.judge.statistics import SECTIONS, Interval, exact_interval, share_interval
from rentree.quantity import SECOND, Span
from rentree.study.kinds.factorial import Cells, Factorial, effects
from rentree.study.outcome import Outcome, widened

NEITHER, CROWD, FLOOD = frozenset[str](), frozenset({"crowd"}), frozenset({"flood"})
BOTH = CROWD | FLOOD
FACTORS = ["crowd", "flood"]
FOUR = Factorial.model_validate({
    "study": "four", "title": {"fr": "t", "en": "t"}, "kind": "factorial",
    "factors": {name: {"fr": name, "en": name} for name in FACTORS},
    "measure": {"slo": "punctual", "share": "90 %", "within": "3 s", "each": "none"},
    "runs": [{"profile": "p", "sandbox": "s", "with": sorted(cell)}
             for cell in (NEITHER, CROWD, FLOOD, BOTH)],
})  # fmt: skip


def cells(*shares: float, people: int = 400) -> Cells:
    """Shares of so many people each, in the order neither, crowd, flood, both; exact intervals."""
    return {
        cell: (share, exact_interval(round(share * people), people))
        for cell, share in zip((NEITHER, CROWD, FLOOD, BOTH), shares, strict=True)
    }


@pytest.mark.parametrize(
    ("shares", "expected", "sure"),
    [
        pytest.param((0.5, 0.5, 0.5, 0.5), (0, 0, 0), "", id="nothing does anything"),
        pytest.param((0.9, 0.5, 0.9, 0.5), (-0.4, 0, 0), "crowd", id="the crowd alone does"),
        pytest.param((0.9, 0.9, 0.4, 0.4), (0, -0.5, 0), "flood", id="the flood alone does"),
        pytest.param((0.9, 0.7, 0.6, 0.4), (-0.2, -0.3, 0), "crowd flood", id="both, and they add"),
        pytest.param((0.9, 0.9, 0.9, 0.3), (0, 0, -0.6), "interaction", id="only both together"),
        pytest.param(
            (1.0, 0.2, 0.3, 0.1), (-0.8, -0.7, 0.6), "crowd flood interaction", id="each is enough"
        ),
        pytest.param(
            (0.9, 0.88, 0.87, 0.82), (-0.02, -0.03, -0.03), "", id="too little to be sure"
        ),
    ],
)
def test_known_shares_give_known_effects(
    shares: tuple[float, ...], expected: tuple[float, ...], sure: str
) -> None:
    """crowd - neither, flood - neither, both - crowd - flood + neither; beyond chance or not."""
    found = effects(cells(*shares), FACTORS)
    assert [one.name for one in found] == ["crowd", "flood", "interaction"]
    values = [one.change.value for one in found if one.change]
    assert values == pytest.approx(expected)
    assert [one.name for one in found if one.sure] == sure.split()


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        pytest.param((0.3, 0.4, 0.9, 0.9), "", id="they lead to 100 %, but for rounding"),
        pytest.param((0.1, 0.7, 0.5, 0.9), "would lead to +110%", id="they lead beyond it"),
        pytest.param((0.9, 0.1, 0.05, 0.0), "would lead to −75%", id="they lead below 0 %"),
    ],
)
def test_a_share_that_ends_is_said_where_the_sum_leads_beyond(
    shares: tuple[float, ...], said: str
) -> None:
    """And not where it is 1.0000000000000002."""
    found = [Outcome(share, ends, 400, decision="pass") for share, ends in cells(*shares).values()]
    told = " ".join(FOUR.lines(found, "en"))
    assert ("The sum of both effects" in told) == bool(said)
    assert said in told


@pytest.mark.parametrize(
    ("missing", "left"),
    [
        pytest.param(NEITHER, [], id="without the calm morning nothing can be told"),
        pytest.param(CROWD, ["flood"], id="without the crowd, the flood alone"),
        pytest.param(BOTH, ["crowd", "flood"], id="without both, no interaction"),
    ],
)
def test_a_hole_is_no_effect(missing: frozenset[str], left: list[str]) -> None:
    """What needs a run that is missing is not told; Holm still asks for three."""
    known = {cell: at for cell, at in cells(0.9, 0.5, 0.5, 0.1).items() if cell != missing}
    assert [one.name for one in effects(known, FACTORS) if one.change] == left


def test_holm_is_over_three_also_where_one_is_missing() -> None:
    """A p of some 0.02 would stand among two at 0.025, and does not among three."""
    known = {NEITHER: (0.5, (0.45, 0.55)), CROWD: (0.41, (0.3594, 0.4606))}
    (crowd, *_) = effects(known, FACTORS)
    assert crowd.change is not None
    assert 0.05 / 3 < crowd.change.p < 0.05 / 2
    assert not crowd.sure


def test_two_terms_are_the_difference_that_compare_makes() -> None:
    """One estimator: `combined` of two shares is `ends_apart`."""
    before, after = (0.2, (0.1, 0.35)), (0.5, (0.42, 0.55))
    change = ends_apart(*before, *after)
    sum_ = combined([(1, *after), (-1, *before)])
    assert (sum_.interval, sum_.p) == (change.interval, change.p)


@pytest.mark.parametrize(
    ("weights", "intervals", "low", "high"),
    [
        pytest.param((1, -1, -1, 1), [(0.4, 0.6)] * 4, -0.2, 0.2, id="four alike: twice as wide"),
        pytest.param((1,), [(0.4, 0.7)], 0.4, 0.7, id="one alone: its own"),
        pytest.param((-1,), [(0.4, 0.7)], -0.7, -0.4, id="taken away: its ends change places"),
        pytest.param((1, -1), [(0.4, 0.5), (0.5, 0.8)], -0.3162, 0.0, id="both reach down only"),
    ],
)
def test_ends_are_added_in_squares(
    weights: tuple[int, ...], intervals: list[Interval], low: float, high: float
) -> None:
    """How far the interval of a sum reaches, by hand; every share is a half."""
    sum_ = combined([(w, 0.5, ends) for w, ends in zip(weights, intervals, strict=True)])
    assert sum_.interval == pytest.approx((low, high), abs=1e-4)


FEW, MANY = (150, 800, 150, 800), (900, 900, 900, 900)  # people of each run; 12 schools
SPAN, CLASS_OF, PER_SCHOOL = Span(0, 24 * SECOND), 25, 3


def drawn(
    random: Generator, share: float, people: int, alike: float, of: str
) -> tuple[float, Interval]:
    """Who was inside, and the interval that a study gives it; people are due evenly.

    Those of a second, a class or a school share their luck as far as `alike`, the intraclass
    correlation: the own share of each second, class or school is drawn from a beta distribution.
    """
    due = np.sort(random.integers(0, SPAN.length, people))
    classes = random.permutation(people) // CLASS_OF
    schools = classes // PER_SCHOOL
    parts = {"class": classes, "school": schools}.get(of, due // SECOND)
    own = np.full(parts.max() + 1, share)
    if alike and 0 < share < 1:
        some = 1 / alike - 1
        own = random.beta(share * some, (1 - share) * some, len(own))
    inside = random.random(people) < own[parts]
    found = share_interval(inside, due, SPAN)
    for whose, least in ((classes, 2), (schools, SECTIONS)):
        rows = np.bincount(whose)
        found = widened(found, np.bincount(whose[inside], minlength=len(rows)), rows, least)
    return float(inside.mean()), found


@pytest.mark.parametrize(
    ("shares", "people", "alike", "of", "least"),
    [
        pytest.param((0.9, 0.7, 0.6, 0.4), FEW, 0.0, "", 0.95, id="people independent"),
        pytest.param((0.9, 0.7, 0.6, 0.4), FEW, 0.1, "second", 0.93, id="people of a second alike"),
        pytest.param((0.9, 0.7, 0.6, 0.4), FEW, 0.05, "class", 0.92, id="people of a class alike"),
        pytest.param((0.9, 0.7, 0.6, 0.4), FEW, 0.2, "class", 0.88, id="a class very much alike"),
        pytest.param(
            (0.9, 0.7, 0.6, 0.4), MANY, 0.1, "school", 0.93, id="people of a school alike"
        ),
        pytest.param((1.0, 0.2, 0.3, 0.02), FEW, 0.1, "second", 0.92, id="near both ends"),
    ],
)
def test_the_intervals_hold_the_truth(
    shares: tuple[float, ...], people: tuple[int, ...], alike: float, of: str, least: float
) -> None:
    """Of 400 studies, so many for each effect; 95 % are meant."""
    random = np.random.default_rng(2021)
    held = np.zeros(3)
    neither, crowd, flood, both = shares
    truth = (crowd - neither, flood - neither, both - crowd - flood + neither)
    for _ in range(400):
        found_in = [
            drawn(random, share, many, alike, of)
            for share, many in zip(shares, people, strict=True)
        ]
        found = effects(dict(zip((NEITHER, CROWD, FLOOD, BOTH), found_in, strict=True)), FACTORS)
        for i, (one, true) in enumerate(zip(found, truth, strict=True)):
            assert one.change is not None
            held[i] += one.change.interval[0] <= true <= one.change.interval[1]
    assert (held / 400 >= least).all(), held
