"""The share of people who were inside in time. Pure."""

from __future__ import annotations

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
from rentree.judge.unfit import inside
from rentree.sample import SIGN_IN
from rentree.slo import Punctual
from rentree.verdict import Finding


def punctual(slo: Punctual, case: Case) -> list[Finding]:
    """The share of people due in the window who had an ok sign-in within the time, limit included.

    From the person's due time to the `done` of their first ok sign-in, whatever its phase.
    Somebody without any row was not inside; somebody whom we never sent is left out. Where the
    run ends before a person's time is up, only one who had left is sure to be late: the others
    prevent a pass and do not make a fail.
    """
    span = window_of(slo, case.plan)
    asked = case.people if slo.of == "people" else case.people.filter(pl.col("convened"))
    came_in = (
        case.samples.select("person", "step", "outcome", "done")
        .filter(pl.col("step") == SIGN_IN, pl.col("outcome") == "ok")
        .group_by("person")
        .agg(first_in=pl.col("done").min())
    )
    unsent = case.samples.group_by("person").agg(unsent=(pl.col("outcome") == "not_sent").all())
    gone = (
        case.samples.select("person", "outcome")
        .filter(outcome="abandoned")
        .select("person")
        .unique()
    )
    left = gone.with_columns(left=True)
    due_now = (
        asked.filter(inside("due", span))
        .join(came_in, on="person", how="left")
        .join(unsent.filter("unsent"), on="person", how="anti")
        .join(left, on="person", how="left")
        .with_columns(late=(pl.col("first_in") - pl.col("due") > slo.within).fill_null(True))
        .with_columns(
            sure=pl.col("late")
            & (
                pl.col("first_in").is_not_null()
                | pl.col("left").fill_null(False)
                | (pl.col("due") + slo.within <= case.plan.end)
            )
        )
    )
    findings = []
    for group, (rows, _) in grouped(slo, due_now, asked):
        facts = facts_of(slo, group, limit=slo.share, unit="share", count=rows.height)
        if rows.is_empty():
            findings.append(without_rows(facts))
            continue
        late, due = rows["late"].to_numpy(), rows["due"].to_numpy()
        sure = rows["sure"].to_numpy()
        decision, interval, p = decide(sure, late, due, span, slo.tolerated())
        inside_now = rows.height - int(late.sum())
        findings.append(
            Finding(
                **facts, decision=decision, measured=inside_now / rows.height,
                interval=(1 - interval[1], 1 - interval[0]), p=p,
                deciding=deciding(sure, late, slo.tolerated()),
                measured_text=sentence.came_in_time(slo, inside_now, rows.height),
                reasons=why_open(decision, late, interval, slo.tolerated(), span=span, of="people"),
            )
        )  # fmt: skip
    return findings
