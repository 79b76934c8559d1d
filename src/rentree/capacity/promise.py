"""What a load must keep to count as held: the profile's promises of response, refusal and goodput.

A promise that is about a time of the profile (its window, its fault) is asked of every rung: what
holds must hold while the load lasts. Where the profile promises neither response nor goodput of
what is tried, the default is: 95 % of attempts through within 2 s. And whatever it promises, 95 %
of all attempts must come to their right end, so that a step of which it is silent may not fail.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rentree.quantity import SECOND
from rentree.sample import Sample
from rentree.slo import AnySlo, Goodput, Refused, Response
from rentree.words import Words, duration, percent, step

_ATTEMPTS = {"fr": "tentatives", "en": "attempts"}
_MET: dict[str, Words] = {
    "refused": {"fr": "refoulées", "en": "turned away"},
    "wrong": {"fr": "au contenu faux", "en": "shown wrong content"},
    "error": {"fr": "en erreur", "en": "in error"},
    "timeout": {"fr": "sans réponse à temps", "en": "without an answer in time"},
    "waiting": {"fr": "encore en file", "en": "still queued"},
}

DEFAULT_SHARE, DEFAULT_WITHIN = 0.95, 2 * SECOND


@dataclass(frozen=True)
class InTime:
    """A share of a step's attempts, or of all, is through in time."""

    share: float
    within: int  # µs
    step: str | None = None  # None: every step
    strictly: bool = False  # in less than `within`

    @property
    def tolerated(self) -> float:
        """The share that may break it."""
        return round(1 - self.share, 12)

    def concerns(self, row: Sample) -> bool:
        """Whether an attempt is of its kind."""
        return self.step in (None, row.step)

    def broken_by(self, row: Sample) -> bool:
        """Whether an attempt that came to its end breaks it."""
        if row.outcome != "ok" or row.done is None:
            return True
        waited = row.done - row.due
        return waited >= self.within if self.strictly else waited > self.within

    def holds(self, broken: int, of: int) -> bool:
        """Whether so many may break it."""
        return broken <= self.tolerated * of + 1e-9

    def says(self, lang: str) -> str:
        """“home: 95% in less than 2 s”."""
        share, within = percent(self.share, lang), duration(self.within, lang)
        fr = f"moins de {within}" if self.strictly else f"{within} au plus"
        en = f"in less than {within}" if self.strictly else f"within {within}"
        return {
            "fr": f"{self.what(lang)}\u00a0: {share} en {fr}",
            "en": f"{self.what(lang)}: {share} {en}",
        }[lang]

    def what(self, lang: str) -> str:
        """The step, or “every step”."""
        if self.step is not None:
            return step(self.step, lang)
        return {"fr": "toute étape", "en": "every step"}[lang]


@dataclass(frozen=True)
class Few:
    """Fewer than a share of attempts, or of people, meet an outcome."""

    outcome: str
    share_below: float
    people: bool = False  # who meets it once counts, however often

    step = None
    within = None

    @property
    def tolerated(self) -> float:
        """The share that is too many."""
        return self.share_below

    def concerns(self, row: Sample) -> bool:
        """Every attempt."""
        return True

    def broken_by(self, row: Sample) -> bool:
        """Whether an attempt met it."""
        return row.outcome == self.outcome

    def holds(self, broken: int, of: int) -> bool:
        """Whether so many may meet it."""
        return broken < self.share_below * of - 1e-9

    def says(self, lang: str) -> str:
        """“people turned away: less than 1%”."""
        share = percent(self.share_below, lang)
        return {
            "fr": f"{self.met(lang)}\u00a0: moins de {share}",
            "en": f"{self.met(lang)}: less than {share}",
        }[lang]

    def met(self, lang: str) -> str:
        """“people turned away”."""
        who = {"fr": "personnes", "en": "people"} if self.people else _ATTEMPTS
        return f"{who[lang]} {_MET[self.outcome][lang]}"


Kept = InTime | Few


def promises_of(slos: Sequence[AnySlo], steps: Collection[str], patience: int) -> list[Kept]:
    """What a rung is held to. `steps`: those that are tried; `patience` of people, µs."""
    kept: dict[Kept, None] = {}
    for slo in slos:
        if isinstance(slo, Response) and slo.step in steps:
            kept[InTime(slo.quantile, slo.below, slo.step, strictly=True)] = None
        elif isinstance(slo, Goodput):
            kept[InTime(slo.share, slo.within)] = None
        elif isinstance(slo, Refused):
            kept[Few(slo.slo, slo.share_below, slo.of == "people")] = None
    if not any(isinstance(one, InTime) for one in kept):
        kept[InTime(DEFAULT_SHARE, DEFAULT_WITHIN)] = None
    elif not any(
        isinstance(one, InTime) and one.step is None and one.share >= DEFAULT_SHARE for one in kept
    ):
        kept[InTime(DEFAULT_SHARE, patience)] = None
    return list(kept)


def limit_of(promises: Sequence[Kept], step: str) -> int:
    """The shortest time that is promised of a step, µs: who waits longer breaks a promise."""
    return min(
        one.within for one in promises if isinstance(one, InTime) and one.step in (None, step)
    )
