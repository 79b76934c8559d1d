"""The share of people or attempts that met an outcome. Pure."""

from __future__ import annotations

import polars as pl

from rentree.judge import sentence
from rentree.judge.case import Case
from rentree.judge.finding import of_share, window_of
from rentree.judge.unfit import inside
from rentree.slo import Refused
from rentree.verdict import Finding


def refused(slo: Refused, case: Case) -> list[Finding]:
    """The share of people, or of attempts, due in the window who met the outcome.

    Of people: those whose arrival is due in the window and of whom an attempt due in it was
    sent, counted once. Of attempts: every attempt due in it; an `abandoned` row is none.
    """
    span = window_of(slo, case.plan)
    groups = slo.groups() if slo.of == "attempts" else []  # a person's are in the crowd
    attempts = (
        case.samples.select({"person", "outcome", "due", *groups})
        .filter(~pl.col("outcome").is_in(["not_sent", "abandoned"]), inside("due", span))
        .with_columns(broken=pl.col("outcome") == slo.slo)
    )
    if slo.of == "people":
        ever = attempts.group_by("person").agg(pl.col("broken").any())
        attempts = case.people.filter(inside("due", span)).join(ever, on="person", how="inner")
    return of_share(
        slo, case, attempts, lambda broken, count: sentence.turned_away(slo, broken, count),
        tolerated=slo.share_below, of=slo.of,
    )  # fmt: skip
