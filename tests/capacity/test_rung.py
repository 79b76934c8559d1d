"""Whether a rung held: tables of attempts, a sentence each. One a 100 ms for 10 s, unless told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rentree.capacity.promise import Few, InTime, Kept, promises_of
from rentree.capacity.rung import Rung, hopeless, judge, time_taken
from rentree.capacity.sight import Moment, Second, at_limit, starved
from rentree.feed import NOBODY_FREE
from rentree.quantity import SECOND, Span
from rentree.sample import Sample
from rentree.slo import Goodput, Punctual, Refused, Response

RUNG = Rung(1, 10.0, SECOND, Span(3 * SECOND, 13 * SECOND))
IN_TIME = InTime(0.95, 2 * SECOND)


def row(due: float, waited: float | None = 0.1, **facts: Any) -> Sample:
    """One attempt; seconds."""
    moment = round(due * SECOND)
    done = None if waited is None else moment + round(waited * SECOND)
    values: dict[str, Any] = {
        "seq": 0, "worker": 1, "phase": "capacity", "territory": "t", "school": "s", "level": "l",
        "persona": "pupil", "person": f"p{due}", "platform": "ent", "step": "home", "attempt": 1,
        "due": moment, "sent": moment, "first_byte": None, "done": done, "outcome": "ok",
        "status": 200, "bytes": 0, "address": "", "route": "straight", "queue_position": None,
        "request_id": "", "detail": "{}",
    }  # fmt: skip
    return Sample(**values | facts)


def stream(rate: float = 10.0, waited: Any = 0.1, since: float = 1.0) -> list[Sample]:
    """Even attempts until the window's end; `waited` may depend on when one is due."""
    count = round((13 - since) * rate)
    dues = [since + k / rate for k in range(count)]
    return [row(due, waited(due) if callable(waited) else waited) for due in dues]


def spoilt(share: float, **facts: Any) -> list[Sample]:
    """The first ones of the window are otherwise."""
    rows = stream()
    inside = [i for i, one in enumerate(rows) if one.due >= RUNG.window.start]
    for i in inside[: round(share * len(inside))]:
        rows[i] = row(rows[i].due / SECOND, **facts)
    return rows


def growing(by: float) -> Any:
    """A queue that grows by so many seconds a second from the rung's beginning on."""
    return lambda due: 0.05 + (due - 1) * by


NOT_SENT = {"waited": None, "outcome": "not_sent", "sent": None}
UNTAKEN = {**NOT_SENT, "detail": json.dumps({"why": NOBODY_FREE})}


@pytest.mark.parametrize(
    ("rows", "outcome", "why"),
    [
        (stream(), "held", ""),
        (stream(waited=1.9), "held", ""),
        (stream(waited=2.1), "failed", "not through in 2\u00a0s"),
        (spoilt(0.05, waited=3), "held", ""),
        (spoilt(0.06, waited=3), "failed", "every step: 6%"),
        (spoilt(0.05, outcome="error"), "held", ""),
        (spoilt(0.06, outcome="refused"), "failed", "every step: 6%"),
        (stream(waited=growing(0.015)), "held", ""),
        (stream(waited=growing(0.04)), "failed", "does not keep up"),
        (stream(waited=lambda due: None if due > 8 else 0.1), "failed", "does not keep up"),
        (spoilt(0.01, **NOT_SENT), "held", ""),
        (spoilt(0.02, **NOT_SENT), "unfit", "by our doing"),
        (spoilt(0.02, sent=0), "unfit", "by our doing"),
        (spoilt(0.5, waited=3, sent=0), "unfit", "by our doing"),
        (spoilt(0.5, **UNTAKEN), "failed", "every step: 50%"),
        ([], "unfit", "nobody tried anything"),
        (stream()[:15], "unfit", "nobody tried anything"),
        ([r for r in stream() if not 4e6 <= r.due < 12.5e6], "unfit", "of 100 who were due"),
        (stream()[:-1], "unfit", "nothing is known of 1 of 100"),
        (spoilt(0.01, outcome="leak"), "failed", "someone else’s data shown"),
        ([*stream()[:-1], row(1.05, outcome="leak")], "failed", "someone else’s data shown"),
    ],
    ids=[
        "all is well",
        "slow, and in time",
        "too slow",
        "five in a hundred are too slow",
        "six in a hundred are too slow",
        "five in a hundred are errors",
        "a refusal in 100 ms is not through",
        "a queue that grows by 1.5 %: within the 2 % that a window cannot tell",
        "a queue that grows by 4 %: in time throughout, and yet it does not keep up",
        "no end is known of half of them",
        "one in a hundred we could not send",
        "two in a hundred we could not send",
        "two in a hundred we sent late",
        "we were late and it was slow: our lateness does not accuse",
        "turns for which nobody was free, since all waited: the platform's",
        "no attempt at all",
        "attempts in the warm-up only",
        "most attempts are missing, the others are well",
        "one attempt is missing",
        "one leak is too many, though five in a hundred may fail",
        "a leak in the warm-up, of a rung for which we were not fit: not our doing",
    ],
)
def test_a_rung(rows: list[Sample], outcome: str, why: str) -> None:
    """Validity first, then the promises, then whether it keeps up."""
    judged = judge(RUNG, rows, [IN_TIME], came=None)
    assert judged.outcome == outcome, judged.why
    assert why in judged.why["en"]
    assert bool(judged.why["fr"]) == (outcome != "held")


