"""What is measured against each promise, and how it is decided."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentree.evidence import PEOPLE, SAMPLES
from rentree.judge.finding import decide
from rentree.judge.measure import measure
from rentree.judge.sentence import with_time
from rentree.quantity import Span
from rentree.testing import Story, make_plan, us
from rentree.verdict import Finding

RESPONSE = {"slo": "response", "step": "sign in", "quantile": "95 %", "below": "5 s", "in": "bell",
            "each": "none"}  # fmt: skip
REFUSED = {"slo": "refused", "share_below": "10 %", "in": "bell", "each": "none"}
PUNCTUAL = {"slo": "punctual", "share": "95 %", "within": "30 s", "in": "bell", "each": "none"}
HELD = {"slo": "signed-in-at-once", "at_least": "10", "held": "20 s"}


def found(slo: dict[str, Any], tell: Callable[[Story], None], **plan: Any) -> list[Finding]:
    """The findings of one SLO about a story told from an empty one."""
    story = Story(make_plan(slos=[slo], **plan))
    tell(story)
    return findings_of(story)


def findings_of(story: Story, order: list[int] | None = None) -> list[Finding]:
    """The findings of a story's only SLO, with its samples in another order if one is given."""
    rows = [story.samples[i]._asdict() for i in order or range(len(story.samples))]
    samples = pl.DataFrame(rows, schema=SAMPLES, orient="row")
    people = pl.DataFrame(story.people, schema=PEOPLE, orient="row")
    return measure(story.plan.slos[0], story.plan, samples, people)


def crowd(story: Story, count: int, **said: Any) -> None:
    """So many people evenly in the bell, each trying to sign in."""
    for i in range(count):
        story.tries(story.person(10 + 40 * i / count), **said)


@pytest.mark.parametrize(
    ("sentence", "rows", "decision", "measured"),
    [
        ("all are quick", [("ok", 1.0, 100)], "pass", 1.0),
        ("all are slow", [("ok", 6.0, 100)], "fail", 6.0),
        ("all wait exactly the limit", [("ok", 5.0, 100)], "undecided", 5.0),
        ("six in a hundred fail at once", [("ok", 1.0, 94), ("error", 0.1, 6)], "undecided",
         math.inf),
        ("most are refused in 3 ms", [("ok", 1.0, 10), ("refused", 0.003, 90)], "fail", math.inf),
        ("all run out of patience", [("timeout", 20.0, 100)], "fail", math.inf),
        ("what is still queued is not ok", [("waiting", 1.0, 100)], "fail", math.inf),
        ("wrong content is not ok", [("wrong", 0.2, 100)], "fail", math.inf),
        ("an ok without an end is not ok", [("ok", None, 100)], "fail", math.inf),
        ("what we did not send is nothing", [("not_sent", None, 100)], "undecided", None),
        ("59 quick ones are too few for 95 %", [("ok", 1.0, 59)], "undecided", 1.0),
        ("59 slow ones are enough to fail", [("ok", 6.0, 59)], "fail", 6.0),
        ("steps that were not reached count", [("abandoned", None, 100)], "fail", math.inf),
    ],
)  # fmt: skip
def test_response(
    sentence: str, rows: list[tuple[Any, float | None, int]], decision: str, measured: float | None
) -> None:
    """A step's quantile is over first attempts and abandoned rows; what is not ok is infinite."""

    def tell(story: Story) -> None:
        for outcome, took, count in rows:
            crowd(story, count, outcome=outcome, took=took)

    [finding] = found(RESPONSE, tell)
    assert (finding.decision, finding.measured) == (decision, measured), sentence


def test_response_counts_first_attempts_only() -> None:
    """A retry that is quick does not make up for a first attempt that failed."""

    def tell(story: Story) -> None:
        for i in range(100):
            person = story.person(10 + i / 10)
            story.tries(person, outcome="error")
            story.tries(person, due=12 + i / 10, attempt=2)

    [finding] = found(RESPONSE, tell)
    assert (finding.decision, finding.count) == ("fail", 100)


