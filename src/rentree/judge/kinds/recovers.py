"""Recovery: how long after a fault's end what people try comes to its right end again. Pure.

The time to recover is counted from the end that was asked for to the first second from which on,
for `hold`, at least `share` of all attempts due were through in time (metastable failures, Huang
et al. 2022: the trigger is gone, the load stays, and goodput may not come back). What happened is
a census: exact, without an interval.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rentree.judge.case import Case
from rentree.judge.finding import facts_of, window_of
from rentree.judge.kinds.goodput import through
from rentree.judge.statistics import rows_needed
from rentree.judge.unfit import inside
from rentree.quantity import SECOND, Span
from rentree.slo import Recovers
from rentree.verdict import Decision, Finding
from rentree.words import Words, both, duration, number, percent


def recovers(slo: Recovers, case: Case) -> list[Finding]:
    """One finding: seconds from the fault's end until it is as promised, and stays so.

    A stretch with fewer attempts than can show the share shows nothing: no data is no recovery.
    """
    since, last = window_of(slo, case.plan).start, case.plan.end
    rows = case.samples.select("outcome", "due", "done").filter(
        pl.col("outcome") != "not_sent", inside("due", Span(since, last))
    )
    facts = facts_of(slo, {}, limit=slo.within / SECOND, unit="s", count=rows.height)
    within = case.plan.behaviour.patience if slo.below is None else slo.below
    good, due = through(rows, within), rows["due"].to_numpy()
    shares = _shares(slo, good, due, range(since, last - slo.hold + 1, SECOND))
    back = next(
        (moment - since for moment, share in shares if share is not None and share >= slo.share),
        None,
    )
    in_time = [share for moment, share in shares if moment - since <= slo.within]
    decision: Decision = "fail"
    reasons: list[Words] = []
    if back is not None and back <= slo.within:
        decision = "pass"
    elif not in_time or None in in_time:
        decision, reasons = "undecided", [_too_few(slo)]
    return [
        Finding(
            **facts, decision=decision, measured=None if back is None else back / SECOND,
            interval=None, reasons=reasons, measured_text=_said(slo, back, in_time),
        )
    ]  # fmt: skip


def _shares(
    slo: Recovers, good: np.ndarray, due: np.ndarray, moments: range
) -> list[tuple[int, float | None]]:
    """The share that was through in [moment, moment + hold); None: too few were tried to tell."""
    least = rows_needed(round(1 - slo.share, 12)) or 1
    found: list[tuple[int, float | None]] = []
    for moment in moments:
        here = (due >= moment) & (due < moment + slo.hold)
        count = int(here.sum())
        found.append((moment, float(good[here].mean()) if count >= least else None))
    return found


def _said(slo: Recovers, back: int | None, shares: list[float | None]) -> Words:
    known = [share for share in shares if share is not None]

    def say(lang: str) -> str:
        if back is not None:
            after = duration(back, lang)
            return {"fr": f"après {after}", "en": f"after {after}"}[lang]
        if not known:
            return {"fr": "pas constaté", "en": "not seen"}[lang]
        best = percent(max(known), lang, slo.share)
        return {
            "fr": f"pas de retour à la normale\u00a0; au mieux {best} de tentatives abouties",
            "en": f"not back to normal; at best {best} of attempts were through",
        }[lang]

    return both(say)


def _too_few(slo: Recovers) -> Words:
    least = rows_needed(round(1 - slo.share, 12)) or 1

    def say(lang: str) -> str:
        count, hold = number(least, lang), duration(slo.hold, lang)
        return {
            "fr": f"moins de {count} tentatives en {hold}, ou moins de {hold} avant la fin de "
            "l’essai\u00a0: le retour ne peut pas être montré",
            "en": f"fewer than {count} attempts within {hold}, or less than {hold} before the end "
            "of the run: recovery cannot be shown",
        }[lang]

    return both(say)
