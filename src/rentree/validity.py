"""Whether our own instrument was fit: gates (a) to (f) of docs/verdict.md, per SLO window.

`unfit` answers for one SLO: every reason for which what was measured in its window cannot
accuse the platform, nor acquit it. Where evidence may be missing that could only have made the
platform look worse, a fail stands and only a pass is refused (`fail_stands`).

The window of `punctual` reaches `within` further, to the run's end at most: until then people
may still come in.
All times are int µs of the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from rentree.evidence import Evidence
from rentree.finding import Group, in_group, window_of
from rentree.journal import Entry
from rentree.quantity import SECOND, Span
from rentree.slo import AnySlo, Punctual
from rentree.words import Words, both, duration, number, percent

Gate = Literal["a", "b", "c", "d", "e", "f"]

LATE = 100_000  # µs that an attempt may be sent late, or a tenth of the limit if that is less
LATE_SHARE = 0.01  # of the attempts, or a tenth of what the SLO tolerates if that is less
FAULT_SHARE = 0.05  # of the seconds of a fault's window in which it may not be in force
FAULT_MARGIN = SECOND  # that a fault may be in force outside its window
STARVED_SHARE = 0.01  # of the steps of the sandbox's clock that may be late
SILENT_SHARE = 0.05  # of the seconds of a window for which the sandbox may say nothing


@dataclass(frozen=True)
class Unfit:
    """One reason why a window is not fit."""

    gate: Gate
    why: Words
    fail_stands: bool = False


def unfit(slo: AnySlo, evidence: Evidence) -> list[Unfit]:
    """Every reason why the SLO's window is invalid; empty when it is sound.

    Raises:
        ValueError: the plan has no phase of that name.
    """
    span = window_of(slo, evidence.plan)
    late = slo.within if isinstance(slo, Punctual) else 0
    reach = Span(span.start, max(span.end, min(span.end + late, evidence.plan.end)))
    reasons = list(_late(slo, evidence.samples, span))
    if reach != span and not reasons:
        reasons += _late(slo, evidence.samples, reach)
    for gate in (_incomplete, _lost, _unproven_faults, _our_lines, _starved, _unfinished):
        reasons += gate(evidence, reach)
    return reasons


def unfit_group(slo: AnySlo, evidence: Evidence, group: Group) -> list[Unfit]:
    """Gate (a) within one group: lateness that the whole dilutes may be all of a school's.

    One row is let pass, since it may be more than the share of a small group by itself.
    """
    span = window_of(slo, evidence.plan)
    return list(_late(slo, in_group(evidence.samples, group), span, let_pass=1)) if group else []


def _late(slo: AnySlo, samples: pl.DataFrame, span: Span, let_pass: int = 0) -> Iterator[Unfit]:
    """(a): of the window's attempts, how many were not sent, or later than allowed.

    An ok answer to an attempt that bears no time of sending counts as late; `abandoned` rows
    are no attempts.
    """
    limit, tolerated = slo.limit_us(), slo.tolerated()
    late = LATE if limit is None else min(LATE, limit // 10)
    share = LATE_SHARE if tolerated is None else min(LATE_SHARE, tolerated / 10)
    attempts = samples.filter(_inside("due", span), pl.col("outcome") != "abandoned")
    not_sent = attempts.filter(pl.col("outcome") == "not_sent").height
    behind = attempts.filter(
        (pl.col("sent") - pl.col("due") > late)
        | (pl.col("sent").is_null() & (pl.col("outcome") == "ok"))
    ).height
    bad, count = not_sent + behind, attempts.height
    if bad <= let_pass or bad <= share * count:
        return
    yield Unfit(
        "a",
        both(
            lambda lang: {
                "fr": f"sur {number(count, lang)} tentatives, {number(not_sent, lang)} non "
                f"envoyées et {number(behind, lang)} envoyées plus de {duration(late, lang)} trop "
                f"tard par nous ({percent(bad / count, lang)}, {percent(share, lang)} admis)",
                "en": f"of {number(count, lang)} attempts, {number(not_sent, lang)} were not "
                f"sent and {number(behind, lang)} were sent more than {duration(late, lang)} late "
                f"by us ({percent(bad / count, lang)}, {percent(share, lang)} allowed)",
            }[lang]
        ),
    )


def _incomplete(evidence: Evidence, span: Span) -> Iterator[Unfit]:
    """(b): rows that must be there and are not.

    The whole crowd is listed; everybody due in the window has a row, if only a `not_sent`
    one; the numbers that a worker gave its rows have no gap (a lost worker's may).
    """
    plan, people, samples = evidence.plan, evidence.people, evidence.samples
    if people.height < plan.people:
        yield Unfit(
            "b",
            both(
                lambda lang: {
                    "fr": f"le dossier ne nomme que {number(people.height, lang)} des "
                    f"{number(plan.people, lang)} personnes prévues",
                    "en": f"the evidence names only {number(people.height, lang)} of "
                    f"{number(plan.people, lang)} people",
                }[lang]
            ),
        )
    silent = (
        people.filter(_inside("due", span))
        .join(samples.select("person").unique(), on="person", how="anti")
        .height
    )
    if silent:
        yield Unfit(
            "b",
            both(
                lambda lang: {
                    "fr": f"{number(silent, lang)} personnes attendues dans la fenêtre "
                    "n’ont aucune mesure",
                    "en": f"{number(silent, lang)} people due in the window have no sample",
                }[lang]
            ),
        )
    lost = {e["worker"] for e in _said(evidence, "worker", "lost")}
    numbers = samples.filter(~pl.col("worker").is_in(list(lost))).group_by("worker").agg(
        gap=(pl.col("seq").max() + 1 != pl.len()) | (pl.col("seq").n_unique() != pl.len())
    )  # fmt: skip
    for worker in sorted(numbers.filter("gap")["worker"]):
        yield Unfit(
            "b",
            {
                "fr": f"des mesures du processus {worker} manquent ou sont en double",
                "en": f"samples of worker {worker} are missing or twice there",
            },
        )


def _lost(evidence: Evidence, span: Span) -> Iterator[Unfit]:
    """(b): a worker that was gone before its end mark was stored.

    Invalid when the window holds a moment after its last stored row. When the window ended
    before, but by less than people's patience, attempts that were still under way are missing,
    the slow ones first: a fail stands, a pass does not. A worker of whom the journal tells
    neither an end nor a loss stored nothing that we could rely on.
    """
    ended = {e["worker"]: e["t"] for e in _said(evidence, "worker", "ended")}
    told = set(ended)
    for entry in _said(evidence, "worker", "lost"):
        worker = entry["worker"]
        if ended.get(worker, entry["t"] + 1) <= entry["t"]:
            continue
        told.add(worker)
        last = entry.get("last_stored") or 0
        if span.end + evidence.plan.behaviour.patience <= last:
            continue
        yield Unfit("b", _lost_words(worker, last, entry), fail_stands=span.end <= last)
    for worker in sorted(set(range(1, evidence.plan.workers + 1)) - told):
        yield Unfit(
            "b",
            {
                "fr": f"le journal ne dit pas que le processus {worker} ait fini",
                "en": f"the journal does not say that worker {worker} ended",
            },
        )


def _lost_words(worker: int, last: int, entry: Entry) -> Words:
    why = entry.get("why") or "?"
    return both(
        lambda lang: {
            "fr": f"processus {worker} perdu\u00a0: ses mesures s’arrêtent à "
            f"{_moment(last, lang)} ({why})",
            "en": f"worker {worker} was lost: its samples stop at {_moment(last, lang)} ({why})",
        }[lang]
    )


def _unproven_faults(evidence: Evidence, span: Span) -> Iterator[Unfit]:
    """(c): faults that were not seen to be in force as asked, or were outside their window.

    Seconds are those whose middle (k + 0.5 s) lies in the stretch. A second is in force when it
    was observed and every observation in it says so. Of the asked window at most 5 % may not
    be, and a window that overlaps it is concerned. Outside, with a margin of 1 s on each side, a
    fault must not be in force in any second of the SLO's window, and at most 5 % of those
    seconds may be unobserved.
    """
    for fault in evidence.plan.faults:
        seen: dict[int, bool] = {}
        for entry in _said(evidence, "fault", "observed"):
            if entry.get("name") == fault.name:
                second = entry["t"] // SECOND
                seen[second] = seen.get(second, True) and entry.get("in_force") is True
        asked = _seconds(fault.span)
        short = sum(not seen.get(second, False) for second in asked)
        if span.overlaps(fault.span) and (not asked or short > FAULT_SHARE * len(asked)):
            yield Unfit("c", _fault_words(fault.name, short, len(asked), "missing"))
        near = Span(fault.start - FAULT_MARGIN, fault.end + FAULT_MARGIN)
        outside = [s for s in _seconds(span) if s * SECOND + SECOND // 2 not in near]
        lingering = sum(seen.get(second, False) for second in outside)
        if lingering:
            yield Unfit("c", _fault_words(fault.name, lingering, len(outside), "outside"))
        unseen = sum(second not in seen for second in outside)
        if unseen > FAULT_SHARE * len(outside):
            yield Unfit("c", _fault_words(fault.name, unseen, len(outside), "unseen"))


def _fault_words(name: str, some: int, of: int, what: str) -> Words:
    return both(
        lambda lang: {
            "missing": {
                "fr": f"perturbation “{name}” absente ou non constatée pendant "
                f"{number(some, lang)} des {number(of, lang)} secondes demandées",
                "en": f"fault “{name}” was absent or not observed in {number(some, lang)} of the "
                f"{number(of, lang)} seconds asked",
            },
            "outside": {
                "fr": f"perturbation “{name}” constatée pendant {number(some, lang)} secondes "
                "hors de sa fenêtre",
                "en": f"fault “{name}” was in force in {number(some, lang)} seconds outside "
                "its window",
            },
            "unseen": {
                "fr": f"perturbation “{name}” non observée pendant {number(some, lang)} des "
                f"{number(of, lang)} secondes où elle devait être absente",
                "en": f"fault “{name}” was not observed in {number(some, lang)} of the "
                f"{number(of, lang)} seconds in which it had to be absent",
            },
        }[what][lang]
    )


def _our_lines(evidence: Evidence, span: Span) -> Iterator[Unfit]:
    """(d): a route of ours was down, until it is up again; our line was slow in some seconds."""
    for entry in _said(evidence, "route", "down"):
        up = [
            e["t"]
            for e in _said(evidence, "route", "up")
            if e.get("name") == entry.get("name") and e["t"] >= entry["t"]
        ]
        down = Span(entry["t"], max(entry["t"] + 1, min(up, default=span.end + entry["t"] + 1)))
        if span.overlaps(down):
            yield Unfit("d", _route_words(entry))
    slow = {
        second
        for entry in _said(evidence, "control", "slow")
        if span.overlaps(Span((second := entry["t"] // SECOND) * SECOND, (second + 1) * SECOND))
    }
    if slow:
        yield Unfit(
            "d",
            both(
                lambda lang: {
                    "fr": f"notre propre ligne a été lente pendant {number(len(slow), lang)} "
                    f"seconde(s), la première à {_moment(min(slow) * SECOND, lang)}",
                    "en": f"our own line was slow in {number(len(slow), lang)} second(s), "
                    f"first at {_moment(min(slow) * SECOND, lang)}",
                }[lang]
            ),
        )


def _route_words(entry: Entry) -> Words:
    name, why = entry.get("name", "?"), entry.get("why") or "?"
    return both(
        lambda lang: {
            "fr": f"notre route “{name}” était coupée à partir de "
            f"{_moment(entry['t'], lang)} ({why})",
            "en": f"our route “{name}” was down from {_moment(entry['t'], lang)} ({why})",
        }[lang]
    )


def _starved(evidence: Evidence, span: Span) -> Iterator[Unfit]:
    """(e): the sandbox that we started got too little of this machine.

    Late steps of its clock over all its steps, summed over the window. Until the journal says
    that it is gone, it must have spoken of 95 % of the window's seconds (one second of grace):
    if not, nothing passes, and if it never spoke at all, nothing fails either.
    """
    if evidence.plan.sandbox is None:
        return
    gone = min((e["t"] for e in _said(evidence, "platform", "gone")), default=span.end)
    rows = evidence.platform.filter(_inside("t", span))
    steps, late = int(rows["steps"].sum()), int(rows["late_steps"].sum())
    if late > STARVED_SHARE * steps:
        yield Unfit(
            "e",
            both(
                lambda lang: {
                    "fr": "cette machine a affamé le bac à sable\u00a0: "
                    f"{percent(late / steps, lang)} des pas de son horloge en retard "
                    f"({percent(STARVED_SHARE, lang)} admis)",
                    "en": f"this machine starved the sandbox: {percent(late / steps, lang)} of "
                    f"its clock's steps were late ({percent(STARVED_SHARE, lang)} allowed)",
                }[lang]
            ),
        )
    expected = max(0, min(gone, span.end, evidence.plan.end) - span.start) // SECOND
    said = rows["t"].n_unique()
    if said < (1 - SILENT_SHARE) * expected - 1 or (expected and not said):
        yield Unfit(
            "e",
            both(
                lambda lang: {
                    "fr": f"le bac à sable n’a rien dit de lui pendant "
                    f"{number(expected - said, lang)} secondes sur {number(expected, lang)}",
                    "en": f"the sandbox said nothing of itself in {number(expected - said, lang)} "
                    f"seconds of {number(expected, lang)}",
                }[lang]
            ),
            fail_stands=said > 0,
        )


def _unfinished(evidence: Evidence, span: Span) -> Iterator[Unfit]:
    """(f): a run that did not get to the end of the window.

    A run that died bears the line of whoever tidied up: it ended with its last trace at the
    latest. Within people's patience of its end, attempts may be missing: only a fail stands.
    """
    ends = _said(evidence, "run", "ended")
    why = str(ends[-1].get("why")) if ends else "?"
    if why == "finished":
        return
    end = _last_trace(evidence, ends[-1]["t"]) if ends else 0
    if span.end + evidence.plan.behaviour.patience <= end:
        return
    yield Unfit(
        "f",
        both(
            lambda lang: {
                "fr": f"l’essai n’est pas allé au bout\u00a0: arrêté à {_moment(end, lang)} ({why})"
                if ends
                else "l’essai n’est pas allé au bout\u00a0: le journal n’a pas de fin",
                "en": f"the run did not finish: it stopped at {_moment(end, lang)} ({why})"
                if ends
                else "the run did not finish: the journal has no end",
            }[lang]
        ),
        fail_stands=span.end <= end,
    )


def _last_trace(evidence: Evidence, told: int) -> int:
    rows = evidence.samples.select(pl.max_horizontal(pl.col("due").max(), pl.col("done").max()))
    seen = [e["t"] for state in ("begins", "ends") for e in _said(evidence, "phase", state)]
    seen += [e["t"] for e in _said(evidence, "fault", "observed")]
    return int(min(told, max([rows.item() or 0, *seen])))


def _said(evidence: Evidence, event: str, state: str) -> list[dict[str, Any]]:
    return [e for e in evidence.journal if e.get("event") == event and e.get("state") == state]


def _seconds(span: Span) -> range:
    half = SECOND // 2
    return range(-((half - span.start) // SECOND), -((half - span.end) // SECOND))


def _inside(column: str, span: Span) -> pl.Expr:
    return (pl.col(column) >= span.start) & (pl.col(column) < span.end)


def _moment(us: int, language: str) -> str:
    return number(us / SECOND, language, 1) + "\u00a0s"