def test_a_step_that_was_not_reached_counts_whatever_its_attempt() -> None:
    """An abandoned row belongs to the step's quantile even if it bears a later attempt."""
    [finding] = found(RESPONSE, lambda story: crowd(story, 100, outcome="abandoned", attempt=2))
    assert (finding.decision, finding.count) == ("fail", 100)


@pytest.mark.parametrize("broken", [0, 30, 70, 100])
def test_a_limit_at_an_end_of_the_interval_is_undecided(broken: int) -> None:
    """The interval is closed: a limit equal to one of its ends decides nothing."""
    marks, due = np.arange(100) * 37 % 100 < broken, np.arange(100, dtype=np.int64) * 10
    low, high = decide(marks, marks, due, Span(0, 1000), 0.5)[1]
    assert decide(marks, marks, due, Span(0, 1000), low)[0] == "undecided"
    assert decide(marks, marks, due, Span(0, 1000), high)[0] == "undecided"


@pytest.mark.parametrize(("due", "count"), [(9.999999, 0), (10.0, 1), (49.999999, 1), (50.0, 0)])
def test_the_window_begins_and_does_not_end_in_itself(due: float, count: int) -> None:
    """An attempt belongs to the window in which it was due: the start in, the end out."""
    [finding] = found(RESPONSE, lambda story: story.tries(story.person(due)) and None)
    assert finding.count == count


def test_a_group_without_rows_is_undecided() -> None:
    """A territory of the crowd of whom there is no row in the window stands there, undecided."""

    def tell(story: Story) -> None:
        crowd(story, 100)
        story.tries(story.person(60, territory="south"))

    north, south = found(RESPONSE | {"each": ["territory"]}, tell)
    assert (north.group, north.decision) == ({"territory": "north"}, "pass")
    assert (south.group, south.decision) == ({"territory": "south"}, "undecided")
    assert south.id == "response/sign in/bell/territory=south"


def test_personas_who_never_do_a_step_are_no_group_of_it() -> None:
    """Teachers do not hand in homework: no undecided finding says that they did not."""

    def tell(story: Story) -> None:
        crowd(story, 100, step="hand in")
        story.tries(story.person(20, persona="teacher"), "sign in")

    [finding] = found(RESPONSE | {"step": "hand in", "each": ["persona"]}, tell)
    assert finding.group == {"persona": "pupil"}


@pytest.mark.parametrize(
    ("sentence", "of", "measured", "count"),
    [
        ("a person refused twice and then in is one person refused", "people", 0.5, 2),
        ("two of the four attempts were refused", "attempts", 0.5, 4),
    ],
)
def test_refused(sentence: str, of: str, measured: float, count: int) -> None:
    """People are counted once, and a later success does not undo a refusal."""

    def tell(story: Story) -> None:
        person = story.person(10)
        story.tries(person, outcome="refused")
        story.tries(person, due=16, attempt=2, outcome="refused")
        story.tries(person, due=22, attempt=3)
        story.tries(story.person(11))
        story.tries(story.person(12), outcome="not_sent")

    [finding] = found(REFUSED | {"of": of}, tell)
    assert (finding.measured, finding.count) == (measured, count), sentence


def test_refused_after_the_window_is_not_refused_in_it() -> None:
    """Only attempts due in the window count, and only people whose arrival is due in it."""

    def tell(story: Story) -> None:
        early, now = story.person(5), story.person(20)
        story.tries(early, outcome="refused")
        story.tries(early, due=15, attempt=2, outcome="refused")
        story.tries(now)
        story.tries(now, "home", due=55, outcome="refused")

    [finding] = found(REFUSED, tell)
    assert (finding.measured, finding.count) == (0.0, 1)


