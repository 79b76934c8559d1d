"""Availability: every slot of the window normal, slow or blocked. A census: exact. Pure."""

from __future__ import annotations

from typing import Literal

import polars as pl

from rentree.judge.case import Case
from rentree.judge.finding import facts_of, grouped, window_of, without_rows
from rentree.judge.kinds.goodput import through
from rentree.judge.unfit import inside
from rentree.quantity import SECOND, Span
from rentree.slo import Available
from rentree.verdict import Decision, Finding
from rentree.words import Words, both, duration, percent

LEAST = 20  # attempts without which a slot tells nothing (convention)
State = Literal["normal", "slow", "blocked", "untold"]


def available(slo: Available, case: Case) -> list[Finding]:
    """A finding a group: for how long it was slow or blocked, in whole slots.

    A slot is blocked when fewer than `blocked_below` of the attempts due in it came to their right
    end at all, slow when fewer than `normal` did so in time. One with fewer than LEAST attempts
    tells nothing: with it nothing passes, unless nobody was due.
    """
    span = window_of(slo, case.plan)
    tried = case.samples.select({"outcome", "due", "done", *slo.groups()}).filter(
        pl.col("outcome") != "not_sent", inside("due", span)
    )
    findings = []
    for group, (rows, _) in grouped(slo, tried, case.people):
        facts = facts_of(slo, group, limit=slo.slow_at_most / SECOND, unit="s", count=rows.height)
        if rows.is_empty():
            findings.append(without_rows(facts))
            continue
        lasted = {"normal": 0, "slow": 0, "blocked": 0, "untold": 0}
        for slot in slots(span, slo.slot):
            lasted[state(slo, rows.filter(inside("due", slot)))] += slot.length
        slow, blocked = lasted["slow"] + lasted["blocked"], lasted["blocked"]
        decision: Decision = "pass"
        if slow > slo.slow_at_most or blocked > slo.blocked_at_most:
            decision = "fail"
        elif lasted["untold"]:
            decision = "undecided"
        findings.append(
            Finding(
                **facts, decision=decision, measured=slow / SECOND, interval=None,
                measured_text=_said(lasted, slow / slo.budget),
                reasons=[_untold(lasted["untold"])] if decision == "undecided" else [],
            )
        )  # fmt: skip
    return findings


def slots(span: Span, length: int) -> list[Span]:
    """The window cut into slots, the last as long as there is."""
    return [Span(at, min(at + length, span.end)) for at in range(span.start, span.end, length)]


def state(slo: Available, rows: pl.DataFrame) -> State:
    """What the people of one slot met."""
    if rows.is_empty():
        return "normal"  # nobody was there to meet anything
    if rows.height < LEAST:
        return "untold"
    if float((rows["outcome"] == "ok").mean() or 0) < slo.blocked_below:  # type: ignore[arg-type]
        return "blocked"
    return "normal" if through(rows, slo.slow_above).mean() >= slo.normal else "slow"


def _said(lasted: dict[str, int], used: float) -> Words:
    return both(
        lambda lang: {
            "fr": f"normal {duration(lasted['normal'], lang)}, ralenti "
            f"{duration(lasted['slow'], lang)}, bloqué {duration(lasted['blocked'], lang)} ; "
            f"{percent(used, lang)} du budget d’indisponibilité d’un mois (CCAG-TIC, art. 32.4)",
            "en": f"normal {duration(lasted['normal'], lang)}, slow "
            f"{duration(lasted['slow'], lang)}, blocked {duration(lasted['blocked'], lang)}; "
            f"{percent(used, lang)} of a month’s budget of unavailability (CCAG-TIC, art. 32.4)",
        }[lang]
    )


def _untold(long: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"trop peu de tentatives pour juger {duration(long, lang)}",
            "en": f"too few attempts to tell of {duration(long, lang)}",
        }[lang]
    )
