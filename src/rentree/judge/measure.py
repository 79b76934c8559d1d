"""What was measured against each promise: a pure function for each kind of SLO, one file each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl

from rentree import slo as kinds
from rentree.evidence import Evidence
from rentree.judge import sentence
from rentree.judge.case import Case
from rentree.judge.finding import facts_of, window_of, without_rows
from rentree.judge.kinds.agrees import agrees
from rentree.judge.kinds.at_once import signed_in_at_once
from rentree.judge.kinds.available import available
from rentree.judge.kinds.classes import classes_can_start
from rentree.judge.kinds.fair import fair
from rentree.judge.kinds.fresh import fresh
from rentree.judge.kinds.gate import gate
from rentree.judge.kinds.goodput import goodput
from rentree.judge.kinds.no_leak import no_leak
from rentree.judge.kinds.nothing_lost import nothing_lost
from rentree.judge.kinds.punctual import punctual
from rentree.judge.kinds.queue_fair import queue_fair
from rentree.judge.kinds.quota import quota
from rentree.judge.kinds.recovers import recovers
from rentree.judge.kinds.refused import refused
from rentree.judge.kinds.refuses_well import refuses_well
from rentree.judge.kinds.resilient import resilient
from rentree.judge.kinds.response import response
from rentree.judge.kinds.same_for_all import same_for_all
from rentree.judge.kinds.session_time import session_time
from rentree.judge.kinds.single_use import single_use
from rentree.plan import Plan
from rentree.slo import NoLeak, Refused, Slo
from rentree.verdict import Finding
from rentree.words import Words

MEASURES: dict[type[Slo], Callable[[Any, Case], list[Finding]]] = {
    kinds.Agrees: agrees,
    kinds.Available: available,
    kinds.ClassesCanStart: classes_can_start,
    kinds.Fair: fair,
    kinds.Fresh: fresh,
    kinds.Gate: gate,
    kinds.Goodput: goodput,
    kinds.NoLeak: no_leak,
    kinds.NothingLost: nothing_lost,
    kinds.Punctual: punctual,
    kinds.QueueFair: queue_fair,
    kinds.Quota: quota,
    kinds.Recovers: recovers,
    kinds.Refused: refused,
    kinds.RefusesWell: refuses_well,
    kinds.Resilient: resilient,
    kinds.Response: response,
    kinds.SameForAll: same_for_all,
    kinds.SessionTime: session_time,
    kinds.SignedInAtOnce: signed_in_at_once,
    kinds.SingleUse: single_use,
}


def measure(
    slo: Slo,
    plan: Plan,
    samples: pl.DataFrame,
    people: pl.DataFrame,
    evidence: Evidence | None = None,
) -> list[Finding]:
    """The findings of one SLO, groups in sorted order.

    With a `platform`: of what was tried there, and of those who tried anything there.

    Raises:
        TypeError: a kind that this judge does not know.
        ValueError: the plan has no phase of that name.
    """
    if type(slo) not in MEASURES:
        raise TypeError(f"no judge for an SLO of the kind {type(slo).__name__}")
    window_of(slo, plan)
    case = Case(plan, samples, people, evidence)
    if slo.platform is not None:
        case = case.at(slo.platform)
    findings = MEASURES[type(slo)](slo, case)
    if isinstance(slo, Refused) and slo.slo == "refused" and not plan.tells_refusal:
        findings = [_never_passed(f, sentence.refusals_unknown()) for f in findings]
    if isinstance(slo, NoLeak) and not plan.identifies:
        findings = [_never_passed(f, sentence.owners_unknown()) for f in findings]
    return [*findings, *_nobody_of(slo, case, findings)]


def _never_passed(finding: Finding, why: Words) -> Finding:
    """What an adapter cannot see it has not seen: that is no pass, of one run or of several."""
    if finding.decision != "pass":
        return finding
    return finding.model_copy(
        update={"decision": "undecided", "reasons": [why], "deciding": None}
    )  # fmt: skip


def _nobody_of(slo: Slo, case: Case, findings: list[Finding]) -> Iterator[Finding]:
    """Groups of whom nobody reached the platform to which their journey leads: undecided.

    Who is meant to go there is known by the personas of which somebody did, where a step is done
    there (`steps_at`) and all territories have the same journeys.
    """
    columns, plan = slo.groups(), case.plan
    leads = slo.platform in plan.steps_at.values() and not plan.journeys_apart
    if case.everywhere is None or not columns or not leads or case.people.is_empty():
        return
    meant = case.everywhere.people.join(case.people, on="persona", how="semi")
    known = [finding.group for finding in findings]
    for group in meant.select(columns).unique().cast(pl.String).sort(columns).iter_rows(named=True):
        if group not in known:
            one = findings[0]
            yield without_rows(facts_of(slo, group, limit=one.limit, unit=one.unit, count=0))
