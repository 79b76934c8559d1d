"""Rows that cannot be: a part of gate (b) of docs/verdict.md.

A row that is due outside the run, bears an outcome that nobody knows, or lacks what every row has
may have been of any window: none is valid. One that ends before it begins spoils the window that
it is due in. A sound run has none of them, so one is enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import polars as pl

from rentree.evidence import Evidence
from rentree.judge.finding import window_of
from rentree.judge.unfit import Unfit, inside, moment
from rentree.quantity import SECOND, Span
from rentree.sample import OUTCOMES
from rentree.slo import Slo
from rentree.words import Words, both, number

SPARE = 10 * SECOND  # beyond people's patience after the end, for answers that we read late
_NEEDED = ("worker", "seq", "person", "step", "attempt", "due", "outcome")
_ASKED = ("due", "sent", "done")

_SAYS: dict[str, Words] = {
    "bare": {"fr": "sans personne, étape, échéance ou issue",
             "en": "without a person, a step, a due time or an outcome"},
    "unknown": {"fr": "dont l’issue est inconnue", "en": "with an outcome that nobody knows"},
    "stranger": {"fr": "d’un processus que le plan n’a pas",
                 "en": "of a worker that the plan does not have"},
    "outside": {"fr": "datées hors de l’essai", "en": "dated outside the run"},
    "backwards": {"fr": "finies avant d’avoir commencé, ou avant l’échéance",
                  "en": "that end before they begin, or before they are due"},
    "endless": {"fr": "abouties mais sans fin", "en": "that were ok and have no end"},
}  # fmt: skip


class _Odd(NamedTuple):
    """Rows that cannot be, and the window that they spoil; None: every one."""

    what: str
    rows: pl.DataFrame  # with `due`
    by_window: bool


def impossible(slo: Slo, evidence: Evidence) -> Iterator[Unfit]:
    """(b): samples, people, or seconds of our own figures that cannot be.

    `evidence` is that of the whole run, also where the platform ended it.
    """
    asked = window_of(slo, evidence.plan)
    span = Span(asked.start, asked.end + slo.reaches(asked.end))
    for odd in _odd_samples(evidence):
        rows = odd.rows.filter(inside("due", span)) if odd.by_window else odd.rows
        if rows.height:
            yield Unfit("b", _said(odd.what, rows))
    plan, people = evidence.plan, evidence.people
    nobody = pl.any_horizontal(pl.col("person", "due", "convened", "persona").is_null())
    strange = people.filter(
        nobody | (pl.col("due") < 0) | (pl.col("due") > plan.end) | pl.col("person").is_duplicated()
    ).height
    if strange or people.height > plan.people:
        yield Unfit("b", _crowd_words(max(strange, people.height - plan.people)))
    for name, wrong in (("monitor", _odd_monitor), ("platform", _odd_platform)):
        table = getattr(evidence, name)
        count = table.filter(pl.col("t").is_null() | (inside("t", span) & wrong())).height
        if count:
            yield Unfit("b", _figures_words(name, count))


def _odd_samples(evidence: Evidence) -> list[_Odd]:
    """What cannot be, by kind; looked for once, and kept with the evidence."""
    known: dict[Any, Any] = vars(evidence).setdefault("odd_samples", {})
    if "all" not in known:
        known["all"] = list(_looked_for(evidence))
    found: list[_Odd] = known["all"]
    return found


def misdated(evidence: Evidence) -> int:
    """Samples outside the run, or that end before they begin."""
    odd = ("outside", "backwards")
    return sum(one.rows.height for one in _odd_samples(evidence) if one.what in odd)


def _looked_for(evidence: Evidence) -> Iterator[_Odd]:
    plan, rows = evidence.plan, evidence.judged
    last = plan.end + plan.behaviour.patience + SPARE
    outcome = pl.col("outcome").cast(pl.String)
    # what we did not send has no time of its own: such people's thinking goes on in no time
    dated = pl.when(outcome == "not_sent").then(0).otherwise(pl.max_horizontal(_ASKED))
    due, sent, done = (pl.col(name) for name in _ASKED)
    backwards = (done < due) | (done < sent)
    for what, wrong, by_window in (
        ("bare", pl.any_horizontal(pl.col(_NEEDED).is_null()), False),
        ("unknown", ~outcome.is_in(OUTCOMES), False),
        ("stranger", ~pl.col("worker").is_between(1, max(1, plan.workers)), False),
        ("outside", (pl.min_horizontal(_ASKED) < 0) | (dated > last), False),
        ("backwards", backwards, True),
        ("endless", (outcome == "ok") & done.is_null(), True),
    ):
        found = rows.select("due", wrong=wrong).filter("wrong").select("due")
        if found.height:
            yield _Odd(what, found, by_window)


def _odd_monitor() -> pl.Expr:
    floats = pl.col("cpu", "line")
    return pl.any_horizontal(
        floats.is_nan() | (floats < 0) | (floats == math.inf), pl.col("loop_lag") < 0
    ).fill_null(value=False)


def _odd_platform() -> pl.Expr:
    steps, late = pl.col("steps"), pl.col("late_steps")
    return ((steps < 0) | (late < 0) | (late > steps)).fill_null(value=False)


def _said(what: str, rows: pl.DataFrame) -> Words:
    first: Any = rows["due"].min()

    def say(lang: str) -> str:
        count = number(rows.height, lang)
        at = "" if first is None else f" ({moment(first, lang)})"
        return {
            "fr": f"mesures {_SAYS[what]['fr']}\u00a0: {count}{at}",
            "en": f"samples {_SAYS[what]['en']}: {count}{at}",
        }[lang]

    return both(say)


def _crowd_words(count: int) -> Words:
    return both(
        lambda lang: {
            "fr": "personnes de trop, nommées deux fois, ou attendues hors de l’essai\u00a0: "
            f"{number(count, lang)}",
            "en": "people too many, named twice, or due outside the run: " + number(count, lang),
        }[lang]
    )


def _figures_words(name: str, count: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"lignes de raw/{name}.parquet qui ne sont pas des mesures\u00a0: "
            f"{number(count, lang)}",
            "en": f"lines of raw/{name}.parquet that are no measurements: {number(count, lang)}",
        }[lang]
    )