def test_what_else_keeps_us_from_judging_makes_it_unfit() -> None:
    """A starved sandbox, a load process at its limit."""
    reason = {"fr": "affamé", "en": "starved"}
    judged = judge(RUNG, stream(waited=3), [IN_TIME], came=None, unfit=[reason])
    assert (judged.outcome, judged.why) == ("unfit", reason)


def test_a_rung_that_was_given_up_is_judged_until_then() -> None:
    """What came after it is nobody's failure and nobody's merit."""
    rows = [one for one in stream(waited=3) if one.due < 6e6]
    judged = judge(RUNG, rows, [IN_TIME], came=None, stopped_at=6 * SECOND)
    assert (judged.outcome, judged.stopped) == ("failed", True)


def test_of_journeys_what_people_offer_is_all_their_steps() -> None:
    """A person who left at the door offered the other steps all the same."""
    rows, came = [], {}
    for k in range(120):
        due = 1 + k / 10
        came[f"p{due}"] = round(due * SECOND)
        rows += [row(due, person=f"p{due}"), row(due + 0.2, person=f"p{due}", step="messages")]
    judged = judge(RUNG, rows, [IN_TIME], came=came)
    assert judged.offered == 200
    assert judged.outcome == "held"
    silent = [one for one in rows if one.person != "p5.0"]
    assert judge(RUNG, silent, [IN_TIME], came=came).outcome == "unfit"
    assert time_taken(rows, came) == 300_000


@pytest.mark.parametrize(
    ("promise", "rows", "kept"),
    [
        (InTime(0.9, SECOND, "home", strictly=True), spoilt(0.1, waited=1), True),
        (InTime(0.9, SECOND, "home", strictly=True), spoilt(0.11, waited=1), False),
        (InTime(0.9, SECOND, "home"), spoilt(0.11, waited=1), True),
        (InTime(0.9, SECOND, "messages"), stream(waited=1.5), True),
        (Few("refused", 0.05), spoilt(0.04, outcome="refused"), True),
        (Few("refused", 0.05), spoilt(0.05, outcome="refused"), False),
        (Few("refused", 0.05, people=True), spoilt(0.05, outcome="refused", person="one"), True),
        (Few("refused", 0.05), spoilt(0.5, outcome="error"), True),
    ],
    ids=[
        "a quantile: as many as may be are as slow as the limit",
        "a quantile: one more is as slow as the limit",
        "within the limit, the limit included",
        "a promise of another step",
        "fewer than the limit are refused",
        "as many as the limit are refused",
        "many refusals of one person",
        "an error is no refusal",
    ],
)
def test_a_promise(promise: Kept, rows: list[Sample], kept: bool) -> None:
    """Each kind as docs/verdict.md has it."""
    judged = judge(RUNG, rows, [promise], came=None)
    assert (judged.outcome == "held") == kept, judged.why


