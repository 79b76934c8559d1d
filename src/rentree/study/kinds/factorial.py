"""`kind: factorial`: two things injected or not, four runs; what each did, and both together.

Effects are differences of shares (risk differences), so the interaction is one of sums: what both
together changed beyond what each changed alone (VanderWeele and Knol 2014). Each is a sum of
the four measured shares with the judge's own intervals (`rentree.compare.doubt.combined`), which
know that people of the same seconds are not independent. Holm's correction over the three.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from rentree.compare.doubt import Combined, combined
from rentree.judge.holm import standing
from rentree.judge.statistics import Interval
from rentree.profile import Title
from rentree.study.kind import Ran, Study, one_preset
from rentree.study.measure import more_is_good
from rentree.study.outcome import Outcome
from rentree.study.table import SPACE, columns, interval, points
from rentree.words import Words, percent
from rentree.yamltext import Place, nearest

INTERACTION = "interaction"
NEITHER: Words = {"fr": "ni l’un ni l’autre", "en": "neither"}
BOTH: Words = {"fr": "les deux", "en": "both"}
Cell = tuple[float, Interval]  # measured share, its 95 % interval
Cells = Mapping[frozenset[str], Cell]  # which factors a run had; a hole is not among them


class FactorialRun(Ran):
    """One of the four."""

    with_: list[str] = Field(alias="with")  # the factors that it has


class Effect(NamedTuple):
    """How much something changed the share."""

    name: str  # a factor, or `INTERACTION`
    change: Combined | None  # None: a run that it needs is a hole
    sure: bool  # beyond chance, by Holm over all three


class Factorial(Study):
    """Two factors, each there or not."""

    explains: ClassVar[str] = (
        "two factors, each there or not, in four runs: what each changed alone, and what both "
        "together changed beyond that"
    )
    kind: Literal["factorial"]
    factors: dict[str, Title]
    runs: list[FactorialRun]

    def labels(self) -> list[Words]:
        """The factors that each run has."""
        return [self._label(ran.with_) for ran in self.runs]

    def _label(self, factors: Sequence[str]) -> Words:
        if len(factors) != 1:
            return BOTH if factors else NEITHER
        return self.factors[factors[0]].model_dump()

    def mistakes(self) -> Iterator[tuple[Place, str]]:
        """Two factors, and each of the four runs once, on one platform."""
        yield from super().mistakes()
        yield from one_preset(self.runs)
        if len(self.factors) != 2:
            yield ("factors",), f"a factorial has two factors, here are {len(self.factors)}"
            return
        if INTERACTION in self.factors:
            yield ("factors", INTERACTION), "what both together change is called so: another name"
        seen: set[frozenset[str]] = set()
        for i, ran in enumerate(self.runs):
            unknown = [name for name in ran.with_ if name not in self.factors]
            if unknown:
                text = f"no factor “{unknown[0]}”: {nearest(unknown[0], self.factors)}"
                yield ("runs", i, "with"), text
            elif len(set(ran.with_)) < len(ran.with_):
                yield ("runs", i, "with"), "a factor stands twice: it is there or not"
            elif frozenset(ran.with_) in seen:
                yield ("runs", i, "with"), "two runs with the same factors: keep one"
            seen.add(frozenset(ran.with_))
        if len(self.runs) != 4:
            some = " and ".join(self.factors)
            yield ("runs",), f"four runs are needed: neither, {some} alone, and both"

    def unlike(self, sizes: Sequence[tuple[float, float]]) -> str:
        """All four have one scale and one clock: else these are what is compared."""
        if len(set(sizes)) == 1:
            return ""
        told = ", ".join(f"{scale:.10g} at {clock:.10g}x" for scale, clock in sizes)
        return f"the four runs need one scale and one clock, and have {told}: say --scale, --clock"

    def effects(self, outcomes: Sequence[Outcome]) -> list[Effect]:
        """What each factor changed alone, and the interaction."""
        cells = {
            frozenset(ran.with_): (outcome.measured, outcome.interval)
            for ran, outcome in zip(self.runs, outcomes, strict=True)
            if outcome.sound
        }
        return effects(cells, list(self.factors))

    def lines(self, outcomes: Sequence[Outcome], lang: str) -> Iterator[str]:
        """The three effects, and what can be said of them."""
        found = self.effects(outcomes)
        yield from columns([_HEAD[lang], *(self._row(one, lang) for one in found)])
        yield ""
        if said := self._interaction(found[-1], lang):
            yield said
        if said := _bound(found, outcomes, self.runs, lang):
            yield said
        yield _METHOD[lang]
        yield _SHOWN[lang]

    def _row(self, one: Effect, lang: str) -> tuple[str, ...]:
        names = [self.factors[name].model_dump()[lang] for name in self.factors]
        what = (
            f"interaction{_COLON[lang]}{BOTH[lang]} − {names[0]} − {names[1]} + {NEITHER[lang]}"
            if one.name == INTERACTION
            else f"{self.factors[one.name].model_dump()[lang]} − {NEITHER[lang]}"
        )
        if one.change is None:
            return what, "–", "", _HOLE[lang]
        ends = interval(one.change.interval, lambda end: points(end, lang))
        return what, points(one.change.value, lang), ends, (_SURE if one.sure else _OPEN)[lang]

    def _interaction(self, one: Effect, lang: str) -> str:
        if one.change is None:
            return ""
        if not one.sure:
            return _ADD_UP[lang]
        return (_LESS if (one.change.value > 0) == more_is_good(self.measure) else _MORE)[lang]

    def told(self, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """The effects; shares 0..1."""
        return {
            "effects": [
                {"name": one.name, "change": one.change and one.change.value,
                 "interval": one.change and list(one.change.interval),
                 "p": one.change and one.change.p, "beyond_chance": one.sure}
                for one in self.effects(outcomes)
            ]
        }  # fmt: skip


def effects(cells: Cells, factors: Sequence[str]) -> list[Effect]:
    """The effect of each of two factors alone, and their interaction.

    Holm's correction is over all three also where one cannot be told: three were asked.
    """
    neither, all_of = frozenset[str](), frozenset(factors)
    sums: dict[str, list[tuple[int, frozenset[str]]]] = {
        **{name: [(1, frozenset([name])), (-1, neither)] for name in factors},
        INTERACTION: [(1, all_of), *((-1, frozenset([name])) for name in factors), (1, neither)],
    }
    changes = {
        name: combined([(weight, *cells[cell]) for weight, cell in terms])
        if all(cell in cells for _, cell in terms)
        else None
        for name, terms in sums.items()
    }
    there = {name: change.p for name, change in changes.items() if change is not None}
    sure = dict(zip(there, standing(list(there.values()), len(sums)), strict=True))
    return [Effect(name, change, sure.get(name, False)) for name, change in changes.items()]


def _bound(
    found: Sequence[Effect], outcomes: Sequence[Outcome], runs: Sequence[FactorialRun], lang: str
) -> str:
    """That the sum of the single effects leaves 0 to 100 %, and what follows."""
    neither = next((o for o, ran in zip(outcomes, runs, strict=True) if not ran.with_), None)
    alone = [one.change.value for one in found[:-1] if one.change is not None]
    if neither is None or not neither.sound or len(alone) < len(found) - 1:
        return ""
    sum_ = neither.measured + sum(alone)
    end = min(max(sum_, 0.0), 1.0)
    if math.isclose(sum_, end, abs_tol=1e-9):
        return ""
    at, stop = points(sum_, lang, "%"), percent(end, lang)
    edge = (_LEAST if sum_ < 0 else _MOST)[lang].format(points(end - sum_, lang))
    return {
        "fr": f"La somme des deux effets mènerait à {at}{SPACE}; une part s’arrête à {stop}. "
        f"L’interaction est donc de {edge}, quelle que soit la plateforme.",
        "en": f"The sum of both effects would lead to {at}; a share ends at {stop}. So the "
        f"interaction is {edge}, whatever the platform.",
    }[lang]


_LEAST = {"fr": "{} au moins", "en": "{} at least"}
_MOST = {"fr": "{} au plus", "en": "{} at most"}
_COLON = {"fr": f"{SPACE}: ", "en": ": "}
_HEAD = {
    "fr": ("effet", "écart", "intervalle à 95 %", ""),
    "en": ("effect", "change", "95% interval", ""),
}
_SURE = {"fr": "! au-delà du hasard", "en": "! beyond chance"}
_OPEN = {"fr": "? non tranché", "en": "? not clear"}
_HOLE = {"fr": "∅ il manque un essai", "en": "∅ a run is missing"}
_MORE = {
    "fr": "Ensemble, les deux dégradent plus que la somme de ce que chacun dégrade seul.",
    "en": "Together both do more harm than the sum of what each does alone.",
}
_LESS = {
    "fr": "Ensemble, les deux dégradent moins que la somme de ce que chacun dégrade seul.",
    "en": "Together both do less harm than the sum of what each does alone.",
}
_ADD_UP = {
    "fr": "Rien de sûr ne s’ajoute à la somme des deux effets, ni ne s’en retranche.",
    "en": "Nothing sure is added to the sum of both effects, nor taken from it.",
}
_METHOD = {
    "fr": "Écarts de parts en points\u00a0; intervalles du verdict (dix tranches de la fenêtre), "
    "réunis par MOVER\u00a0; correction de Holm sur les trois.",
    "en": "Differences of shares, in points; the verdict’s own intervals (ten sections of the "
    "window), combined by MOVER; Holm’s correction over the three.",
}
_SHOWN = {
    "fr": "Montré\u00a0: ce que nous avons nous-mêmes injecté a changé cette part d’autant, ici. "
    "Jamais pourquoi une vraie plateforme a failli.",
    "en": "Shown: what we injected ourselves changed this share by so much, here. Never why a real "
    "platform failed.",
}
