"""What was measured against each promise: a pure function for each kind of SLO."""

from __future__ import annotations

import polars as pl

from rentree.judge import sentence
from rentree.judge.finding import punctual, refused, response, signed_in_at_once, window_of
from rentree.judge.goodput import goodput
from rentree.judge.recovers import recovers
from rentree.plan import Plan
from rentree.slo import AnySlo, Goodput, Punctual, Recovers, Refused, Response, SignedInAtOnce
from rentree.verdict import Finding


def measure(slo: AnySlo, plan: Plan, samples: pl.DataFrame, people: pl.DataFrame) -> list[Finding]:
    """The findings of one SLO, groups in sorted order.

    Raises:
        TypeError: a kind that this judge does not know.
        ValueError: the plan has no phase of that name.
    """
    window_of(slo, plan)
    if isinstance(slo, Response):
        return response(slo, plan, samples, people)
    if isinstance(slo, Refused):
        findings = refused(slo, plan, samples, people)
        return findings if plan.tells_refusal else [_never_passed(f) for f in findings]
    if isinstance(slo, Punctual):
        return punctual(slo, plan, samples, people)
    if isinstance(slo, SignedInAtOnce):
        return signed_in_at_once(slo, plan, samples, people)
    if isinstance(slo, Goodput):
        return goodput(slo, plan, samples, people)
    if isinstance(slo, Recovers):
        return recovers(slo, plan, samples)
    raise TypeError(f"no judge for an SLO of the kind {type(slo).__name__}")


def _never_passed(finding: Finding) -> Finding:
    """An adapter that does not know a refusal when it sees one shows none: that is no pass."""
    if finding.decision != "pass":
        return finding
    reasons = [sentence.refusals_unknown()]
    return finding.model_copy(update={"decision": "undecided", "reasons": reasons})
