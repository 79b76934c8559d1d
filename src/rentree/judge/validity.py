"""Whether our own instrument was fit: gates (a) to (g) of docs/verdict.md, per SLO window.

`unfit` answers for one SLO: every reason for which what was measured in its window cannot
accuse the platform, nor acquit it. Where evidence may be missing that could only have made the
platform look worse, a fail stands and only a pass is refused (`fail_stands`).

The window of `punctual` reaches `within` further, to the run's end at most: until then people
may still come in.
All times are int µs of the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from rentree.evidence import Evidence
from rentree.journal import Entry
from rentree.judge.clocks import clocks_astray
from rentree.judge.completeness import behind, incomplete, lost, unfinished
from rentree.judge.finding import Group, parted, window_of
from rentree.judge.generator import at_limit
from rentree.judge.together import slow_together
from rentree.judge.unfit import Unfit, inside, moment, said
from rentree.presets import presets_of
from rentree.quantity import SECOND, Span
from rentree.slo import Slo
from rentree.words import (
    Words,
    because,
    both,
    duration,
    is_one,
    number,
    percent,
    phase,
    step,
    things,
)

LATE = 100_000  # µs that an attempt may be sent late, or a tenth of the limit if that is less
LATE_SHARE = 0.01  # of the attempts, or a tenth of what the SLO tolerates if that is less
FAULT_SHARE = 0.05  # of the seconds of a fault's window in which it may not be in force
FAULT_MARGIN = SECOND  # that a fault may be in force outside its window
STARVED_SHARE = 0.01  # of the steps of the sandbox's clock that may be late
_TIMES = ["due", "sent", "outcome"]
SILENT_SHARE = 0.05  # of the seconds of a window for which the sandbox may say nothing


def unfit(slo: Slo, evidence: Evidence) -> list[Unfit]:
    """Every reason why the SLO's window is invalid; empty when it is sound.

    Raises:
        ValueError: the plan has no phase of that name.
    """
    span = window_of(slo, evidence.plan)
    further = min(span.end + slo.reaches(span.end), evidence.plan.end)
    reach = Span(span.start, max(span.end, further))
    samples = evidence.judged
    reasons = list(_late(slo, samples, span, _where(slo)))
    if not reasons and (own := slo.step_of_its_own()) is not None:
        rows = samples.select("step", *_TIMES).filter(pl.col("step") == own)
        reasons += _late(slo, rows, span, _where(slo, both(lambda lang: step(own, lang))), 1)
    if reach != span and not reasons:
        where = _where(slo, further=reach.end - span.end)
        reasons += _late(slo, samples, reach, where)
    if not reasons:
        reasons += _never_started(evidence, reach.end, _forgiven(slo))
    for gate in (incomplete, behind, unproven_faults, _our_lines, clocks_astray, _starved):
        reasons += gate(evidence, reach)
    reasons += slow_together(evidence, reach, _forgiven(slo))
    settled = reach.end + slo.settled_after(evidence.plan.behaviour.patience)
    for gate_of_ends in (lost, unfinished):
        reasons += gate_of_ends(evidence, reach, settled)
    return [*at_limit(evidence, reach), *reasons]  # the cause, and what to do, before the symptoms


def _forgiven(slo: Slo) -> float:
    """The share of a window that our own unfitness may touch."""
    tolerated = slo.tolerated()
    return LATE_SHARE if tolerated is None else min(LATE_SHARE, tolerated / 10)


def unfit_group(slo: Slo, evidence: Evidence, group: Group) -> list[Unfit]:
    """Gate (a) within one group: lateness that the whole dilutes may be all of a school's.

    One row is let pass, since it may be more than the share of a small group by itself.
    """
    if not group:
        return []
    span = window_of(slo, evidence.plan)
    rows = _times_of(evidence, tuple(group)).get(tuple(group.values()))
    if rows is None:
        return []
    names = evidence.plan.territories
    where = _where(
        slo,
        both(
            lambda lang: ", ".join(
                names.get(value, {}).get(lang, value) if column == "territory" else value
                for column, value in group.items()
            )
        ),
    )
    return list(_late(slo, rows, span, where, let_pass=1))


def _times_of(evidence: Evidence, columns: tuple[str, ...]) -> dict[tuple[str, ...], pl.DataFrame]:
    """The times of each group's rows; cut once for all groups, and kept with the evidence."""
    known: dict[Any, Any] = vars(evidence).setdefault("times_of", {})
    if columns not in known:
        known[columns] = parted(evidence.judged.select(*columns, *_TIMES), columns)
    found: dict[tuple[str, ...], pl.DataFrame] = known[columns]
    return found


