"""A queue in front of a page: waited through, or waited in until patience ends."""

from __future__ import annotations

import time
from collections.abc import Callable

from rentree.platform import OK, Answer, Platform

from .conftest import Reply, Site, attempt

QUEUED = Reply("<p id=queue>rang <b id=rank>n° 1 204</b>")
FORM = Reply("<form method=post action=/in><input name=user><input type=password name=p></form>")
IN = Reply("<main>in</main>")
MARKS = 'marks: {waiting: [{css: "#queue", poll: 500 ms, position: "#rank"}]}\n'
HOME = MARKS + "steps: {home: [{get: /, ok: {css: main}}]}"
SIGN_IN = MARKS + "steps: {sign in: [{sign_in: /, ok: {css: main}}]}"


def test_who_waits_and_gets_in_is_in(person: Callable[[str], Platform], site: Site) -> None:
    """The attempt lasts as long as the queue."""
    site.pages["GET /"] = [QUEUED, QUEUED, IN]
    began = time.monotonic()
    assert attempt(person(HOME), "home") is OK
    assert len(site.asked) == 3
    assert 1.0 <= time.monotonic() - began < 3


def test_who_is_still_queued_at_the_end_of_patience_is_waiting(
    person: Callable[[str], Platform], site: Site
) -> None:
    """With the rank that the page told last."""
    site.pages["GET /"] = [QUEUED]
    began = time.monotonic()
    answer = attempt(person(HOME), "home", patience=1.2)
    assert answer == Answer("waiting", "still queued", 1204)
    assert time.monotonic() - began < 1.3


def test_a_queue_that_no_longer_answers_is_still_a_queue(
    person: Callable[[str], Platform], site: Site
) -> None:
    """Patience ends while its page is asked again."""
    site.pages["GET /"] = [QUEUED, Reply("late", after=1)]
    answer = attempt(person(HOME), "home", patience=0.8)
    assert answer == Answer("waiting", "still queued", 1204)


def test_a_queue_before_the_sign_in(person: Callable[[str], Platform], site: Site) -> None:
    """Who gets through it meets the form, and fills it in: no password was refused."""
    site.pages |= {"GET /": [QUEUED, FORM], "POST /in": [QUEUED], "GET /in": [IN]}
    assert attempt(person(SIGN_IN), "sign in") is OK
    assert [what for what, _ in site.asked] == ["GET /", "GET /", "POST /in", "GET /in"]


def test_a_queue_that_never_opens_before_the_sign_in(
    person: Callable[[str], Platform], site: Site
) -> None:
    """Waiting is no refusal and no error."""
    site.pages["GET /"] = [QUEUED]
    assert attempt(person(SIGN_IN), "sign in", patience=0.8).outcome == "waiting"


def test_a_queue_before_a_sign_in_by_json(person: Callable[[str], Platform], site: Site) -> None:
    """Nothing is sent to the API from the queue."""
    site.pages |= {"GET /": [QUEUED, IN], "POST /api": [IN]}
    by_json = "{sign_in: {page: /, json: /api}, ok: {css: main}}"
    assert attempt(person(f"{MARKS}steps: {{sign in: [{by_json}]}}"), "sign in") is OK
    assert [what for what, _ in site.asked] == ["GET /", "GET /", "POST /api"]
