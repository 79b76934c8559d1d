"""Used once only: whether anything was taken that must be refused. Exact. Pure."""

from __future__ import annotations

import polars as pl

from rentree.judge import sentence
from rentree.judge.case import Case
from rentree.judge.finding import facts_of, half, window_of
from rentree.judge.unfit import inside
from rentree.slo import SingleUse
from rentree.verdict import Decision, Finding
from rentree.words import Words, both, number, step


def single_use(slo: SingleUse, case: Case) -> list[Finding]:
    """A finding a step: `wrong` when it was taken, `ok` when refused; anything else tells nothing.

    One that was taken is enough. Never tried is undecided.
    """
    rows = case.samples.select("step", "outcome", "due", "detail").filter(
        inside("due", window_of(slo, case.plan))
    )
    findings = []
    for name in slo.steps:
        tried = rows.filter(pl.col("step") == name)
        taken, refused = (tried.filter(pl.col("outcome") == o).height for o in ("wrong", "ok"))
        facts = facts_of(slo, {}, limit=0.0, unit="people", count=taken + refused)
        facts = half(facts, name, both(lambda lang, name=name: step(name, lang)))  # type: ignore[misc]
        decision: Decision = "fail" if taken else "pass" if refused else "undecided"
        findings.append(
            Finding(
                **facts, decision=decision, measured=float(taken) if taken or refused else None,
                interval=None, measured_text=_said(name, taken, taken + refused),
                reasons=[sentence.no_rows()] if decision == "undecided" else [],
            )
        )  # fmt: skip
    return findings


def _said(name: str, taken: int, of: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"{step(name, lang)} : accepté {number(taken, lang)} fois sur {number(of, lang)}",
            "en": f"{step(name, lang)}: taken {number(taken, lang)} times out of "
            f"{number(of, lang)}",
        }[lang]
    )