def _where(slo: Slo, group: Words | None = None, further: int = 0) -> Words:
    """The window in words, and so many µs after it, and the group: “sonnerie, Grand Est”."""

    def say(lang: str) -> str:
        text = phase(slo.phase or "", lang)
        if further:
            more = duration(further, lang)
            text += {"fr": f" et les {more} qui suivent", "en": f" and the {more} after it"}[lang]
        return f"{text}, {group[lang]}" if group else text

    return both(say)


def _late(
    slo: Slo, samples: pl.DataFrame, span: Span, where: Words, let_pass: int = 0
) -> Iterator[Unfit]:
    """(a): of the window's attempts, how many were not sent, or later than allowed.

    So much too early is as bad; an ok attempt that bears no time of sending counts as late;
    `abandoned` rows are no attempts.
    """
    limit, share = slo.limit_us(), _forgiven(slo)
    late = LATE if limit is None else min(LATE, limit // 10)
    off = ((pl.col("sent") - pl.col("due")).abs() > late).fill_null(False)
    untold = pl.col("sent").is_null() & (pl.col("outcome") == "ok")
    attempts = samples.lazy().filter(inside("due", span), pl.col("outcome") != "abandoned")
    unsent = pl.col("outcome") == "not_sent"
    count, not_sent, behind = (
        attempts.select(n=pl.len(), unsent=unsent.sum(), behind=(off | untold).sum())
        .collect()
        .row(0)
    )
    bad = not_sent + behind
    if bad <= let_pass or bad <= round(share * count, 9):
        return

    def say(lang: str) -> str:
        of, off = things(count, lang, "attempts"), duration(late, lang)
        none = {"fr": "aucune", "en": "none"}[lang]
        unsent, wide = (number(some, lang) if some else none for some in (not_sent, behind))
        ending = "s" if not_sent and not is_one(not_sent, lang) else ""
        seen, allowed = percent(bad / count, lang, share), percent(share, lang)
        return {
            "fr": f"sur {of} ({where[lang]}), {unsent} non envoyée{ending}, {wide} avec plus de "
            f"{off} d’écart de notre fait ({seen}, {allowed} admis)",
            "en": f"of {of} ({where[lang]}), {unsent} unsent, {wide} sent more than {off} off "
            f"time, by our doing ({seen}, {allowed} allowed)",
        }[lang]

    yield Unfit("a", both(say))


def _never_started(evidence: Evidence, until: int, forgiven: float) -> Iterator[Unfit]:
    """(a): people due before the window's end of whom we sent nothing: they do not load it.

    They have one row at their arrival, which may lie in an earlier window.
    """
    due, none = (
        people.filter(pl.col("due") < until).height
        for people in (evidence.people, evidence.never_started)
    )
    if none <= round(forgiven * due, 9):
        return
    yield Unfit(
        "a",
        both(
            lambda lang: {
                "fr": f"sur {things(due, lang, 'people')} attendues jusque-là, "
                f"{number(none, lang)} ne sont jamais parties, de notre fait "
                f"({percent(none / due, lang, forgiven)}, {percent(forgiven, lang)} admis)",
                "en": f"of {things(due, lang, 'people')} due until then, {number(none, lang)} "
                f"never started by our doing ({percent(none / due, lang, forgiven)}, "
                f"{percent(forgiven, lang)} allowed)",
            }[lang]
        ),
    )


def unproven_faults(evidence: Evidence, span: Span) -> Iterator[Unfit]:
    """(c): faults that were not seen to be in force as asked, or were outside their window.

    Seconds are those whose middle (k + 0.5 s) lies in the stretch. A second is in force when it
    was observed and every observation in it says so. Of the asked window's time at most 5 % may
    not be: what passed until the fault was applied, and the seconds after that in which it was
    not seen. A window that overlaps the asked one is concerned; and one after it, which shows no
    recovery from a fault that never was, but fails all the same. Outside, with a margin of 1 s on
    each side, a fault must not be in force in any second of the SLO's window, and at most 5 % of
    those seconds may be unobserved.
    """
    for fault in evidence.plan.faults:
        seen: dict[int, bool] = {}
        for entry in said(evidence, "fault", "observed"):
            if entry.get("name") == fault.name:
                second = entry["t"] // SECOND
                seen[second] = seen.get(second, True) and entry.get("in_force") is True
        applied = min(
            (e["t"] for e in said(evidence, "fault", "applied") if e.get("name") == fault.name),
            default=fault.end,
        )
        since = min(max(fault.start, applied), fault.end)
        looks = [seen.get(s, False) for s in _seconds(Span(since, fault.end))]
        short = since - fault.start + looks.count(False) * SECOND if looks else fault.span.length
        if fault.start < span.end and short > FAULT_SHARE * fault.span.length:
            words = _fault_words(fault.name, short / SECOND, fault.span.length / SECOND, "missing")
            yield Unfit("c", words, fail_stands=not span.overlaps(fault.span))
        near = Span(fault.start - FAULT_MARGIN, fault.end + FAULT_MARGIN)
        outside = [s for s in _seconds(span) if s * SECOND + SECOND // 2 not in near]
        lingering = sum(seen.get(second, False) for second in outside)
        if lingering:
            yield Unfit("c", _fault_words(fault.name, lingering, len(outside), "outside"))
        unseen = sum(second not in seen for second in outside)
        if unseen > round(FAULT_SHARE * len(outside), 9):
            yield Unfit("c", _fault_words(fault.name, unseen, len(outside), "unseen"))


def _fault_words(name: str, some: float, of: float, what: str) -> Words:
    return both(
        lambda lang: {
            "missing": {
                "fr": f"perturbation «\u00a0{name}\u00a0» absente ou non constatée pendant "
                f"{number(some, lang, 1)} des {number(of, lang, 1)} secondes demandées",
                "en": f"fault “{name}” was absent or not observed in {number(some, lang, 1)} "
                f"of the {number(of, lang, 1)} seconds asked",
            },
            "outside": {
                "fr": f"perturbation «\u00a0{name}\u00a0» constatée pendant "
                f"{things(some, lang, 'seconds')} hors de sa fenêtre",
                "en": f"fault “{name}” was in force in {things(some, lang, 'seconds')} outside "
                "its window",
            },
            "unseen": {
                "fr": f"perturbation «\u00a0{name}\u00a0» non observée pendant "
                f"{number(some, lang)} des {number(of, lang)} secondes où elle devait être absente",
                "en": f"fault “{name}” was not observed in {number(some, lang)} of the "
                f"{number(of, lang)} seconds in which it had to be absent",
            },
        }[what][lang]
    )


def _our_lines(evidence: Evidence, span: Span) -> Iterator[Unfit]:
    """(d): a route of ours was down, until it is up again; our line was slow in some seconds."""
    for entry in said(evidence, "route", "down"):
        up = [
            e["t"]
            for e in said(evidence, "route", "up")
            if e.get("name") == entry.get("name") and e["t"] >= entry["t"]
        ]
        since = entry["t"] - SECOND  # nobody looked in the second before
        down = Span(since, max(entry["t"] + 1, min(up, default=span.end + entry["t"] + 1)))
        if span.overlaps(down):
            yield Unfit("d", _route_words(entry))
    slow = {
        second
        for entry in said(evidence, "control", "slow")
        if span.overlaps(Span((second := entry["t"] // SECOND) * SECOND, (second + 1) * SECOND))
    }
    if slow:
        yield Unfit(
            "d",
            both(
                lambda lang: {
                    "fr": f"notre propre ligne a été lente pendant "
                    f"{things(len(slow), lang, 'seconds')}, la première à "
                    f"{moment(min(slow) * SECOND, lang)}",
                    "en": f"our own line was slow in {things(len(slow), lang, 'seconds')}, "
                    f"first at {moment(min(slow) * SECOND, lang)}",
                }[lang]
            ),
        )


def _route_words(entry: Entry) -> Words:
    name, why = entry.get("name", "?"), str(entry.get("why") or "")
    return both(
        lambda lang: {
            "fr": f"notre route «\u00a0{name}\u00a0» était coupée à partir de "
            f"{moment(entry['t'], lang)}{because(why, lang)}",
            "en": f"our route “{name}” was down from {moment(entry['t'], lang)}"
            f"{because(why, lang)}",
        }[lang]
    )


def _starved(evidence: Evidence, span: Span) -> Iterator[Unfit]:
    """(e): the sandbox that we started got too little of this machine.

    Late steps of its clock over all its steps, summed over the window. Until the journal says
    that it is gone, it must have spoken of 95 % of the window's seconds (one second of grace):
    if not, this machine kept it from running, and nothing passes or fails.
    """
    for platform in presets_of(evidence.plan.sandbox) if evidence.plan.sandbox is not None else ():
        yield from _starved_one(evidence, span, platform)


def _starved_one(evidence: Evidence, span: Span, platform: str) -> Iterator[Unfit]:
    """The same of the sandbox that plays a platform; "": all of them."""
    deaths = said(evidence, "platform", "gone")
    gone = min((e["t"] for e in deaths if e.get("name", "") == platform), default=span.end)
    rows = evidence.platform.filter(inside("t", span))
    if platform:
        rows = rows.filter(pl.col("platform") == platform)
    of = f" ({platform})" if platform else ""
    steps, late = int(rows["steps"].sum()), int(rows["late_steps"].sum())
    if late > round(STARVED_SHARE * steps, 9):
        yield Unfit(
            "e",
            both(
                lambda lang: {
                    "fr": f"cette machine a affamé le bac à sable{of}\u00a0: "
                    f"{percent(late / steps, lang)} des pas de son horloge en retard "
                    f"({percent(STARVED_SHARE, lang)} admis)",
                    "en": f"this machine starved the sandbox{of}: {percent(late / steps, lang)} of "
                    f"its clock's steps were late ({percent(STARVED_SHARE, lang)} allowed)",
                }[lang]
            ),
        )
    expected = max(0, min(gone, span.end, evidence.plan.end) - span.start) // SECOND
    told = rows["t"].n_unique()  # a second without steps is an idle one
    if told < (1 - SILENT_SHARE) * expected - 1 or (expected and not told):
        yield Unfit(
            "e",
            both(
                lambda lang: {
                    "fr": f"le bac à sable{of} n’a pas donné de nouvelles pendant "
                    f"{things(expected - told, lang, 'seconds')} sur {number(expected, lang)}",
                    "en": f"the sandbox{of} gave no news in "
                    f"{things(expected - told, lang, 'seconds')} of {number(expected, lang)}",
                }[lang]
            ),
            fail_stands=False,
        )


def _seconds(span: Span) -> range:
    half = SECOND // 2
    return range(-((half - span.start) // SECOND), -((half - span.end) // SECOND))
