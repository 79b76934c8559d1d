"""A quantile of a step's response time, decided as a share. Pure."""

from __future__ import annotations

import numpy as np
import polars as pl

from rentree.judge import sentence
from rentree.judge.case import Case
from rentree.judge.finding import (
    decide,
    deciding,
    facts_of,
    grouped,
    why_open,
    window_of,
    without_rows,
)
from rentree.judge.statistics import quantile, quantile_interval
from rentree.judge.unfit import inside
from rentree.quantity import SECOND
from rentree.slo import Response
from rentree.verdict import Finding


def response(slo: Response, case: Case) -> list[Finding]:
    """A quantile of a step's `done - due`, over first attempts due in the window.

    The step's `abandoned` rows are among them; what was not ok is longer than any limit. Decided
    as a share: P(response > limit) fails it, P(response >= limit) passes it, against 1 - q.
    """
    span = window_of(slo, case.plan)
    looked_at = {"step", "persona", "outcome", "attempt", "due", "done", *slo.groups()}
    step = case.samples.select(looked_at).filter(
        pl.col("step") == slo.step, pl.col("outcome") != "not_sent"
    )
    doing = step["persona"].unique().cast(pl.String)
    crowd = (
        case.people.filter(pl.col("persona").is_in(doing.implode())) if len(doing) else case.people
    )
    first = step.filter(
        (pl.col("attempt") == 1) | (pl.col("outcome") == "abandoned"), inside("due", span)
    )
    findings = []
    for group, (rows, _) in grouped(slo, first, crowd):
        facts = facts_of(slo, group, limit=slo.below / SECOND, unit="s", count=rows.height)
        if rows.is_empty():
            findings.append(without_rows(facts))
            continue
        ok = (rows["outcome"] == "ok").to_numpy()
        took = (rows["done"] - rows["due"]).cast(pl.Float64).fill_null(np.inf).to_numpy()
        waited = np.where(ok, took, np.inf)
        due = rows["due"].to_numpy()
        over, touching = waited > slo.below, waited >= slo.below
        decision, interval, p = decide(over, touching, due, span, slo.tolerated())
        measured = quantile(waited, slo.quantile)
        persona = rows["persona"][0] if rows["persona"].n_unique() == 1 else None
        printed = quantile_interval(waited, due, span, slo.quantile)
        reasons = why_open(decision, over, interval, slo.tolerated(), span=span, of="attempts")
        if measured == slo.below:
            reasons = [sentence.at_the_limit()]
        said = sentence.waited(
            slo, measured, printed, persona,
            broken=float(touching.mean()), failed=decision == "fail",
        )  # fmt: skip
        findings.append(
            Finding(
                **facts, decision=decision, measured=measured / SECOND, interval=interval, p=p,
                deciding=deciding(over, touching, slo.tolerated()),
                measured_text=said, reasons=reasons,
            )
        )  # fmt: skip
    return findings
