"""Goodput: the share of what people tried that came to its right end in time. Pure."""

from __future__ import annotations

import numpy as np
import polars as pl

from rentree.judge.case import Case
from rentree.judge.finding import of_share, window_of
from rentree.judge.statistics import Marks
from rentree.judge.unfit import inside
from rentree.slo import Goodput
from rentree.verdict import Finding
from rentree.words import Words, both, duration, number, percent, thing


def goodput(slo: Goodput, case: Case) -> list[Finding]:
    """The share of attempts due in the window, of every step, that were ok within the limit.

    Further attempts count too, and `abandoned` rows: what people meant to do and did not come to.
    Floods are no people and have no rows.
    """
    span = window_of(slo, case.plan)
    tried = case.samples.select({"outcome", "due", "done", *slo.groups()}).filter(
        pl.col("outcome") != "not_sent", inside("due", span)
    )
    tried = tried.with_columns(broken=pl.Series(~through(tried, slo.within), dtype=pl.Boolean))
    return of_share(
        slo, case, tried, lambda missed, count: _said(slo, count - missed, count),
        tolerated=slo.tolerated(), of="attempts", limit=slo.share,
    )  # fmt: skip


def through(rows: pl.DataFrame, within: int) -> Marks:
    """Which attempts were ok, at most `within` µs after they were due."""
    took = (rows["done"] - rows["due"]).cast(pl.Float64).fill_null(np.inf).to_numpy()
    ok: Marks = (rows["outcome"] == "ok").to_numpy() & (took <= within)
    return ok


def _said(slo: Goodput, good: int, of: int) -> Words:
    def say(lang: str) -> str:
        share = percent(good / of, lang, slo.share)
        some, all_of, limit = number(good, lang), number(of, lang), duration(slo.within, lang)
        what = thing(of, lang, "attempts")
        return {
            "fr": f"{share}\u00a0: {some} sur {all_of} {what} abouties en {limit} au plus",
            "en": f"{share}: {some} of {all_of} {what} through within {limit}",
        }[lang]

    return both(say)
