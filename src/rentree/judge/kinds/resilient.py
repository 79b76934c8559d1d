"""Resiliency of ISO/IEC 25045: completed under disturbance over completed without. Pure."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from rentree.judge import sentence
from rentree.judge.case import Case
from rentree.judge.finding import facts_of, grouped, window_of, without_rows
from rentree.judge.kinds.goodput import through
from rentree.judge.statistics import Interval, distance_p, rows_needed, share_interval
from rentree.judge.unfit import inside
from rentree.quantity import Span
from rentree.slo import Resilient
from rentree.verdict import Deciding, Decision, Finding
from rentree.words import Words, both, percent


def resilient(slo: Resilient, case: Case) -> list[Finding]:
    """A finding a group: the ratio of the shares that were completed in time.

    Shares of what was due, not counts a second: as many people need not be due in both phases. The
    ratio's interval takes the worst of both shares' intervals, so it is never too narrow.
    """
    span, base = window_of(slo, case.plan), case.plan.window(slo.baseline)
    within = slo.within or case.plan.behaviour.patience
    tried = case.samples.select({"outcome", "due", "done", *slo.groups()}).filter(
        pl.col("outcome") != "not_sent"
    )
    findings = []
    for group, (rows, _) in grouped(slo, tried, case.people):
        here, before = rows.filter(inside("due", span)), rows.filter(inside("due", base))
        facts = facts_of(slo, group, limit=slo.share, unit="share", count=here.height)
        if here.is_empty() or before.is_empty():
            findings.append(without_rows(facts))
            continue
        now, now_interval = _completed(here, within, span)
        then, then_interval = _completed(before, within, base)
        if then == 0:
            findings.append(without_rows(facts).model_copy(update={"reasons": [_nothing()]}))
            continue
        interval = (now_interval[0] / then_interval[1], _over(now_interval[1], then_interval[0]))
        enough = min(here.height, before.height) >= (rows_needed(slo.tolerated()) or math.inf)
        decision: Decision = "undecided"
        if interval[1] < slo.share:
            decision = "fail"
        elif enough and interval[0] > slo.share:
            decision = "pass"
        reasons = [_open(interval, slo.share)] if decision == "undecided" else []
        if reasons and not enough:
            least = min(here.height, before.height)
            reasons.insert(0, sentence.too_few(least, slo.tolerated(), "attempts"))
        findings.append(
            Finding(
                **facts, decision=decision, measured=now / then, interval=interval,
                deciding=Deciding(
                    rows=None, broken=1 - now / then, touching=1 - now / then,
                    limit=slo.tolerated(),
                ),
                p=distance_p(now / then, interval[1], slo.share) if now / then < slo.share else 1.0,
                measured_text=_said(now, then), reasons=reasons,
            )
        )  # fmt: skip
    return findings


def _completed(rows: pl.DataFrame, within: int, span: Span) -> tuple[float, Interval]:
    missed = np.asarray(~through(rows, within))
    low, high = share_interval(missed, rows["due"].to_numpy(), span)
    return 1 - float(missed.mean()), (1 - high, 1 - low)


def _over(above: float, below: float) -> float:
    return above / below if below > 0 else math.inf


def _said(now: float, then: float) -> Words:
    return both(
        lambda lang: {
            "fr": f"{percent(now / then, lang)} : {percent(now, lang)} abouties, contre "
            f"{percent(then, lang)} sans perturbation",
            "en": f"{percent(now / then, lang)}: {percent(now, lang)} completed, against "
            f"{percent(then, lang)} without disturbance",
        }[lang]
    )


def _open(interval: Interval, share: float) -> Words:
    def say(lang: str) -> str:
        low = percent(interval[0], lang)
        high = "∞" if math.isinf(interval[1]) else percent(interval[1], lang)
        return {
            "fr": f"la limite de {percent(share, lang)} tombe dans l’intervalle à 95 % du "
            f"rapport (de {low} à {high})",
            "en": f"the limit of {percent(share, lang)} lies inside the ratio’s 95% interval "
            f"({low} to {high})",
        }[lang]

    return both(say)


def _nothing() -> Words:
    return {
        "fr": "rien n’aboutissait avant la perturbation : il n’y a rien à quoi comparer",
        "en": "nothing was completed before the disturbance: there is nothing to compare to",
    }