def test_what_was_abandoned_is_no_attempt() -> None:
    """Rows of steps that were not reached do not water down the refused attempts."""

    def tell(story: Story) -> None:
        person = story.person(20)
        story.tries(person, outcome="refused")
        story.tries(person, "home", due=21, outcome="abandoned")

    [finding] = found(REFUSED | {"of": "attempts"}, tell)
    assert (finding.measured, finding.count) == (1.0, 1)


@pytest.mark.parametrize(
    ("sentence", "rows", "inside", "count"),
    [
        ("in at once", [("ok", 20.0, 0.5)], 1.0, 1),
        ("in exactly in time", [("ok", 20.0, 30.0)], 1.0, 1),
        ("in a microsecond late", [("ok", 20.0, 30.000001)], 0.0, 1),
        ("refused, and in by the second attempt", [("refused", 20.0, 0.1), ("ok", 40.0, 5.0)],
         1.0, 1),
        ("in by the second attempt, of the next phase", [("error", 45.0, 0.1), ("ok", 60.0, 5.0)],
         1.0, 1),
        ("never in", [("refused", 20.0, 0.1)], 0.0, 1),
        ("without any row", [], 0.0, 1),
        ("whom we never sent", [("not_sent", 20.0, None)], None, 0),
    ],
)  # fmt: skip
def test_punctual(
    sentence: str, rows: list[tuple[Any, float, float | None]], inside: float | None, count: int
) -> None:
    """From the person's due time to their first ok sign-in, the limit included."""

    def tell(story: Story) -> None:
        person = story.person(rows[0][1] if rows else 20)
        for attempt, (outcome, due, took) in enumerate(rows, 1):
            story.tries(person, due=due, outcome=outcome, took=took, attempt=attempt)

    [finding] = found(PUNCTUAL, tell)
    assert (finding.measured, finding.count) == (inside, count), sentence


def test_punctual_is_about_people_convened() -> None:
    """Who was not convened counts only when all people are asked for."""

    def tell(story: Story) -> None:
        story.tries(story.person(20))
        story.person(20, convened=False)

    assert found(PUNCTUAL, tell)[0].count == 1
    assert found(PUNCTUAL | {"of": "people"}, tell)[0].count == 2


def test_whose_time_was_not_up_at_the_end_makes_no_fail() -> None:
    """When the run ends first, people still outside prevent a pass; those who left make a fail."""
    late = PUNCTUAL | {"within": "80 s"}

    def outside(story: Story) -> None:
        crowd(story, 100, outcome="refused")
        story.people = [person | {"due": us(45)} for person in story.people]

    def gone(story: Story) -> None:
        outside(story)
        for person in list(story.people):
            story.tries(person, "home", due=50, outcome="abandoned")

    assert found(late, outside)[0].decision == "undecided"
    assert found(late, gone)[0].decision == "fail"


@pytest.mark.parametrize(
    ("sentence", "people", "slo", "decision", "measured"),
    [
        ("exactly as many", 10, {}, "pass", 10),
        ("one more than promised", 11, {}, "pass", 11),
        ("held longer than anybody stayed", 10, {"held": "95 s"}, "fail", 0),
        ("more than our crowd", 10, {"at_least": "11"}, "undecided", 10),
        ("longer than the window", 10, {"held": "101 s"}, "undecided", 0),
        ("of a persona who did not come", 10, {"persona": "teacher"}, "undecided", None),
    ],
)
def test_signed_in_at_once(
    sentence: str, people: int, slo: dict[str, Any], decision: str, measured: float | None
) -> None:
    """So many held for so long passes, exactly; what our run could not show is undecided."""
    [finding] = found(HELD | slo, lambda story: crowd(story, people, took=0.1))
    assert (finding.decision, finding.measured) == (decision, measured), sentence
    assert finding.interval is None


def test_people_whom_we_did_not_send_do_not_accuse() -> None:
    """A count that is missed by no more than we failed to send is undecided."""

    def tell(story: Story) -> None:
        crowd(story, 9)
        story.tries(story.person(20), outcome="not_sent")

    [finding] = found(HELD, tell)
    assert (finding.decision, finding.measured) == ("undecided", 9)


