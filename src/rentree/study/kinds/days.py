"""`kind: days`: one day after another, what was changed each day, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Literal

from rentree.compare.doubt import Change, ends_apart
from rentree.profile import Title
from rentree.study.kind import Ran, Study
from rentree.study.outcome import Outcome
from rentree.study.table import DECISIONS, SPACE, columns, interval, points
from rentree.words import Words, both

_DAY: Words = {"fr": "jour", "en": "day"}


class Day(Ran):
    """One day."""

    changed: Title  # since the day before; on the first: how it begins


class Days(Study):
    """Days that answer one another: an attack, a countermeasure, another attack.

    They may be on different platforms: that is what a countermeasure is.
    """

    explains: ClassVar[str] = (
        "days that answer one another: what was changed since the day before, and what came of it"
    )
    kind: Literal["days"]
    runs: list[Day]

    def labels(self) -> list[Words]:
        """Day 1, day 2 …"""
        return [self._day(i) for i in range(len(self.runs))]

    def _day(self, i: int) -> Words:
        return both(lambda lang: f"{_DAY[lang]} {i + 1}")

    def lines(self, outcomes: Sequence[Outcome], lang: str) -> Iterator[str]:
        """What was changed each day, and by how much the measure differs from the day before."""
        rows, apart = [_HEAD[lang]], [None, *_apart(outcomes)]
        for i, (ran, change) in enumerate(zip(self.runs, apart, strict=True)):
            told = ("", "")
            if change is not None:
                ends = interval(change.interval, lambda end: points(end, lang))
                told = points(change.after - change.before, lang), ends
            verdicts = [DECISIONS[o.decision][lang][2:] if o.decision and o.sound else "∅"
                        for o in outcomes[max(0, i - 1) : i + 1]]  # fmt: skip
            verdict = " → ".join(dict.fromkeys(verdicts)) if i else ""
            rows.append((self._day(i)[lang], verdict, *told, ran.changed.model_dump()[lang]))
        yield from columns(rows)
        yield ""
        yield _TOGETHER[lang]

    def told(self, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """The differences from day to day; shares 0..1."""
        return {
            "changed": [ran.changed.model_dump() for ran in self.runs],
            "since_the_day_before": [
                one and {"change": one.after - one.before, "interval": list(one.interval)}
                for one in _apart(outcomes)
            ],
        }


def _apart(outcomes: Sequence[Outcome]) -> list[Change | None]:
    """How far each day's measure is from the day before's; None where one of both is a hole."""
    return [
        ends_apart(one.measured, one.interval, next_.measured, next_.interval)
        if one.sound and next_.sound
        else None
        for one, next_ in pairwise(outcomes)
    ]


_HEAD = {
    "fr": ("", "verdict", "depuis la veille", "intervalle à 95 %", "ce qui a changé"),
    "en": ("", "verdict", "since the day before", "95% interval", "what was changed"),
}
_TOGETHER = {
    "fr": f"Ce qui change d’un jour à l’autre a changé ensemble{SPACE}: l’écart est celui de tout "
    "ce qui est dit de ce jour. Pris un à un, sans correction.",
    "en": "What changes from one day to the next changed together: the difference is that of all "
    "that is said of the day. Each taken alone, without correction.",
}
