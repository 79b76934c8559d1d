"""Open sessions as the client saw them."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from rentree import platform
from rentree.evidence import SAMPLES
from rentree.judge.sessions import SESSION_LOST, Level, level
from rentree.quantity import Span
from rentree.testing import Story, make_plan, us

RUN = Span(0, us(100))


def levels(tell: Callable[[Story], None]) -> Level:
    """The level of a story told with nobody in it yet."""
    story = Story(make_plan())
    tell(story)
    rows = [row._asdict() for row in story.samples]
    return level(pl.DataFrame(rows, schema=SAMPLES, orient="row"), RUN)


def to_the_end(story: Story) -> None:
    """In from 10.5 s."""
    story.tries(story.person(10))


def signed_out(story: Story) -> None:
    """In from 10.5 s to 60.5 s."""
    person = story.person(10)
    story.tries(person)
    story.tries(person, "sign out", due=60)


def failed_to_sign_out(story: Story) -> None:
    """In from 10.5 s; the sign-out fails at 60.5 s, and the person leaves all the same."""
    person = story.person(10)
    story.tries(person)
    story.tries(person, "sign out", due=60, outcome="error")


def left(story: Story) -> None:
    """In from 10.5 s; made to leave at 40 s."""
    person = story.person(10)
    story.tries(person)
    story.tries(person, "home", due=40, outcome="abandoned")


def lost_and_in_again(story: Story) -> None:
    """In from 10.5 s, the session is lost at 30.5 s, in again at 41.5 s, to the end."""
    person = story.person(10)
    story.tries(person)
    story.tries(person, "home", due=30, outcome="error", why="session lost")
    story.tries(person, due=41, attempt=2)


def never_in(story: Story) -> None:
    """Refused, then made to leave."""
    person = story.person(10)
    story.tries(person, outcome="refused")
    story.tries(person, "home", due=11, outcome="abandoned")


def in_twice(story: Story) -> None:
    """An ok sign-in while already in is the same person still."""
    person = story.person(10)
    story.tries(person)
    story.tries(person, due=20)


def out_as_they_come_in(story: Story) -> None:
    """In and out in one and the same moment is out."""
    person = story.person(10)
    story.tries(person)
    story.tries(person, "sign out", due=10)


@pytest.mark.parametrize(
    ("tell", "long"),
    [
        (to_the_end, 89.5),
        (signed_out, 50.0),
        (failed_to_sign_out, 50.0),
        (left, 29.5),
        (lost_and_in_again, 58.5),
        (never_in, 0.0),
        (in_twice, 89.5),
        (out_as_they_come_in, 0.0),
    ],
    ids=lambda value: value.__doc__ if callable(value) else "",
)
def test_how_long_one_was_signed_in(tell: Callable[[Story], None], long: float) -> None:
    """A session runs from an ok sign-in to its end as the client saw it."""
    seen = levels(tell)
    assert seen.longest(1) == us(long)
    assert seen.longest(2) == 0


def test_held_is_the_largest_number_for_so_long() -> None:
    """Two are in together for 30 s: more than 30 s are held by one only."""

    def tell(story: Story) -> None:
        for due, out in ((10, 60.5), (30.5, 90)):
            person = story.person(due)
            story.tries(person)
            story.tries(person, "sign out", due=out)

    seen = levels(tell)
    assert seen.peak == 2
    assert seen.longest(2) == us(30)
    assert seen.held(us(30)) == 2
    assert seen.held(us(30) + 1) == 1
    assert seen.held(us(80)) == 1
    assert seen.held(us(81)) == 0


def test_one_out_one_in_at_the_same_moment_is_no_dip() -> None:
    """Somebody who comes in the very moment that another leaves takes their place."""

    def tell(story: Story) -> None:
        first = story.person(10)
        story.tries(first)
        story.tries(first, "sign out", due=50)
        story.tries(story.person(50))

    assert levels(tell).longest(1) == us(89.5)


def test_a_window_sees_those_who_were_in_before() -> None:
    """People who signed in before the window count from its start."""
    story = Story(make_plan())
    story.tries(story.person(10))
    rows = pl.DataFrame([row._asdict() for row in story.samples], schema=SAMPLES, orient="row")
    assert level(rows, Span(us(50), us(70))).longest(1) == us(20)
    assert level(rows, Span(us(0), us(5))).peak == 0


def test_no_rows() -> None:
    """Nobody is signed in when nobody came."""
    assert levels(lambda _: None).peak == 0


def test_adapters_and_judge_use_the_same_words() -> None:
    """What an adapter says of a lost session is what ends a session here."""
    assert platform.SESSION_LOST == SESSION_LOST
