"""Fairness, availability and resilience: shares that are compared."""

from __future__ import annotations

import pytest
from tests.judge.found import decisions, found, mixed, only, spread

from rentree.testing import Story

FAIR = {"slo": "fair", "within": "5 s", "apart": "20 %", "in": "bell"}


@pytest.mark.parametrize(
    ("sentence", "north", "south", "expected"),
    [
        ("both fare well", 0.0, 0.0, ("pass", "pass")),
        ("both fare equally badly: that is fair", 0.5, 0.5, ("pass", "pass")),
        ("the north fares much worse", 0.6, 0.0, ("fail", "pass")),
        ("the south does", 0.05, 0.9, ("pass", "fail")),
        ("by about what is allowed: nobody knows", 0.2, 0.0, ("undecided", "pass")),
    ],
)
def test_fair(sentence: str, north: float, south: float, expected: tuple[str, str]) -> None:
    """A group against all the others together."""

    def tell(story: Story) -> None:
        for territory, share in (("north", north), ("south", south)):
            for due, bad in zip(spread(600), mixed(share, 600), strict=True):
                person = story.person(due, territory=territory)
                story.tries(person, outcome="error" if bad else "ok")

    told = decisions(FAIR, tell)
    assert tuple(told.values()) == expected, (sentence, told)


def test_fair_of_nobody_is_undecided() -> None:
    """A group without rows, or without others to compare it to, is not fair and not unfair."""

    def tell(story: Story) -> None:
        for due in spread(100):
            story.tries(story.person(due))

    assert set(decisions(FAIR, tell).values()) == {"undecided"}
    assert set(decisions(FAIR, lambda _: None).values()) == {"undecided"}


AVAILABLE = {
    "slo": "available", "slot": "10 s", "slow_above": "2 s", "slow_at_most": "10 s",
    "blocked_at_most": "0 s", "in": "bell", "each": "none",
}  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "slots", "decision", "slow_for"),
    [
        ("all is well", ["ok", "ok", "ok", "ok"], "pass", 0.0),
        ("slow for as long as is allowed", ["ok", "slow", "ok", "ok"], "pass", 10.0),
        ("slow for longer", ["ok", "slow", "slow", "ok"], "fail", 20.0),
        ("blocked once is too much", ["ok", "ok", "blocked", "ok"], "fail", 10.0),
        ("nobody was there in one", ["ok", "none", "ok", "ok"], "pass", 0.0),
        ("too few to tell of one", ["ok", "few", "ok", "ok"], "undecided", 0.0),
        ("too few in one, and another blocked", ["few", "blocked", "ok", "ok"], "fail", 10.0),
    ],
)
def test_available(sentence: str, slots: list[str], decision: str, slow_for: float) -> None:
    """Ten seconds at a time: normal, slow or blocked."""

    def tell(story: Story) -> None:
        for i, state in enumerate(slots):
            count = {"none": 0, "few": 5}.get(state, 40)
            for due in spread(count, 10 + 10 * i, 10) if count else []:
                person = story.person(due)
                took = 3.0 if state == "slow" else 0.5
                story.tries(person, outcome="error" if state == "blocked" else "ok", took=took)

    finding = only(AVAILABLE, tell)
    assert (finding.decision, finding.measured) == (decision, slow_for), (sentence, finding)


def test_the_months_budget_is_told() -> None:
    """10 s of 252 min: CCAG-TIC's 2 % of a month, never "98 % held"."""

    def tell(story: Story) -> None:
        for due in spread(160):
            story.tries(story.person(due), took=3.0 if 20 <= due < 30 else 0.5)

    said = only(AVAILABLE, tell).measured_text
    assert "CCAG-TIC, art. 32.4" in said["fr"]
    assert "0.1% of a month" in said["en"]


RESILIENT = {"slo": "resilient", "in": "bell", "share": "80 %", "each": "none"}


@pytest.mark.parametrize(
    ("sentence", "before", "during", "decision", "ratio"),
    [
        ("nothing is lost", 0.0, 0.0, "pass", 1.0),
        ("half is", 0.0, 0.5, "fail", 0.5),
        ("it was half before as well: all of that stays", 0.5, 0.5, "pass", 1.0),
        ("nothing was completed before", 1.0, 0.0, "undecided", None),
        ("about the limit", 0.0, 0.2, "undecided", 0.8),
    ],
)
def test_resilient(
    sentence: str, before: float, during: float, decision: str, ratio: float | None
) -> None:
    """Completed under disturbance over completed in the baseline."""

    def tell(story: Story) -> None:
        for start, length, bad in ((0.0, 10.0, before), (10.0, 40.0, during)):
            for due, hit in zip(spread(400, start, length), mixed(bad, 400), strict=True):
                story.tries(story.person(due), outcome="error" if hit else "ok")

    finding = only(RESILIENT, tell)
    assert finding.decision == decision, (sentence, finding)
    assert finding.measured == (None if ratio is None else pytest.approx(ratio)), sentence


CLASSES = {"slo": "classes-can-start", "by": "0", "share": "80 %", "each": "none", "in": "bell"}


@pytest.mark.parametrize(
    ("sentence", "teacher", "pupils", "decision"),
    [
        ("everybody is there", True, 1.0, "pass"),
        ("four in five are there: the limit is included", True, 0.8, "pass"),
        ("too few pupils", True, 0.6, "fail"),
        ("no teacher", False, 1.0, "fail"),
    ],
)
def test_classes_can_start(sentence: str, teacher: bool, pupils: float, decision: str) -> None:
    """Thirty classes of five, by 40 s of the run."""

    def tell(story: Story) -> None:
        for number, due in enumerate(spread(30, 10, 20)):
            for i in range(6):
                row = story.person(due, persona="teacher" if i == 0 else "pupil")
                row["class"] = f"c{number}"
                late = not teacher if i == 0 else i > round(5 * pupils)
                story.tries(row, took=60.0 if late else 1.0)

    finding = only(CLASSES | {"by": 40_000_000, "time": "08:00:40"}, tell)
    assert finding.decision == decision, (sentence, finding)


def test_a_class_without_a_convened_teacher_is_none() -> None:
    """Nothing to start, nothing promised."""

    def tell(story: Story) -> None:
        for due in spread(50):
            story.tries(story.person(due))

    [finding] = found(CLASSES | {"by": 40_000_000}, tell).values()
    assert finding.decision == "undecided"
