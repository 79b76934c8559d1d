"""Fairness: how much worse a group fares than all the others together. Pure."""

from __future__ import annotations

import math

import polars as pl

from rentree.judge import sentence
from rentree.judge.case import Case
from rentree.judge.finding import facts_of, grouped, window_of, without_rows
from rentree.judge.kinds.goodput import through
from rentree.judge.statistics import Interval, distance_p, rows_needed, share_interval
from rentree.judge.unfit import inside
from rentree.slo import Fair
from rentree.verdict import Deciding, Decision, Finding
from rentree.words import Words, both, percent


def fair(slo: Fair, case: Case) -> list[Finding]:
    """A finding a group: the share not through in time, less that of all other groups.

    The interval of the difference is made of the two shares' own (MOVER, Zou and Donner 2008,
    after Newcombe 1998): as conservative as they are. Fewer rows than can show the distance, here
    or elsewhere, show nothing.
    """
    span = window_of(slo, case.plan)
    tried = case.samples.select({"outcome", "due", "done", *slo.groups()}).filter(
        pl.col("outcome") != "not_sent", inside("due", span)
    )
    tried = tried.with_columns(broken=pl.Series(~through(tried, slo.within), dtype=pl.Boolean))
    parts = [(group, rows) for group, (rows, _) in grouped(slo, tried, case.people)]
    findings = []
    for group, rows in parts:
        others = pl.concat([tried.clear(), *(r for g, r in parts if g != group)])
        facts = facts_of(slo, group, limit=slo.apart, unit="share", count=rows.height)
        if rows.is_empty() or others.is_empty():
            findings.append(without_rows(facts))
            continue
        here, there = float(rows["broken"].mean() or 0), float(others["broken"].mean() or 0)  # type: ignore[arg-type]
        interval = _difference(
            here, share_interval(rows["broken"].to_numpy(), rows["due"].to_numpy(), span),
            there, share_interval(others["broken"].to_numpy(), others["due"].to_numpy(), span),
        )  # fmt: skip
        apart = here - there
        enough = min(rows.height, others.height) >= (rows_needed(slo.apart) or math.inf)
        decision: Decision = "undecided"
        if interval[0] > slo.apart:
            decision = "fail"
        elif enough and interval[1] < slo.apart:
            decision = "pass"
        reasons = [] if decision != "undecided" else [_open(interval, slo.apart)]
        if not enough and decision == "undecided":
            least = min(rows.height, others.height)
            reasons.insert(0, sentence.too_few(least, slo.apart, "attempts"))
        findings.append(
            Finding(
                **facts, decision=decision, measured=apart, interval=interval,
                p=distance_p(apart, interval[0], slo.apart) if apart > slo.apart else 1.0,
                deciding=Deciding(rows=None, broken=apart, touching=apart, limit=slo.apart),
                measured_text=_said(1 - here, 1 - there), reasons=reasons,
            )
        )  # fmt: skip
    return findings


def _difference(here: float, at: Interval, there: float, elsewhere: Interval) -> Interval:
    low = here - there - math.hypot(here - at[0], elsewhere[1] - there)
    high = here - there + math.hypot(at[1] - here, there - elsewhere[0])
    return max(-1.0, low), min(1.0, high)


def _said(here: float, there: float) -> Words:
    return both(
        lambda lang: {
            "fr": f"{percent(here, lang)} abouties, contre {percent(there, lang)} ailleurs",
            "en": f"{percent(here, lang)} through, against {percent(there, lang)} elsewhere",
        }[lang]
    )


def _open(interval: Interval, apart: float) -> Words:
    return both(
        lambda lang: {
            "fr": f"l’écart admis de {percent(apart, lang)} tombe dans l’intervalle à 95 % de la "
            f"différence (de {percent(interval[0], lang)} à {percent(interval[1], lang)})",
            "en": f"the {percent(apart, lang)} allowed lies inside the difference’s 95% interval "
            f"({percent(interval[0], lang)} to {percent(interval[1], lang)})",
        }[lang]
    )
