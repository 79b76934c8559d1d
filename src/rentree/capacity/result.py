"""What a search came to: the rate that holds, its doubt, the headroom, and the exit code. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rentree.capacity.costs import Cost
from rentree.capacity.promise import Kept
from rentree.capacity.rung import Judged
from rentree.capacity.search import Found, Outcome
from rentree.words import Words, number, percent, step


@dataclass(frozen=True)
class Result:
    """Rates are per second: of people where they walk journeys, of attempts of one step else."""

    found: Found
    judged: Sequence[Judged]
    only: str | None
    asked: float  # people a second who come in the profile's busiest second; of those who do `only`
    width: float
    took: int  # µs
    promises: Sequence[Kept] = ()
    costs: Sequence[Cost] = ()
    at_least: float | None = None
    trouble: Words | None = None
    interrupted: bool = False
    notes: list[Words] = field(default_factory=list)

    @property
    def headroom(self) -> float | None:
        """What holds, over what the profile asks at its peak."""
        return None if self.found.holds is None or not self.asked else self.found.holds / self.asked

    @property
    def steps(self) -> float | None:
        """Attempts a second that the rate which holds means."""
        return self._steps_at(self.found.holds)

    @property
    def reaches(self) -> bool | None:
        """Whether `at_least` holds; None: not asked, or not decided."""
        return None if self.at_least is None else self.found.reaches(self.at_least)

    @property
    def leaks(self) -> int:
        """Attempts, of all rungs, that were shown somebody else's page."""
        return sum(one.leaks for one in self.judged)

    @property
    def not_asked(self) -> list[Kept]:
        """Promises of which no attempt fell into any window at the rate that holds."""
        held = [j for j in self.judged if j.rung.rate == self.found.holds and j.outcome == "held"]
        asked = {kind.promise for one in held for kind in one.kinds}
        return [one for one in self.promises if held and one not in asked]

    def exit_code(self) -> int:
        """0 found, or `at_least` holds · 1 it does not, or a leak · 3 not decided · 130
        interrupted.
        """
        if self.interrupted:
            return 130
        if self.leaks:
            return 1
        code = 0 if self.found.sure else 3
        if self.at_least is not None:
            code = {True: 0, False: 1, None: 3}[self.reaches]
        return 3 if code == 0 and self.not_asked else code

    def unit(self, lang: str) -> str:
        """“people/s”, or the step's name in “messages/s”."""
        if self.only is None:
            return {"fr": "personnes/s", "en": "people/s"}[lang]
        return {"fr": "étapes/s", "en": "steps/s"}[lang]

    def sentences(self, lang: str) -> list[str]:
        """The result in words, the first sentence first of all."""
        lines = [self._first(lang), *self._second(lang)]
        if self.leaks:
            lines.append(_LEAKS[lang].format(self.leaks))
        if self.not_asked:
            told = ", ".join(one.says(lang) for one in self.not_asked)
            lines.append(_NOT_ASKED[lang].format(told))
        if self.trouble is not None:
            lines.append(f"{self.trouble[lang]}.")
        elif not self.found.sure:
            lines.append(self._unsure(lang))
        if self.at_least is not None:
            lines.append(self._at_least(lang))
        if (headroom := self.headroom) is not None:
            lines.append(self._headroom(headroom, lang))
        return [line[0].upper() + line[1:] for line in lines]

    def _first(self, lang: str) -> str:
        holds, fails = self.found.holds, self.found.fails
        what = "" if self.only is None else f" ({step(self.only, lang)})"
        unit = f"{self.unit(lang)}{what}"
        if holds is None and fails is None:
            return {"fr": "rien n’a été mesuré.", "en": "nothing was measured."}[lang]
        if holds is None:
            least = rate(fails or 0, lang)
            return {
                "fr": f"même {least} {unit} ne tiennent pas.",
                "en": f"not even {least} {unit} hold.",
            }[lang]
        if fails is None:
            return {
                "fr": f"au moins {rate(holds, lang)} {unit} tiennent.",
                "en": f"at least {rate(holds, lang)} {unit} hold.",
            }[lang]
        return {
            "fr": f"{rate(holds, lang)} {unit} tiennent, {rate(fails, lang)} ne tiennent pas.",
            "en": f"{rate(holds, lang)} {unit} hold, {rate(fails, lang)} do not.",
        }[lang]

    def _second(self, lang: str) -> list[str]:
        lines = []
        if self.only is None and self.steps is not None:
            steps = rate(self.steps, lang)
            lines.append(
                {
                    "fr": f"cela fait {steps} étapes/s, par les parcours du scénario.",
                    "en": f"that is {steps} steps/s, by the profile's journeys.",
                }[lang]
            )
        if self.found.holds and self.found.fails:
            gap = percent(self.found.fails / self.found.holds - 1, lang)
            tries = [self._told(edge, lang) for edge in (self.found.holds, self.found.fails)]
            lines.append(
                {
                    "fr": f"l’écart est de {gap}{SPACE}; tenu à {tries[0]} essais, non tenu à "
                    f"{tries[1]}.",
                    "en": f"the gap is {gap}; held in {tries[0]} tries, failed in {tries[1]}.",
                }[lang]
            )
        return lines

    def _told(self, edge: float, lang: str) -> str:
        """“2 of 2”: how often a rate came out as it is taken to be."""
        outcomes = [one.outcome for one in self.judged if one.rung.rate == edge]
        wanted: Outcome = "held" if edge == self.found.holds else "failed"
        of = {"fr": "sur", "en": "of"}[lang]
        tried = len(outcomes) - outcomes.count("unfit")
        return f"{outcomes.count(wanted)} {of} {tried}"

    def _unsure(self, lang: str) -> str:
        return {
            "found": _NOT_SURE, "unfit": _UNFIT, "limit": _LIMIT, "nothing": _NOTHING
        }.get(self.found.why, _TIME)[lang]  # fmt: skip

    def _at_least(self, lang: str) -> str:
        assert self.at_least is not None  # noqa: S101  # asked by the caller
        asked = f"{rate(self.at_least, lang)} {self.unit(lang)}"
        return {
            True: {"fr": f"{asked} demandées{SPACE}: tenues.", "en": f"{asked} asked: held."},
            False: {
                "fr": f"{asked} demandées{SPACE}: NON tenues.",
                "en": f"{asked} asked: NOT held.",
            },
            None: {
                "fr": f"{asked} demandées{SPACE}: non décidé.",
                "en": f"{asked} asked: not decided.",
            },
        }[self.reaches][lang]

    def _headroom(self, headroom: float, lang: str) -> str:
        peak = rate(self.asked, lang)
        known = self.found.fails is not None
        least = "" if known else {"fr": "d’au moins ", "en": "at least "}[lang]
        times = f"{least}× {number(headroom, lang, 2)}"
        who = {"fr": "personnes", "en": "people"}
        if self.only is not None:
            who = {"fr": "personnes qui font cette étape", "en": "people who do that step"}
        end = {"fr": ", trop peu pour tenir longtemps à cette allure.",
               "en": ", too little to bear that pace for long."}  # fmt: skip
        return {
            "fr": f"dans la seconde la plus chargée du scénario viennent {peak} {who[lang]}"
            f"{SPACE}: marge {times}",
            "en": f"{peak} {who[lang]} come in the profile's busiest second: headroom {times}",
        }[lang] + (end[lang] if known and headroom < 1 else ".")

    def _steps_at(self, at: float | None) -> float | None:
        """Attempts a second that were offered at a rate."""
        found = [one for one in self.judged if one.rung.rate == at and one.outcome == "held"]
        if not found:
            return None
        seconds = sum(one.rung.window.length for one in found) / 1e6
        return sum(one.offered for one in found) / seconds


