"""A quota: kept whatever the way in, and no refusal while there is a place. Pure."""

from __future__ import annotations

import numpy as np
import polars as pl

from rentree.judge import sentence
from rentree.judge.case import Case
from rentree.judge.finding import facts_of, half, of_share, window_of, without_rows
from rentree.judge.presence import possibly, surely
from rentree.judge.unfit import inside
from rentree.quantity import Span
from rentree.slo import Quota
from rentree.verdict import Decision, Finding
from rentree.words import Words, both, number, people, percent

_BY = r'"by"\s*:\s*"([^"]*)"'  # of a refusal's detail: who refused, where the adapter can tell

_KEPT: Words = {"fr": "tenu", "en": "kept"}
_GIVEN: tuple[str, Words] = ("given", {"fr": "donné en entier", "en": "given in full"})


def quota(slo: Quota, case: Case) -> list[Finding]:
    """Two findings: `kept`, exact, on sessions surely open; `given`, the share of refusals at which
    fewer sessions than the quota were possibly open, throughout the request.

    A quota that nobody met shows nothing: undecided.
    """
    span = window_of(slo, case.plan)
    rows = case.samples.select("person", "step", "outcome", "due", "sent", "done", "detail")
    by = pl.col("detail").str.extract(_BY)
    refused = rows.filter(
        pl.col("outcome") == "refused", inside("due", span), by.is_null() | (by == "quota")
    )
    return [_kept(slo, rows, refused.height, span), *_given(slo, case, rows, refused)]


def _kept(slo: Quota, rows: pl.DataFrame, refusals: int, span: Span) -> Finding:
    peak = int(surely(rows).most(np.array([span.start]), np.array([span.end]))[0])
    facts = facts_of(slo, {}, limit=float(slo.at_most), unit="people", count=refusals)
    facts = half(facts, "kept", _KEPT)
    decision: Decision = "pass"
    reasons: list[Words] = []
    if peak > slo.at_most:
        decision = "fail"
    elif not refusals and peak < slo.at_most:
        decision, reasons = "undecided", [_never_met()]
    return Finding(
        **facts, decision=decision, measured=float(peak), interval=None, reasons=reasons,
        measured_text=both(lambda lang: {
            "fr": f"{people(peak, lang)} en session en même temps, au moins",
            "en": f"{people(peak, lang)} signed in at once, at least"}[lang]),
    )  # fmt: skip


def _given(slo: Quota, case: Case, rows: pl.DataFrame, refused: pl.DataFrame) -> list[Finding]:
    if refused.is_empty():
        facts = facts_of(slo, {}, limit=slo.share_below, unit="share", count=0)
        none = without_rows(half(facts, *_GIVEN))
        return [none.model_copy(update={"reasons": [sentence.no_rows(), _never_met()]})]
    peaks = possibly(rows, case.plan.end).most(
        refused["sent"].fill_null(0).to_numpy().astype(np.int64),
        refused["done"].fill_null(0).to_numpy().astype(np.int64),
    )
    wrongly = refused.with_columns(broken=pl.Series(peaks < slo.at_most, dtype=pl.Boolean))
    return of_share(
        slo, case, wrongly, _said,
        tolerated=slo.share_below, of="attempts", part=_GIVEN,
    )  # fmt: skip


def _said(many: int, count: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"{number(many, lang)} refus sur {number(count, lang)} alors qu’il restait de la "
            f"place ({percent(many / count, lang)})",
            "en": f"{number(many, lang)} of {number(count, lang)} refusals while there was a place "
            f"({percent(many / count, lang)})",
        }[lang]
    )


def _never_met() -> Words:
    return {
        "fr": "le quota n’a pas été atteint : rien ne montre qu’il est tenu",
        "en": "the quota was not reached: nothing shows that it is kept",
    }
