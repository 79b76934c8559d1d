"""Goodput and recovery: what counts in a flood is what legitimate people get, and when again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from rentree.evidence import PEOPLE, SAMPLES
from rentree.judge.measure import measure
from rentree.testing import Story, make_plan
from rentree.verdict import Finding

GOODPUT = {"slo": "goodput", "share": "90 %", "within": "5 s", "in": "bell", "each": "none"}
RECOVERS = {"slo": "recovers", "after": "hot-spot", "within": "20 s", "below": "2 s"}
FAULT = [("hot-spot", 20.0, 40.0)]


def one(slo: dict[str, Any], tell: Callable[[Story], None]) -> Finding:
    """The only finding of a story."""
    story = Story(make_plan(slos=[slo], faults=FAULT))
    tell(story)
    samples = pl.DataFrame([r._asdict() for r in story.samples], schema=SAMPLES, orient="row")
    people = pl.DataFrame(story.people, schema=PEOPLE, orient="row")
    [finding] = measure(story.plan.slos[0], story.plan, samples, people)
    return finding


@pytest.mark.parametrize(
    ("sentence", "rows", "decision", "measured"),
    [
        ("all are through", [("ok", 1.0, 200)], "pass", 1.0),
        ("the limit is included", [("ok", 5.0, 200)], "pass", 1.0),
        ("what is slower is not through", [("ok", 5.1, 200)], "fail", 0.0),
        ("half is refused", [("ok", 1.0, 100), ("refused", 0.01, 100)], "fail", 0.5),
        ("what was given up counts", [("ok", 1.0, 100), ("abandoned", None, 100)], "fail", 0.5),
        ("what we did not send does not", [("ok", 1.0, 100), ("not_sent", None, 100)], "pass", 1.0),
        ("few are too few", [("ok", 1.0, 20)], "undecided", 1.0),
        ("nothing is nothing", [], "undecided", None),
    ],
)
def test_goodput(
    sentence: str, rows: list[tuple[Any, float | None, int]], decision: str, measured: float | None
) -> None:
    """The share of attempts that were through in time."""

    def tell(story: Story) -> None:
        total = sum(count for *_, count in rows)
        moments = iter(range(total))
        for outcome, took, count in rows:
            for _ in range(count):
                i = next(moments) * 7919 % max(total, 1)  # mixed, so that no stretch has one kind
                person = story.person(10 + 40 * i / total)
                story.tries(person, outcome=outcome, took=took)

    found = one(GOODPUT, tell)
    assert (found.decision, found.measured) == (decision, measured), (sentence, found)


@pytest.mark.parametrize(
    ("sentence", "bad_until", "per_second", "decision", "measured"),
    [
        ("never hurt: back at once", 0, 10, "pass", 0.0),
        ("hurt for 10 s more", 50, 10, "pass", 10.0),
        ("hurt to the very limit", 60, 10, "pass", 20.0),
        ("hurt for longer than was promised", 70, 10, "fail", 30.0),
        ("it never comes back", 200, 10, "fail", None),
        ("so few come that nothing is shown", 0, 2, "undecided", None),
        ("nobody comes after the fault: no data is no recovery", 0, 0, "undecided", None),
    ],
)
def test_recovers(
    sentence: str, bad_until: float, per_second: int, decision: str, measured: float | None
) -> None:
    """From the end of the fault (40 s) until 95 % of attempts are through, for 10 s."""

    def tell(story: Story) -> None:
        for second in range(40, 100):
            for i in range(per_second):
                moment = second + (i + 0.5) / per_second
                person = story.person(moment)
                story.tries(person, outcome="ok" if moment >= bad_until else "error")

    found = one(RECOVERS, tell)
    assert (found.decision, found.measured) == (decision, measured), (sentence, found)


def test_slow_answers_are_no_recovery() -> None:
    """What is ok and slower than asked is not back to normal."""

    def tell(story: Story) -> None:
        for i in range(600):
            story.tries(story.person(40 + i / 10), took=3.0)

    assert one(RECOVERS, tell).decision == "fail"


def test_one_good_second_is_no_recovery() -> None:
    """It must stay so: a lull between two waves is none."""

    def tell(story: Story) -> None:
        for second in range(40, 100):
            good = second % 10 < 4
            for i in range(10):
                person = story.person(second + i / 10)
                story.tries(person, outcome="ok" if good else "error")

    found = one(RECOVERS, tell)
    assert (found.decision, found.measured) == ("fail", None)