def test_a_phase_that_is_not_in_the_plan() -> None:
    """An SLO in a phase that the plan does not have is an error, not the whole run."""
    with pytest.raises(ValueError, match="no phase “lunch”"):
        found(RESPONSE | {"in": "lunch"}, lambda story: crowd(story, 1))


def test_what_is_said_in_french_and_english() -> None:
    """A finding says its promise and its figure in words for people."""

    def tell(story: Story) -> None:
        crowd(story, 409, took=4.2)
        crowd(story, 3, outcome="refused", took=0.1)

    [response] = found(RESPONSE, tell)
    assert response.text["fr"] == (
        "Étape «\u00a0identification\u00a0»\u00a0: 95\u00a0% des premières tentatives "
        "en moins de 5\u00a0s (sonnerie)"
    )
    assert response.measured_text["fr"] == (
        "4,2\u00a0s\u00a0: 95 élèves sur 100 ont attendu au plus 4,2\u00a0s"
    )
    assert response.measured_text["en"] == "4.2\u00a0s: 95 pupils in 100 waited 4.2\u00a0s at most"
    [refused] = found(REFUSED, tell)
    assert refused.measured_text["fr"] == "3 personnes refoulées sur 412 (0,7\u00a0%)"
    assert refused.text["en"] == "People turned away: less than 10% (bell)"


@pytest.mark.parametrize(
    ("sentence", "rows", "french", "english"),
    [
        ("what never ended has a share and no quantile",
         [("ok", 1.0, 28), ("ok", 5.0, 2), ("error", 0.1, 70)],
         ("72\u00a0% des premières tentatives n’ont pas abouti ou ont dépassé 5\u00a0s "
         "(5\u00a0% admis)"),
         "72% of first attempts did not succeed or took 5\u00a0s or longer (5% allowed)"),
        ("and so when it is undecided", [("ok", 1.0, 94), ("error", 0.1, 6)],
         ("6\u00a0% des premières tentatives n’ont pas abouti ou ont dépassé 5\u00a0s "
         "(5\u00a0% admis)"),
         "6% of first attempts did not succeed or took 5\u00a0s or longer (5% allowed)"),
        ("a share that is not all is not told as all", [("ok", 1.0, 1), ("error", 0.1, 2999)],
         ("99,97\u00a0% des premières tentatives n’ont pas abouti ou ont dépassé 5\u00a0s "
         "(5\u00a0% admis)"),
         "99.97% of first attempts did not succeed or took 5\u00a0s or longer (5% allowed)"),
        ("a finite quantile that fails stays, with the share", [("ok", 6.0, 100)],
         ("6\u00a0s\u00a0: 95 élèves sur 100 ont attendu au plus 6\u00a0s\u00a0; 100\u00a0% des "
         "premières tentatives n’ont pas abouti ou ont dépassé 5\u00a0s (5\u00a0% admis)"),
         ("6\u00a0s: 95 pupils in 100 waited 6\u00a0s at most; 100% of first attempts did not "
         "succeed or took 5\u00a0s or longer (5% allowed)")),
    ],
)  # fmt: skip
def test_a_response_that_fails_says_its_share(
    sentence: str, rows: list[tuple[Any, float, int]], french: str, english: str
) -> None:
    """The share that was not ok, or took the limit or longer, against what is tolerated."""

    def tell(story: Story) -> None:
        for outcome, took, count in rows:
            crowd(story, count, outcome=outcome, took=took)

    [finding] = found(RESPONSE, tell)
    assert finding.measured_text == {"fr": french, "en": english}, sentence