@pytest.mark.parametrize(
    ("slos", "expected"),
    [
        ([], [IN_TIME]),
        ([Punctual(slo="punctual", share=0.95, within=SECOND)], [IN_TIME]),
        ([Refused(slo="refused", share_below=0.01)], [Few("refused", 0.01, people=True), IN_TIME]),
        (
            [Response(slo="response", step="home", quantile=0.9, below=SECOND)],
            [InTime(0.9, SECOND, "home", strictly=True), InTime(0.95, 20 * SECOND)],
        ),
        ([Response(slo="response", step="sign in", quantile=0.9, below=SECOND)], [IN_TIME]),
        ([Goodput(slo="goodput", share=0.99, within=SECOND)], [InTime(0.99, SECOND)]),
        (
            [Goodput(slo="goodput", share=0.9, within=SECOND)],
            [InTime(0.9, SECOND), InTime(0.95, 20 * SECOND)],
        ),
    ],
    ids=[
        "nothing promised: 95 % within 2 s",
        "punctuality says nothing of a load",
        "refusals alone say nothing of time",
        "a step is promised: all others must come to their right end at least",
        "a step that nobody does here",
        "goodput is of every step",
        "a low goodput: 95 % must come to their right end all the same",
    ],
)
def test_promises_of_a_profile(slos: list[Any], expected: list[Kept]) -> None:
    """What a rung is held to."""
    assert promises_of(slos, {"home", "messages"}, 20 * SECOND) == expected


@pytest.mark.parametrize(
    ("ended", "waiting", "now", "over"),
    [
        (0, 0, 5, False),
        (5, 0, 5, False),
        (6, 0, 5, True),
        (0, 6, 5, False),
        (0, 6, 6, True),
        (3, 3, 6, True),
    ],
    ids=[
        "nothing broken", "as many as may be", "one more", "six wait, not yet too long",
        "six wait for longer than the limit", "three ended too late and three wait too long",
    ],
)  # fmt: skip
def test_a_rung_is_given_up_when_it_cannot_hold_any_more(
    ended: int, waiting: int, now: float, over: bool
) -> None:
    """Of 100 attempts five may be too slow."""
    rows = [row(3.5, 3.0) for _ in range(ended)]
    open_ = [row(3.5, None) for _ in range(waiting)]
    promises = [IN_TIME]
    given_up = hopeless(RUNG, rows, open_, round(now * SECOND), promises, in_all=100)
    assert given_up == over


@pytest.mark.parametrize(
    ("cpu", "lag", "seconds", "unfit"),
    [
        (0.5, 0, 10, False), (0.95, 0, 2, False), (0.95, 0, 3, True), (0.1, 150_000, 3, True),
        (0.1, 90_000, 10, False),
    ],
    ids=["at ease", "a whole core for 2 s", "for 3 s", "150 ms late for 3 s", "90 ms late"],
)  # fmt: skip
def test_a_load_process_at_its_limit(cpu: float, lag: int, seconds: int, unfit: bool) -> None:
    """Gate (g), as in the verdict."""
    busy = [Moment(1, s * SECOND, (s + 1) * SECOND, cpu, lag) for s in range(3, 3 + seconds)]
    calm = [Moment(1, s * SECOND, (s + 1) * SECOND, 0.1, 0) for s in range(3 + seconds, 13)]
    assert bool(at_limit([*busy, *calm], RUNG.window)) == unfit


@pytest.mark.parametrize(
    ("late", "told", "unfit"),
    [(0, 10, False), (1, 10, False), (3, 10, True), (0, 5, True)],
    ids=["at ease", "one step in 200 late", "three steps in 200 late", "silent for five seconds"],
)
def test_a_starved_sandbox(late: int, told: int, unfit: bool) -> None:
    """Gate (e), as in the verdict."""
    seconds = [Second((3 + s) * SECOND, 20, late if s == 0 else 0) for s in range(told)]
    assert bool(starved(seconds, RUNG.window)) == unfit
