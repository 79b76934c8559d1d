"""Goodput: the share of what people tried that came to its right end in time. Pure."""

from __future__ import annotations

import numpy as np
import polars as pl

from rentree.judge.finding import decide, facts_of, grouped, why_open, window_of, without_rows
from rentree.judge.statistics import Marks
from rentree.judge.unfit import inside
from rentree.plan import Plan
from rentree.slo import Goodput
from rentree.verdict import Finding
from rentree.words import Words, both, duration, number, percent, thing


def goodput(slo: Goodput, plan: Plan, samples: pl.DataFrame, people: pl.DataFrame) -> list[Finding]:
    """The share of attempts due in the window, of every step, that were ok within the limit.

    Further attempts count too, and `abandoned` rows: what people meant to do and did not come to.
    Floods are no people and have no rows.
    """
    span = window_of(slo, plan)
    tried = samples.select({"outcome", "due", "done", *slo.groups()}).filter(
        pl.col("outcome") != "not_sent", inside("due", span)
    )
    findings = []
    for group, (rows, _) in grouped(slo, tried, people):
        facts = facts_of(slo, group, limit=slo.share, unit="share", count=rows.height)
        if rows.is_empty():
            findings.append(without_rows(facts))
            continue
        missed, due = ~through(rows, slo.within), rows["due"].to_numpy()
        decision, interval = decide(missed, missed, due, span, slo.tolerated())
        good = rows.height - int(missed.sum())
        findings.append(
            Finding(
                **facts, decision=decision, measured=good / rows.height,
                interval=(1 - interval[1], 1 - interval[0]),
                measured_text=_said(slo, good, rows.height),
                reasons=why_open(
                    decision, missed, interval, slo.tolerated(), span=span, of="attempts"
                ),
            )
        )  # fmt: skip
    return findings


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