def test_an_interval_beside_a_quantile() -> None:
    """The interval is named by its 95 %, in one unit, and the quantile lies in it as printed."""

    def tell(story: Story) -> None:
        for i in range(400):
            story.tries(story.person(10 + i / 10), took=0.9 + 0.04 * (i // 40 % 5))

    [finding] = found(RESPONSE, tell)
    assert finding.measured == 1.06
    assert finding.measured_text == {
        "fr": "1,06\u00a0s (intervalle à 95\u00a0%\u00a0: de 0,98\u00a0s à 1,14\u00a0s)\u00a0: "
        "95 élèves sur 100 ont attendu au plus 1,06\u00a0s",
        "en": "1.06\u00a0s (95% interval: 0.98\u00a0s to 1.14\u00a0s): 95 pupils in 100 waited "
        "1.06\u00a0s at most",
    }


@pytest.mark.parametrize(
    ("people", "french", "english"),
    [
        (9, "jamais 10", "never 10"),
        (10, "au moins 10 pendant 53,5\u00a0s", "at least 10 for 53.5\u00a0s"),
    ],
)
def test_how_long_so_many_were_signed_in(people: int, french: str, english: str) -> None:
    """A number that was never reached is told as never, and not as 0 s."""
    [finding] = found(HELD, lambda story: crowd(story, people))
    said = finding.measured_text
    assert said["fr"] == f"{people} personnes en session en même temps pendant 20\u00a0s ({french})"
    assert said["en"] == f"{people} people signed in at once for 20\u00a0s ({english})"


def test_undecided_says_how_many_more_would_decide() -> None:
    """40 people and a limit of 1 %: how many it takes, and about how many more and how long."""
    [finding] = found(REFUSED | {"share_below": "1 %"}, lambda story: crowd(story, 40))
    few, more = (reason["fr"] for reason in finding.reasons)
    assert few == (
        "40 personnes seulement\u00a0: il en faut au moins 300 pour juger une limite de 1\u00a0%"
    )
    assert more == (
        "la limite de 1\u00a0% tombe dans l’intervalle à 95\u00a0% "
        "(de 0\u00a0% à 8,8\u00a0%)\u00a0; environ 330 personnes de plus "
        "trancheraient, soit 6\u00a0min de plus à ce rythme"
    )
    few, more = (reason["en"] for reason in finding.reasons)
    assert few == "only 40 people: judging a limit of 1% takes at least 300"
    assert more == (
        "the limit of 1% falls in the 95% interval (0% to 8.8%); about 330 more people would "
        "decide, that is 6\u00a0min more at this rate"
    )


def test_attempts_that_are_too_few_are_called_attempts() -> None:
    """A quantile is of attempts, and less than two minutes are told in seconds."""
    [finding] = found(RESPONSE, lambda story: crowd(story, 50))
    few, more = (reason["fr"] for reason in finding.reasons)
    assert few.startswith("50 tentatives seulement\u00a0: il en faut au moins 60 pour")
    assert more.endswith("tentatives de plus trancheraient, soit 18\u00a0s de plus à ce rythme")


@pytest.mark.parametrize(
    ("us_more", "french"),
    [(400_000, "1\u00a0s"), (119_000_000, "119\u00a0s"), (119_000_001, "2\u00a0min"),
     (120_000_001, "3\u00a0min")],
)  # fmt: skip
def test_how_long_more_would_take(us_more: int, french: str) -> None:
    """Seconds below two minutes, minutes from there on, rounded up."""
    assert with_time({"fr": "x", "en": "x"}, us_more)["fr"] == (
        f"x, soit {french} de plus à ce rythme"
    )


ROWS = st.lists(
    st.tuples(
        st.integers(0, 999),
        st.sampled_from(["ok", "refused", "error", "not_sent"]),
        st.sampled_from([0.1, 4.9, 5.0, 5.1, 9.0]),
    ),
    max_size=150,
)


def told(slo: dict[str, Any], rows: list[tuple[int, str, float]]) -> Story:
    """A story of people in the bell with one attempt each."""
    story = Story(make_plan(slos=[slo]))
    for place, outcome, took in rows:
        story.tries(story.person(10 + 0.04 * place), took=took, outcome=outcome)  # type: ignore[arg-type]
    return story


@given(ROWS, st.sampled_from([(RESPONSE, 0.05), (REFUSED, 0.1), (PUNCTUAL, 0.95)]))
def test_pass_never_with_the_limit_in_the_interval(
    rows: list[tuple[int, str, float]], promise: tuple[dict[str, Any], float]
) -> None:
    """Whatever the rows, nothing passes or fails while the closed interval holds the limit."""
    slo, limit = promise
    [finding] = findings_of(told(slo, rows))
    if finding.interval is not None and finding.interval[0] <= limit <= finding.interval[1]:
        assert finding.decision == "undecided"
    if finding.decision == "pass":
        assert finding.count * min(limit, 1 - limit) >= 3 - 1e-9


@given(
    ROWS, st.randoms(use_true_random=False), st.sampled_from([RESPONSE, REFUSED, PUNCTUAL, HELD])
)
def test_the_order_of_rows_changes_nothing(
    rows: list[tuple[int, str, float]], random: Any, slo: dict[str, Any]
) -> None:
    """The same rows in another order give the same findings to the last bit."""
    story = told(slo, rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    assert findings_of(story) == findings_of(story, order)


RANK = {"pass": 0, "undecided": 1, "fail": 2}


@given(ROWS, st.integers(0, 999))
def test_one_more_failure_never_acquits(rows: list[tuple[int, str, float]], place: int) -> None:
    """An added row that is not ok never betters the measure, nor turns a fail into a pass."""
    [before] = findings_of(told(RESPONSE, rows))
    [after] = findings_of(told(RESPONSE, [*rows, (place, "error", 0.1)]))
    assert not (before.decision == "fail" and after.decision == "pass")
    if before.measured is not None:
        assert after.measured is not None
        assert after.measured >= before.measured


@given(st.integers(0, 59), st.data())
def test_one_more_failure_never_betters_an_exact_decision(count: int, data: Any) -> None:
    """Where the exact interval speaks alone, an added failure never improves the decision."""
    bad = data.draw(st.integers(0, count))
    span = Span(0, 1000)

    def rank(broken: int, rows: int) -> int:
        marks = np.arange(rows) < broken
        due = np.zeros(rows, dtype=np.int64)
        return RANK[decide(marks, marks, due, span, 0.05)[0]]

    assert rank(bad + 1, count + 1) >= rank(bad, count)


@pytest.mark.parametrize(
    ("outcome", "decision"),
    [("ok", "undecided"), ("refused", "fail")],  # seen none: no proof; seen them: proof enough
)
def test_an_adapter_that_knows_no_refusal_cannot_acquit(outcome: Any, decision: str) -> None:
    """What an adapter cannot tell makes a pass undecided; what it did see still counts."""

    def tell(story: Story) -> None:
        for i in range(400):
            story.tries(story.person(10 + i / 20), outcome=outcome)
        story.plan = story.plan.model_copy(update={"tells_refusal": False})

    [finding] = found(REFUSED, tell)
    assert finding.decision == decision
    if outcome == "ok":
        assert "does not know what a refusal looks like" in finding.reasons[0]["en"]
        assert finding.deciding is None  # nor do several runs weigh it


def test_an_adapter_that_cannot_tell_whose_a_page_is_acquits_of_no_leak() -> None:
    """That it saw no page of others shows nothing; what it was told of sessions still counts."""

    def tell(story: Story) -> None:
        for i in range(40):
            story.tries(story.person(10 + i), told={"session": f"s{i}"})
        story.plan = story.plan.model_copy(update={"identifies": False})

    found_ = {f.id.split("/")[1]: f.decision for f in found({"slo": "no-leak"}, tell)}
    assert found_ == {"pages": "undecided", "sessions": "undecided", "caches": "undecided"}
