"""Whether remote workers' times are the run's: a part of gate (d) of docs/verdict.md.

A worker on another machine translates the start of the run to its own clock once, and says every
few seconds how far that may be off by now. Beyond `LIMIT` its rows are dated by a clock of which
nobody knows what it showed, and so they are when it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rentree import clock_relation
from rentree.evidence import Evidence
from rentree.judge.unfit import Unfit, moment, said
from rentree.quantity import SECOND, Span
from rentree.words import Words, both, number, unit

LIMIT = clock_relation.LIMIT // 1000  # µs: a tenth of what gate (a) lets a person be late
UNTOLD = 15 * SECOND  # a clock of which nothing was said for so long is not known


def clocks_astray(evidence: Evidence, span: Span) -> Iterator[Unfit]:
    """(d): a remote worker's clock was off, or not known, in the window."""
    for worker in sorted(e["worker"] for e in said(evidence, "worker", "ready") if "about" in e):
        end = min(
            (e["t"] for s in ("ended", "lost") for e in said(evidence, "worker", s)
             if e["worker"] == worker), default=evidence.plan.end,
        )  # fmt: skip
        told = [e for e in said(evidence, "worker", "clock") if e["worker"] == worker]
        times = [0, *(e["t"] for e in told), max(end, 0)]
        off = [
            (abs(e["drift"]) + e["error"], at)
            for i, (at, e) in enumerate(zip(times[1:], told, strict=False))
            if abs(e["drift"]) + e["error"] > LIMIT
            and span.overlaps(Span(times[i], max(times[i + 2], at + 1)))
        ]
        if off:
            yield Unfit("d", _astray_words(worker, *max(off)))
        for since, until in pairwise(times):
            if until - since > UNTOLD and span.overlaps(Span(since, until)):
                yield Unfit("d", _untold_words(worker, since, until))
                break


def _astray_words(worker: int, off: int, at: int) -> Words:
    def ms(us: int, lang: str) -> str:
        return unit(number(us / 1000, lang, 1), "ms", lang)

    return both(
        lambda lang: {
            "fr": f"l’horloge du processus {worker} pouvait être fausse de {ms(off, lang)} "
            f"à {moment(at, lang)} ({ms(LIMIT, lang)} admises)",
            "en": f"the clock of worker {worker} may have been off by {ms(off, lang)} "
            f"at {moment(at, lang)} ({ms(LIMIT, lang)} allowed)",
        }[lang]
    )


def _untold_words(worker: int, since: int, until: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"rien ne dit ce que montrait l’horloge du processus {worker} entre "
            f"{moment(since, lang)} et {moment(until, lang)}",
            "en": f"nothing tells what the clock of worker {worker} showed between "
            f"{moment(since, lang)} and {moment(until, lang)}",
        }[lang]
    )
