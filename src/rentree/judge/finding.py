"""What every kind of finding is made of: window, name, groups, decision, reasons.

The rules are those of docs/verdict.md. `not_sent` enters no figure: the gates of
`rentree.judge.validity` speak of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import polars as pl

from rentree.judge import sentence
from rentree.judge.case import Case
from rentree.judge.statistics import (
    Interval,
    Marks,
    Times,
    exact_interval,
    exact_p,
    more_needed,
    rows_needed,
    share_interval,
    share_p,
)
from rentree.plan import Plan
from rentree.quantity import Span
from rentree.slo import Recovers, Slo
from rentree.verdict import Deciding, Decision, Finding
from rentree.words import Words, both

Group = dict[str, str]
_DASH = {"fr": "\u00a0: ", "en": ": "}


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


def identity(slo: Slo, group: Group) -> str:
    """The stable name of a finding: "response/sign in/bell/platform=cned/territory=grand-est"."""
    words = ({"platform": slo.platform} if slo.platform else {}) | group
    return "/".join([*slo.names(), slo.phase or "run", *(f"{k}={v}" for k, v in words.items())])


def promise(slo: Slo) -> Words:
    """The promise in words, with its figures, its window, and its day if it has one."""
    return both(slo.told)


def decide(
    broken: Marks, touching: Marks, due: Times, span: Span, tolerated: float
) -> tuple[Decision, Interval, float | None]:
    """Decide a share against what is tolerated, its 95 % interval, and the p of a fail.

    `broken` marks rows that broke the promise, `touching` those too that just met its limit: a
    strict limit passes on the latter and fails on the former. With fewer rows than
    `rows_needed` nothing passes, and the exact binomial interval alone speaks.
    """
    least = rows_needed(tolerated)
    enough = least is not None and len(broken) >= least
    if enough:
        low = share_interval(broken, due, span)[0]
        high = share_interval(touching, due, span)[1]
        p = share_p(broken, due, span, tolerated)
    else:
        low = exact_interval(int(broken.sum()), len(broken))[0]
        high = exact_interval(int(touching.sum()), len(touching))[1]
        p = exact_p(int(broken.sum()), len(broken), tolerated)
    if low > tolerated:
        return "fail", (low, high), p
    if enough and high < tolerated:
        return "pass", (low, high), p
    return "undecided", (low, high), p


def deciding(broken: Marks, touching: Marks, tolerated: float) -> Deciding:
    """What `decide` weighs, for a judge of several runs."""
    return Deciding(
        rows=len(broken), broken=int(broken.sum()), touching=int(touching.sum()), limit=tolerated
    )


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


def facts_of(slo: Slo, group: Group, *, limit: float, unit: str, count: int) -> dict[str, Any]:
    """What every finding of an SLO says of it and of its group."""
    return {
        "id": identity(slo, group), "slo": slo.word, "text": promise(slo),
        "group": group, "window": slo.phase or "", "limit": limit, "unit": unit, "count": count,
    }  # fmt: skip


def half(facts: dict[str, Any], name: str, what: Words) -> dict[str, Any]:
    """The facts of one part of a promise that has several: its own name, and its own words."""
    word = facts["slo"]
    text = both(lambda lang: f"{facts['text'][lang]}{_DASH[lang]}{what[lang]}")
    return facts | {"id": facts["id"].replace(word, f"{word}/{name}", 1), "text": text}


def without_rows(facts: dict[str, Any]) -> Finding:
    """The finding of a group of which there is no row: undecided."""
    return Finding(
        **facts, decision="undecided", measured=None, interval=None,
        measured_text=sentence.nothing(), reasons=[sentence.no_rows()],
    )  # fmt: skip


def of_share(
    slo: Slo,
    case: Case,
    rows: pl.DataFrame,
    said: Callable[[int, int], Words],
    *,
    tolerated: float,
    of: Literal["people", "attempts"],
    limit: float | None = None,
    part: tuple[str, Words] | None = None,
) -> list[Finding]:
    """A finding a group for the share of rows that are `broken`, at their `due` (µs).

    `said` words how many of how many were broken. With `limit` the promise speaks of the good
    share, and what is printed is that; without, of the broken one, and its limit is strict.
    `part`: name and words of one of several parts of the promise.
    """
    span, findings = window_of(slo, case.plan), []
    for group, (here, _) in grouped(slo, rows, case.people):
        facts = facts_of(
            slo, group, limit=tolerated if limit is None else limit, unit="share",
            count=here.height,
        )  # fmt: skip
        if part is not None:
            facts = half(facts, *part)
        if here.is_empty():
            findings.append(without_rows(facts))
            continue
        broken, due = here["broken"].to_numpy(), here["due"].to_numpy()
        decision, interval, p = decide(broken, broken, due, span, tolerated)
        many, share = int(broken.sum()), float(broken.mean())
        findings.append(
            Finding(
                **facts, decision=decision, measured=share if limit is None else 1 - share,
                interval=interval if limit is None else (1 - interval[1], 1 - interval[0]), p=p,
                deciding=deciding(broken, broken, tolerated), measured_text=said(many, here.height),
                reasons=why_open(decision, broken, interval, tolerated, span=span, of=of),
            )
        )  # fmt: skip
    return findings


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
