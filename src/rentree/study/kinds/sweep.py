"""`kind: sweep`: one quantity swept, and between which two of its values the verdict changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BeforeValidator

from rentree.profile import Section, Title
from rentree.quantity import parse_number
from rentree.study.kind import Ran, Study, one_preset
from rentree.study.outcome import Outcome
from rentree.study.table import DECISIONS, SPACE
from rentree.verdict import Decision
from rentree.words import Words, both, is_one, number
from rentree.yamltext import Place

Number = Annotated[float, BeforeValidator(parse_number)]


class Swept(Section):
    """The quantity, and its unit."""

    what: Title
    unit: Title


class SweepRun(Ran):
    """One value of the quantity."""

    at: Number


class Change(NamedTuple):
    """Two runs, by their places, next to one another among those that passed or failed."""

    before: int
    after: int


class Sweep(Study):
    """Runs that differ in one number."""

    explains: ClassVar[str] = (
        "one quantity in several values, on one platform: the measure at each, and between which "
        "two the verdict changes"
    )
    kind: Literal["sweep"]
    swept: Swept
    runs: list[SweepRun]

    def labels(self) -> list[Words]:
        """The values with their unit."""
        return [self._at(i) for i in range(len(self.runs))]

    def _at(self, i: int) -> Words:
        unit = self.swept.unit.model_dump()
        return both(lambda lang: f"{number(self.runs[i].at, lang, 2)}\u00a0{unit[lang]}")

    def mistakes(self) -> Iterator[tuple[Place, str]]:
        """One platform; values in order, each once."""
        yield from super().mistakes()
        yield from one_preset(self.runs)
        steps = [after.at - before.at for before, after in pairwise(self.runs)]
        for i, step in enumerate(steps, 1):
            if step * steps[0] <= 0:
                text = "values of a sweep stand in order, each once, rising or falling"
                yield ("runs", i, "at"), text

    def lines(self, outcomes: Sequence[Outcome], lang: str) -> Iterator[str]:
        """Where the verdict changes, and what is not known of it."""
        decisions = [one.decision if one.sound else None for one in outcomes]
        found, what = changes(decisions), self.swept.what.model_dump()[lang]
        decided = [d for d in decisions if d in ("pass", "fail")]
        if not decided:
            yield _NOTHING[lang]
        elif not found:
            word = DECISIONS[decided[0]][lang][2:]
            never = _ONCE if is_one(len(decided), lang) else _NEVER
            yield never[lang].format(what=what, word=word, count=number(len(decided), lang))
        elif len(found) == 1:
            yield f"{_KNEE[lang].format(what=what)} {self._between(found[0], decisions, lang)}."
        else:
            each = "; ".join(self._between(one, decisions, lang) for one in found)
            yield f"{_BACK[lang].format(what=what, count=number(len(found), lang))} {each}."
        yield _GRID[lang]

    def _between(self, change: Change, decisions: Sequence[Decision | None], lang: str) -> str:
        ends = [
            f"{self._at(i)[lang]} ({DECISIONS[decisions[i] or 'invalid'][lang][2:]})"
            for i in change
        ]
        skipped = [self._at(i)[lang] for i in range(change.before + 1, change.after)]
        told = _AND[lang].format(*ends)
        return told + (_SKIPPED[lang].format(", ".join(skipped)) if skipped else "")

    def told(self, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """The values between which the verdict changes."""
        found = changes([one.decision if one.sound else None for one in outcomes])
        return {
            "swept": self.swept.model_dump(), "at": [ran.at for ran in self.runs],
            "changes": [[self.runs[i].at for i in one] for one in found],
        }  # fmt: skip


def changes(decisions: Sequence[Decision | None]) -> list[Change]:
    """Between which runs the verdict changes; what neither passed nor failed is passed over."""
    decided = [i for i, decision in enumerate(decisions) if decision in ("pass", "fail")]
    return [
        Change(one, other) for one, other in pairwise(decided) if decisions[one] != decisions[other]
    ]


_NOTHING = {
    "fr": "Aucun essai n’est tranché\u00a0: rien n’est dit du point de rupture.",
    "en": "No run is decided: nothing is said of the knee.",
}
_ONCE = {
    "fr": f"{{what}}{SPACE}: une seule valeur est tranchée ({{word}}), rien n’est dit du point de "
    "rupture.",
    "en": "{what}: one value alone is decided ({word}), and nothing is said of the knee.",
}
_NEVER = {
    "fr": f"{{what}}{SPACE}: le verdict ne change pas ({{word}} aux {{count}} valeurs tranchées)"
    f"{SPACE}; le point de rupture, s’il existe, est hors de ce qui a été essayé.",
    "en": "{what}: the verdict does not change ({word} at all {count} values that are decided); "
    "the knee, if there is one, lies beyond what was tried.",
}
_KNEE = {
    "fr": f"{{what}}{SPACE}: le verdict change",
    "en": "{what}: the verdict changes",
}
_BACK = {
    "fr": f"{{what}}{SPACE}: le verdict change {{count}} fois, ce qui ne montre pas un seul point "
    f"de rupture{SPACE}:",
    "en": "{what}: the verdict changes {count} times, which shows no single knee:",
}
_AND = {"fr": "entre {} et {}", "en": "between {} and {}"}
_SKIPPED = {"fr": ", sans rien dire de {}", "en": ", and nothing is said of {}"}
_GRID = {
    "fr": "Entre deux valeurs essayées, rien n’est mesuré.",
    "en": "Between two values that were tried nothing is measured.",
}
