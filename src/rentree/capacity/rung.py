"""One rung: a load held for some seconds, and whether the platform bore it. Pure.

Three things are asked, in this order. Were we fit (`unfit`)? Was every promise kept by what was
due in the window (`rentree.capacity.promise`)? And did the platform keep up: did as many attempts
come to their end within the window as people offered in it? Without the last one a load a tenth
too high would hold, since for some seconds a queue may grow unnoticed by any limit.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rentree.capacity.promise import Few, InTime, Kept
from rentree.capacity.search import Outcome
from rentree.feed import NOBODY_FREE
from rentree.judge.validity import LATE, LATE_SHARE
from rentree.quantity import SECOND, Span
from rentree.sample import Sample
from rentree.words import Words, both, duration, percent, things

BEHIND = 0.02  # of what was offered in a window may be missing among what came to its end in it
EDGE = 1  # attempt: what a window's edges may cut off


@dataclass(frozen=True)
class Rung:
    """A load to try. Times are µs of the run; `rate` a second."""

    number: int
    rate: float
    begins: int
    window: Span  # what is judged: after the warm-up

    @property
    def count(self) -> int:
        """How many come, or how many turns there are, warm-up included."""
        return math.ceil((self.window.end - self.begins) / SECOND * self.rate - 1e-9)

    def due(self, k: int) -> int:
        """When the k-th is due, from 0: evenly."""
        return self.begins + round(k / self.rate * SECOND)


@dataclass(frozen=True)
class Kind:
    """How a promise fared: `broken` of so many attempts or people."""

    promise: Kept
    broken: int
    of: int

    @property
    def kept(self) -> bool:
        """Whether it holds."""
        return self.promise.holds(self.broken, self.of)


@dataclass(frozen=True)
class Judged:
    """What came of a rung."""

    rung: Rung
    outcome: Outcome
    why: Words  # in a sentence; empty when it held
    offered: int  # attempts, of who came in the window
    ended: int  # attempts that came to their end in the window
    through: float  # attempts a second that came to their right end in it
    p95: int | None  # µs, of those that were due in it; None: beyond any time
    kinds: list[Kind] = field(default_factory=list)
    stopped: bool = False  # before its time: it could not hold any more
    leaks: int = 0  # attempts that were shown somebody else's page: one is too many

    @property
    def in_time(self) -> float | None:
        """The share that was through in time, of the promise of time that fared worst."""
        told = [kind for kind in self.kinds if isinstance(kind.promise, InTime)]
        worst = max(told, key=lambda k: k.broken / k.of - k.promise.tolerated, default=None)
        return None if worst is None else 1 - worst.broken / worst.of


def judge(
    rung: Rung,
    rows: Sequence[Sample],
    promises: Sequence[Kept],
    *,
    came: Mapping[str, int] | None,
    unfit: Sequence[Words] = (),
    stopped_at: int | None = None,
) -> Judged:
    """Judge a rung by all its attempts.

    `came`: who came when (µs), where people walk journeys; None: each attempt is a turn of its
    own. `unfit`: what else keeps us from judging. `stopped_at`: when it was given up.
    """
    window = rung.window
    if stopped_at is not None:
        window = Span(window.start, max(window.start + 1, min(window.end, stopped_at)))
    due = [row for row in rows if row.due in window]
    offered = sum((row.due if came is None else came.get(row.person, -1)) in window for row in rows)
    ended = [row for row in rows if row.done is not None and row.done in window]
    ok = sum(row.outcome == "ok" for row in ended)
    kinds = [_tally(promise, due) for promise in promises]
    kinds = [kind for kind in kinds if kind.of]
    reasons = [*unfit, *late(due, promises), *_untold(rung, window, due, rows, came)]
    outcome: Outcome = "held"
    if not due:
        reasons.append(_NOBODY)
    if reasons:
        outcome = "unfit"
    else:
        reasons = [_broken(kind) for kind in kinds if not kind.kept]
        missing = offered - len(ended)
        if missing > max(BEHIND * offered, EDGE):
            reasons.append(_behind(missing, offered))
        outcome = "failed" if reasons else "held"
    leaks = sum(row.outcome == "leak" for row in rows)
    if leaks:  # whatever our own fitness: we cannot have caused it
        outcome, reasons = "failed", [_leaked(leaks), *reasons]
    return Judged(
        rung, outcome, _joined(reasons), offered, len(ended),
        ok / (window.length / SECOND), _p95(due), kinds, stopped_at is not None,
        leaks,
    )  # fmt: skip


def late(due: Sequence[Sample], promises: Sequence[Kept]) -> list[Words]:
    """Gate (a) of docs/verdict.md, for a rung: attempts that we did not send in time, or at all.

    A turn that nobody could take since all were waiting is the platform's: there are as many
    people as a load that holds can need.
    """
    ours = [row for row in due if row.outcome == "not_sent" and why(row) != NOBODY_FREE]
    behind = sum(row.sent is not None and abs(row.sent - row.due) > LATE for row in due)
    attempts = sum(row.outcome != "abandoned" for row in due)
    share = min([LATE_SHARE, *(p.tolerated / 10 for p in promises)])
    if len(ours) + behind <= max(1, share * attempts):
        return []
    most = Counter(why(row) for row in ours).most_common(1)
    told = f" ({most[0][0]})" if most and most[0][0] else ""
    return [
        both(
            lambda lang: {
                "fr": f"de notre fait, {len(ours)} tentatives sur {attempts} non envoyées{told}, "
                f"{behind} en retard",
                "en": f"by our doing, {len(ours)} of {attempts} attempts were not sent{told}, "
                f"{behind} were late",
            }[lang]
        )
    ]


def _untold(
    rung: Rung,
    window: Span,
    due: Sequence[Sample],
    rows: Sequence[Sample],
    came: Mapping[str, int] | None,
) -> list[Words]:
    """Gate (b): of who was due in the window, those of whom nothing is known. No data never holds.

    Of journeys it is people who have no attempt at all, else turns.
    """
    if came is None:
        expected = sum(rung.due(k) in window for k in range(rung.count))
        missing = expected - len(due)
    else:
        known = {row.person for row in rows}
        there = [person for person, moment in came.items() if moment in window]
        expected, missing = len(there), sum(person not in known for person in there)
    if missing <= 0:
        return []
    return [
        both(
            lambda lang: {
                "fr": f"on ne sait rien de {missing} sur {expected} qui étaient dus",
                "en": f"nothing is known of {missing} of {expected} who were due",
            }[lang]
        )
    ]


def why(row: Sample) -> str:
    """What is told of an attempt that was not ok."""
    return str(json.loads(row.detail).get("why", ""))


def hopeless(
    rung: Rung, rows: Iterable[Sample], under_way: Iterable[Sample], now: int,
    promises: Sequence[Kept], *, in_all: int,
) -> bool:  # fmt: skip
    """Whether so many attempts have broken a promise that the rung cannot hold any more.

    `under_way`: attempts of which no end is known by `now`. `in_all`: attempts that are due in
    the window, at least.
    """
    due = [row for row in rows if row.due in rung.window]
    waiting = [row for row in under_way if row.due in rung.window]
    for promise in promises:
        if not isinstance(promise, InTime) or promise.step is not None:
            continue
        broken = sum(promise.broken_by(row) for row in due)
        broken += sum(now - row.due > promise.within for row in waiting)
        if not promise.holds(broken, in_all):
            return True
    return False


def time_taken(rows: Iterable[Sample], came: Mapping[str, int] | None) -> int:
    """How long nine in ten journeys (`came`: who began when) or attempts take at most, µs."""
    ends: dict[str | int, int] = {}
    for i, row in enumerate(rows):
        if row.done is None or (came is not None and row.person not in came):
            continue
        key, begun = (i, row.due) if came is None else (row.person, came[row.person])
        ends[key] = max(row.done - begun, ends.get(key, 0))
    took = sorted(ends.values())
    return took[int(len(took) * 0.9)] if took else 0


def _tally(promise: Kept, due: Sequence[Sample]) -> Kind:
    rows = [row for row in due if promise.concerns(row)]
    if getattr(promise, "people", False):
        people = {row.person for row in rows}
        return Kind(promise, len({r.person for r in rows if promise.broken_by(r)}), len(people))
    return Kind(promise, sum(promise.broken_by(row) for row in rows), len(rows))


def _p95(due: Sequence[Sample]) -> int | None:
    waits = sorted(
        row.done - row.due if row.outcome == "ok" and row.done is not None else math.inf
        for row in due
        if row.outcome != "not_sent"
    )
    if not waits:
        return None
    found = waits[min(len(waits) - 1, math.ceil(len(waits) * 0.95) - 1)]
    return None if math.isinf(found) else int(found)


def _broken(kind: Kind) -> Words:
    share = kind.broken / kind.of

    def say(lang: str) -> str:
        promise, seen = kind.promise, percent(share, lang)
        if isinstance(promise, Few):
            return {
                "fr": f"{promise.met(lang)}\u00a0: {seen}",
                "en": f"{promise.met(lang)}: {seen}",
            }[lang]
        within = duration(promise.within, lang)
        return {
            "fr": f"{promise.what(lang)}\u00a0: {seen} non abouties en {within}",
            "en": f"{promise.what(lang)}: {seen} not through in {within}",
        }[lang]

    return both(say)


def _leaked(leaks: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"données d’autrui montrées, {things(leaks, lang, 'attempts')}",
            "en": f"someone else’s data shown, {things(leaks, lang, 'attempts')}",
        }[lang]
    )


def _behind(missing: int, offered: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"ne suit pas\u00a0: {percent(missing / offered, lang)} de retard",
            "en": f"does not keep up: {percent(missing / offered, lang)} behind",
        }[lang]
    )


_NOBODY: Words = {
    "fr": "personne n’a rien tenté dans la fenêtre",
    "en": "nobody tried anything in the window",
}


def _joined(reasons: Sequence[Words]) -> Words:
    return both(
        lambda lang: {"fr": "\u00a0; ", "en": "; "}[lang].join(reason[lang] for reason in reasons)
    )