SPACE = "\u00a0"


def rate(value: float, lang: str) -> str:
    """A rate with three figures that count."""
    return number(value, lang, 2 if value < 10 else 1 if value < 100 else 0)


_LEAKS: Words = {
    "fr": f"FUITE{SPACE}: des données d’autrui ont été montrées {{}} fois.",
    "en": "LEAK: someone else’s data was shown {} times.",
}
_NOT_ASKED: Words = {
    "fr": f"non mesuré, faute de tentatives dans les paliers{SPACE}: {{}}. De plus longs "
    "(--window) en auraient.",
    "en": "not measured, for want of attempts in the rungs: {}. Longer ones (--window) would have "
    "some.",
}
_NOT_SURE: Words = {
    "fr": "les essais des deux bords ne concordent pas.",
    "en": "the tries of the two edges do not agree.",
}
_TIME: Words = {
    "fr": "le temps accordé (--at-most) n’a pas suffi pour mieux dire.",
    "en": "the time that was given (--at-most) did not suffice to tell more.",
}
_UNFIT: Words = {
    "fr": "au-delà, cette machine n’a pas pu produire la charge à l’heure, ou la plateforme "
    "d’essai a manqué de processeur : voir les paliers non valables.",
    "en": "beyond it this machine was not fit to make the load in time, or starved the sandbox: "
    "see the rungs that are not valid.",
}
_LIMIT: Words = {
    "fr": "il n’était pas permis, ou pas possible avec si peu de comptes, d’en demander davantage.",
    "en": "more was not allowed, or not possible with so few accounts.",
}
_NOTHING: Words = {
    "fr": "aucune charge ne tient, si faible soit-elle : voir pourquoi les paliers ont échoué.",
    "en": "no load holds, however small: see why the rungs failed.",
}
