"""What is told of a search, and the exit code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rentree.capacity.promise import InTime
from rentree.capacity.result import Result
from rentree.capacity.rung import Judged, Kind, Rung
from rentree.capacity.search import Found, Outcome
from rentree.cli_capacity import rate
from rentree.errors import UsageError
from rentree.quantity import SECOND, Span

SURE = Found(40.0, 41.5, True, True, "found")


def rung(number: int, at: float, outcome: Outcome) -> Judged:
    """A rung of ten seconds."""
    window = Span(3 * SECOND, 13 * SECOND)
    return Judged(Rung(number, at, 0, window), outcome, {"fr": "", "en": ""}, 400, 400, 40.0, 1)


RUNGS = [rung(1, 40.0, "held"), rung(2, 41.5, "failed"), rung(3, 40.0, "held")]


def result(found: Found = SURE, **facts: Any) -> Result:
    """A search for messages that found 40 a second, of which the profile asks 20."""
    values: dict[str, Any] = {"only": "messages", "asked": 20, "width": 0.05, "took": 180 * SECOND}
    return Result(found, RUNGS, **values | facts)


@pytest.mark.parametrize(
    ("found", "facts", "code"),
    [
        (SURE, {}, 0),
        (SURE, {"interrupted": True}, 130),
        (Found(40.0, 80.0, True, False, "time"), {}, 3),
        (Found(40.0, 41.5, True, True, "unfit"), {}, 3),
        (Found(40.0, None, True, False, "limit"), {}, 3),
        (Found(None, None, False, False, "time"), {}, 3),
        (Found(None, 0.1, False, True, "nothing"), {}, 3),
        (SURE, {"at_least": 40.0}, 0),
        (SURE, {"at_least": 41.0}, 3),
        (SURE, {"at_least": 41.5}, 1),
        (Found(40.0, None, True, False, "limit"), {"at_least": 30.0}, 0),
        (Found(40.0, None, False, False, "time"), {"at_least": 30.0}, 3),
        (Found(None, 0.1, False, True, "nothing"), {"at_least": 30.0}, 1),
        (Found(None, None, False, False, "trouble"), {"at_least": 30.0}, 3),
    ],
    ids=[
        "found", "interrupted", "no time to come close", "we were not fit beyond", "no knee met",
        "nothing measured", "nothing holds", "what is asked holds", "what is asked lies in the gap",
        "what is asked fails", "enough holds, whatever the knee is", "enough held, but once only",
        "nothing holds, and something was asked", "nothing measured, and something was asked",
    ],
)  # fmt: skip
def test_the_exit_code(found: Found, facts: dict[str, Any], code: int) -> None:
    """0 only where something was shown."""
    assert result(found, **facts).exit_code() == code


def test_a_leak_and_what_was_not_asked_are_no_success() -> None:
    """A leak in any rung: 1. A promise of which no attempt fell into a window: 3, and named."""
    one = replace(result(), judged=[*RUNGS, replace(rung(4, 20.0, "failed"), leaks=2)])
    assert one.exit_code() == 1
    assert "LEAK: someone else’s data was shown 2 times." in one.sentences("en")
    rare = InTime(0.95, SECOND, "hand in")
    two = result(promises=[rare])
    assert two.exit_code() == 3
    assert any(rare.says("en") in line for line in two.sentences("en"))
    told = [replace(one, kinds=[Kind(rare, 0, 40)]) for one in RUNGS]
    assert replace(two, judged=told).exit_code() == 0


@pytest.mark.parametrize(
    ("found", "facts", "said"),
    [
        (SURE, {}, "40 steps/s (messages) hold, 41.5 do not."),
        (SURE, {}, "The gap is 3.8%; held in 2 of 2 tries, failed in 1 of 1."),
        (SURE, {}, "20 people who do that step come in the profile's busiest second: headroom × 2"),
        (SURE, {"asked": 80}, "headroom × 0.5, too little to bear that pace"),
        (Found(40.0, None, True, False, "unfit"), {"asked": 80}, "headroom at least × 0.5."),
        (SURE, {"only": None}, "40 people/s hold, 41.5 do not."),
        (SURE, {"only": None}, "That is 40 steps/s, by the profile's journeys."),
        (SURE, {"at_least": 41.0}, "41 steps/s asked: not decided."),
        (Found(40.0, None, True, False, "limit"), {}, "At least 40 steps/s (messages) hold."),
        (Found(None, 0.1, False, True, "nothing"), {}, "Not even 0.1 steps/s (messages) hold."),
        (Found(None, None, False, False, "time"), {}, "Nothing was measured."),
        (Found(None, None, False, False, "trouble"), {"trouble": {"en": "gone"}}, "Gone."),
    ],
)  # fmt: skip
def test_the_words(found: Found, facts: dict[str, Any], said: str) -> None:
    """Each sentence stands somewhere."""
    assert said in "\n".join(result(found, **facts).sentences("en"))


def test_french_has_as_many_sentences() -> None:
    """And each is another."""
    one = result(at_least=41.0)
    french, english = one.sentences("fr"), one.sentences("en")
    assert len(french) == len(english)
    assert not set(french) & set(english)


@pytest.mark.parametrize(
    ("text", "step", "value"),
    [
        ("40", "home", 40),
        ("40 steps/s", "home", 40),
        ("2.5 people/s", None, 2.5),
        (None, None, None),
    ],
)
def test_a_rate_is_read(text: str | None, step: str | None, value: float | None) -> None:
    """With its unit, or without."""
    assert rate(text, step, "--from") == value


@pytest.mark.parametrize(
    ("text", "step", "why"),
    [
        ("40 steps/s", None, "only with --step"),
        ("40 people/s", "home", "only without --step"),
        ("0", None, "is no rate"),
        ("a lot", None, "is not a number"),
        ("1,500", None, "can be read"),
    ],
)
def test_a_rate_that_is_none_is_refused(text: str, step: str | None, why: str) -> None:
    """And what would do is said."""
    with pytest.raises(UsageError, match=why):
        rate(text, step, "--from")
