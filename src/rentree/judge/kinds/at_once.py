"""So many people signed in at once, for so long: a held count, exact. Pure."""

from __future__ import annotations

import polars as pl

from rentree.judge import sentence
from rentree.judge.case import Case
from rentree.judge.finding import facts_of, grouped, window_of, without_rows
from rentree.judge.sessions import level
from rentree.sample import SIGN_IN, SIGN_OUT
from rentree.slo import SignedInAtOnce
from rentree.verdict import Decision, Finding
from rentree.words import Words


def _leavings(samples: pl.DataFrame, platform: str | None) -> pl.DataFrame:
    """What says at other platforms that somebody left: a sign-out that was abandoned."""
    return samples.filter(
        pl.col("step") == SIGN_OUT, pl.col("outcome") == "abandoned",
        pl.col("platform") != platform,
    )  # fmt: skip


def signed_in_at_once(slo: SignedInAtOnce, case: Case) -> list[Finding]:
    """The largest number of open sessions that was held for so long in the window: exact.

    Undecided, never failed, where the run could not show it: a crowd or a window that is too
    small, or so many people whom we did not send that they may be what is missing.
    """
    span = window_of(slo, case.plan)
    samples, people = case.samples, case.people
    if case.everywhere is not None:  # who leaves for good does so at home, and is gone from here
        left = _leavings(case.everywhere.samples, slo.platform)
        samples = pl.concat([samples, left.join(people, on="person", how="semi")])
    if slo.persona is not None:
        samples = samples.filter(pl.col("persona") == slo.persona)
        people = people.filter(pl.col("persona") == slo.persona)
    findings = []
    for group, (rows, crowd) in grouped(slo, samples, people):
        tried = rows.filter(pl.col("step") == SIGN_IN)
        sent = tried.filter(pl.col("outcome") != "not_sent")
        count = sent["person"].n_unique()
        facts = facts_of(slo, group, limit=float(slo.at_least), unit="people", count=count)
        if sent.is_empty():
            findings.append(without_rows(facts))
            continue
        seen = level(rows, span)
        measured, longest = seen.held(slo.held), seen.longest(slo.at_least)
        unsent = tried["person"].n_unique() - count
        reasons: list[Words] = []
        if longest < slo.held:
            if span.length < slo.held:
                reasons.append(sentence.window_too_short(slo, span))
            if crowd.height < slo.at_least:
                reasons.append(sentence.crowd_too_small(slo, crowd.height))
            if unsent and measured + unsent >= slo.at_least:
                reasons.append(sentence.we_did_not_send(slo, unsent))
        missed: Decision = "undecided" if reasons else "fail"
        findings.append(
            Finding(
                **facts, decision="pass" if 0 < longest >= slo.held else missed,
                measured=float(measured), interval=None, reasons=reasons,
                measured_text=sentence.held_at_once(slo, measured, longest),
            )
        )  # fmt: skip
    return findings
