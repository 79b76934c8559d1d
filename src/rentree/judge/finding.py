"""What was measured against each promise: one pure function a kind of SLO, one finding a group.

The rules are those of docs/verdict.md. `not_sent` enters no figure: the gates of
`rentree.judge.validity` speak of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import polars as pl

from rentree.judge import sentence
from rentree.judge.promise import promise
from rentree.judge.sessions import level
from rentree.judge.statistics import (
    Interval,
    Marks,
    Times,
    exact_interval,
    more_needed,
    quantile,
    quantile_interval,
    rows_needed,
    share_interval,
)
from rentree.judge.unfit import inside
from rentree.plan import Plan
from rentree.quantity import SECOND, Span
from rentree.sample import SIGN_IN
from rentree.slo import AnySlo, Goodput, Punctual, Recovers, Refused, Response, SignedInAtOnce, Slo
from rentree.verdict import Decision, Finding
from rentree.words import Words

Group = dict[str, str]


def window_of(slo: Slo, plan: Plan) -> Span:
    """The SLO's window, [start, end) µs.

    Raises:
        ValueError: the plan has no phase, or no fault, of that name.
    """
    if isinstance(slo, Recovers):
        ends = [fault.end for fault in plan.faults_named(slo.after)]
        if not ends:
            raise ValueError(f"the plan has no fault “{slo.after}”")
        return Span(max(ends), min(max(ends) + slo.within + slo.hold, plan.end))
    if slo.phase is not None and slo.phase not in {p.name for p in plan.phases}:
        raise ValueError(f"the plan has no phase “{slo.phase}”")
    return plan.window(slo.phase)


def identity(slo: AnySlo, group: Group) -> str:
    """The stable name of a finding: "response/sign in/bell/territory=grand-est"."""
    if isinstance(slo, Response):
        parts = ["response", slo.step]
    elif isinstance(slo, Refused):
        parts = ["refused", slo.of]
    elif isinstance(slo, Punctual):
        parts = ["punctual"]
    elif isinstance(slo, Goodput):
        parts = ["goodput"]
    elif isinstance(slo, Recovers):
        parts = ["recovers", slo.after]
    else:
        parts = ["signed-in-at-once", slo.persona or "everybody"]
    return "/".join([*parts, slo.phase or "run", *(f"{k}={v}" for k, v in group.items())])


def decide(
    broken: Marks, touching: Marks, due: Times, span: Span, tolerated: float
) -> tuple[Decision, Interval]:
    """Decide a share against what is tolerated, and its 95 % interval.

    `broken` marks rows that broke the promise, `touching` those too that just met its limit: a
    strict limit passes on the latter and fails on the former. With fewer rows than
    `rows_needed` nothing passes, and the exact binomial interval alone speaks.
    """
    least = rows_needed(tolerated)
    enough = least is not None and len(broken) >= least
    if enough:
        low = share_interval(broken, due, span)[0]
        high = share_interval(touching, due, span)[1]
    else:
        low = exact_interval(int(broken.sum()), len(broken))[0]
        high = exact_interval(int(touching.sum()), len(touching))[1]
    if low > tolerated:
        return "fail", (low, high)
    if enough and high < tolerated:
        return "pass", (low, high)
    return "undecided", (low, high)


def response(
    slo: Response, plan: Plan, samples: pl.DataFrame, people: pl.DataFrame
) -> list[Finding]:
    """A quantile of a step's `done - due`, over first attempts due in the window.

    The step's `abandoned` rows are among them; what was not ok is longer than any limit. Decided
    as a share: P(response > limit) fails it, P(response >= limit) passes it, against 1 - q.
    """
    span = window_of(slo, plan)
    looked_at = {"step", "persona", "outcome", "attempt", "due", "done", *slo.groups()}
    step = samples.select(looked_at).filter(
        pl.col("step") == slo.step, pl.col("outcome") != "not_sent"
    )
    doing = step["persona"].unique().cast(pl.String)
    crowd = people.filter(pl.col("persona").is_in(doing.implode())) if len(doing) else people
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
        decision, interval = decide(over, touching, due, span, slo.tolerated())
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
                **facts, decision=decision, measured=measured / SECOND, interval=interval,
                measured_text=said, reasons=reasons,
            )
        )  # fmt: skip
    return findings


def refused(slo: Refused, plan: Plan, samples: pl.DataFrame, people: pl.DataFrame) -> list[Finding]:
    """The share of people, or of attempts, due in the window whom the platform turned away.

    Of people: those whose arrival is due in the window and of whom an attempt due in it was
    sent, counted once. Of attempts: every attempt due in it; an `abandoned` row is none.
    """
    span = window_of(slo, plan)
    attempts = (
        samples.select({"person", "outcome", "due", *slo.groups()})
        .filter(~pl.col("outcome").is_in(["not_sent", "abandoned"]), inside("due", span))
        .with_columns(broken=pl.col("outcome") == "refused")
    )
    if slo.of == "people":
        ever = attempts.group_by("person").agg(pl.col("broken").any())
        attempts = people.filter(inside("due", span)).join(ever, on="person", how="inner")
    findings = []
    for group, (rows, _) in grouped(slo, attempts, people):
        facts = facts_of(slo, group, limit=slo.share_below, unit="share", count=rows.height)
        if rows.is_empty():
            findings.append(without_rows(facts))
            continue
        broken, due = rows["broken"].to_numpy(), rows["due"].to_numpy()
        decision, interval = decide(broken, broken, due, span, slo.share_below)
        many = int(broken.sum())
        findings.append(
            Finding(
                **facts, decision=decision, measured=many / rows.height, interval=interval,
                measured_text=sentence.turned_away(slo, many, rows.height),
                reasons=why_open(decision, broken, interval, slo.share_below, span=span, of=slo.of),
            )
        )  # fmt: skip
    return findings


def punctual(
    slo: Punctual, plan: Plan, samples: pl.DataFrame, people: pl.DataFrame
) -> list[Finding]:
    """The share of people due in the window who had an ok sign-in within the time, limit included.

    From the person's due time to the `done` of their first ok sign-in, whatever its phase.
    Somebody without any row was not inside; somebody whom we never sent is left out. Where the
    run ends before a person's time is up, only one who had left is sure to be late: the others
    prevent a pass and do not make a fail.
    """
    span = window_of(slo, plan)
    asked = people if slo.of == "people" else people.filter(pl.col("convened"))
    came_in = (
        samples.select("person", "step", "outcome", "done")
        .filter(pl.col("step") == SIGN_IN, pl.col("outcome") == "ok")
        .group_by("person")
        .agg(first_in=pl.col("done").min())
    )
    unsent = samples.group_by("person").agg(unsent=(pl.col("outcome") == "not_sent").all())
    gone = samples.select("person", "outcome").filter(outcome="abandoned").select("person").unique()
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
                | (pl.col("due") + slo.within <= plan.end)
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
        decision, interval = decide(rows["sure"].to_numpy(), late, due, span, slo.tolerated())
        inside_now = rows.height - int(late.sum())
        findings.append(
            Finding(
                **facts, decision=decision, measured=inside_now / rows.height,
                interval=(1 - interval[1], 1 - interval[0]),
                measured_text=sentence.came_in_time(slo, inside_now, rows.height),
                reasons=why_open(decision, late, interval, slo.tolerated(), span=span, of="people"),
            )
        )  # fmt: skip
    return findings


def signed_in_at_once(
    slo: SignedInAtOnce, plan: Plan, samples: pl.DataFrame, people: pl.DataFrame
) -> list[Finding]:
    """The largest number of open sessions that was held for so long in the window: exact.

    Undecided, never failed, where the run could not show it: a crowd or a window that is too
    small, or so many people whom we did not send that they may be what is missing.
    """
    span = window_of(slo, plan)
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


def grouped(
    slo: Slo, rows: pl.DataFrame, crowd: pl.DataFrame
) -> Iterator[tuple[Group, tuple[pl.DataFrame, pl.DataFrame]]]:
    """Each group in sorted order with its rows and its people; the whole when none is asked.

    A group of the crowd without rows is a group all the same: nothing is known of it.
    """
    columns = slo.groups()
    if not columns:
        yield {}, (rows, crowd)
        return
    words = [frame.select(columns).unique().cast(pl.String) for frame in (rows, crowd)]
    present = pl.concat(words).unique().sort(columns)
    if present.is_empty():  # nobody at all: one finding says so
        yield {}, (rows, crowd)
    rows_of, crowd_of = parted(rows, columns), parted(crowd, columns)
    for group in present.iter_rows(named=True):
        key = tuple(group.values())
        yield group, (rows_of.get(key, rows.clear()), crowd_of.get(key, crowd.clear()))


def parted(rows: pl.DataFrame, columns: Sequence[str]) -> dict[tuple[str, ...], pl.DataFrame]:
    """The rows of each group, in their order."""
    return rows.partition_by(columns, as_dict=True)


def facts_of(slo: AnySlo, group: Group, *, limit: float, unit: str, count: int) -> dict[str, Any]:
    """What every finding of an SLO says of it and of its group."""
    return {
        "id": identity(slo, group), "slo": slo.slo, "text": promise(slo),
        "group": group, "window": slo.phase or "", "limit": limit, "unit": unit, "count": count,
    }  # fmt: skip


def without_rows(facts: dict[str, Any]) -> Finding:
    """The finding of a group of which there is no row: undecided."""
    return Finding(
        **facts, decision="undecided", measured=None, interval=None,
        measured_text=sentence.nothing(), reasons=[sentence.no_rows()],
    )  # fmt: skip


def why_open(
    decision: Decision,
    broken: Marks,
    interval: Interval,
    tolerated: float,
    *,
    span: Span,
    of: Literal["people", "attempts"],
) -> list[Words]:
    """Why a share is undecided, and about how much more would decide it; empty otherwise."""
    if decision != "undecided":
        return []
    count = len(broken)
    share = float(broken.mean())
    more = more_needed(share, interval, count, tolerated)
    reasons = [sentence.limit_inside(interval, tolerated, more, of)]
    least = rows_needed(tolerated)
    if least is None or count < least:
        reasons.insert(0, sentence.too_few(count, tolerated, of))
    if more is not None:
        reasons[-1] = sentence.with_time(reasons[-1], span.length * more // count)
    return reasons
