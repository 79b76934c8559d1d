"""Holm's correction, and the p that it rests on."""

from __future__ import annotations

import numpy as np
import pytest

from rentree.judge.holm import corrected
from rentree.judge.statistics import exact_interval, exact_p, share_interval, share_p
from rentree.quantity import SECOND, Span
from rentree.verdict import Decision, Finding

SPAN = Span(0, 100 * SECOND)


def finding(name: str, decision: Decision, p: float | None) -> Finding:
    """A finding as far as the correction looks at it."""
    return Finding(
        id=name, slo="response", text={}, group={}, window="", decision=decision, measured=0.1,
        measured_text={}, limit=0.05, unit="share", interval=None, p=p, count=100,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "rows", "standing"),
    [
        ("one finding alone: as before", [("fail", 0.049)], ["fail"]),
        ("two: the only fail must be twice as sure", [("fail", 0.03), ("pass", 1.0)],
         ["undecided", "pass"]),
        ("two: it is", [("fail", 0.024), ("pass", 1.0)], ["fail", "pass"]),
        ("the second of two may be as unsure as one alone", [("fail", 0.01), ("fail", 0.049)],
         ["fail", "fail"]),
        ("the first does not stand, so the second does not", [("fail", 0.03), ("fail", 0.049)],
         ["undecided", "undecided"]),
        ("what is exact is not counted", [("fail", 0.049), ("fail", None), ("pass", None)],
         ["fail", "fail", "pass"]),
        ("what is invalid is not counted", [("fail", 0.049), ("invalid", 0.01)],
         ["fail", "invalid"]),
        ("nothing at all", [], []),
    ],
)  # fmt: skip
def test_which_fails_stand(
    sentence: str, rows: list[tuple[Decision, float | None]], standing: list[str]
) -> None:
    """Step down from the surest."""
    told = corrected([finding(f"f{i}", d, p) for i, (d, p) in enumerate(rows)])
    assert [f.decision for f in told] == standing, sentence


def test_it_says_why() -> None:
    """A fail that does not stand says among how many."""
    [first, _] = corrected([finding("a", "fail", 0.03), finding("b", "pass", 1.0)])
    assert "among 2 findings" in first.reasons[0]["en"]


@pytest.mark.parametrize("count", [40, 300, 2000])
def test_p_and_interval_agree(count: int) -> None:
    """p is under 0.05 exactly where the interval's lower end lies above what is tolerated."""
    draw = np.random.default_rng(7)
    due = np.sort(draw.integers(0, SPAN.end, count))
    seen = set()
    for share in np.linspace(0.01, 0.3, 30):
        marks = draw.random(count) < share
        low = share_interval(marks, due, SPAN)[0]
        assert (low > 0.1) == (share_p(marks, due, SPAN, 0.1) < 0.05)
        many = int(marks.sum())
        assert (exact_interval(many, count)[0] > 0.1) == (exact_p(many, count, 0.1) < 0.05)
        seen.add(low > 0.1)
    assert seen == {True, False}
