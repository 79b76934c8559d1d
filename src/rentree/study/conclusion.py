"""A study with what its runs came to: one table, the same as data, and its exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rentree.study.kind import Study
from rentree.study.outcome import Outcome
from rentree.study.table import DECISIONS, SPACE, columns, interval
from rentree.words import is_one, number, percent

HOLE = 3  # a study has no verdict: a table is whole, or has a hole


@dataclass(frozen=True)
class Conclusion:
    """What is printed and written down."""

    study: Study
    outcomes: Sequence[Outcome]  # one a run, in the study's order

    def exit_code(self) -> int:
        """0 the table is whole · 3 a run is missing in it or was not valid."""
        return 0 if all(one.sound for one in self.outcomes) else HOLE

    def lines(self, lang: str) -> Iterator[str]:
        """Title, table, what follows, what is missing, and what one run each does not show."""
        study = self.study
        sound = [one for one in self.outcomes if one.sound]
        yield study.title.model_dump()[lang]
        if sound:
            yield f"{_MEASURED[lang]}{sound[0].text[lang]}"
            yield f"{_SEED[lang]}{sound[0].facts['seed']}"
        yield ""
        labels = (label[lang] for label in study.labels())
        rows = [self._row(label, i, lang) for i, label in enumerate(labels)]
        yield from columns([_HEAD[lang], *rows])
        yield ""
        yield from study.lines(self.outcomes, lang)
        yield _ONE_EACH[lang]
        if any(one.facts.get("rehearsal") for one in self.outcomes):
            yield _REHEARSAL[lang]
        yield from self._holes(lang)

    def _row(self, label: str, i: int, lang: str) -> tuple[str, ...]:
        ran, one = self.study.runs[i], self.outcomes[i]
        where = f"{ran.profile} {_ON[lang]} {ran.sandbox}"
        if one.facts:
            scale = percent(one.facts["scale"], lang, decimals=2)
            where += f", {scale}, {number(one.facts['clock'], lang, 1)}x"
        decision = "∅" if one.decision is None else DECISIONS[one.decision][lang]
        if not one.sound:
            return label, decision, "–", "", "", where
        ends = interval(one.interval, lambda end: percent(end, lang))
        count = number(one.count, lang)
        return label, decision, percent(one.measured, lang), ends, count, where

    def _holes(self, lang: str) -> Iterator[str]:
        """Why a run is no part of the table."""
        holes = [i for i, one in enumerate(self.outcomes) if not one.sound]
        if not holes:
            return
        yield ""
        count = len(holes)
        yield (_HOLE if is_one(count, lang) else _HOLES)[lang].format(number(count, lang))
        for i in holes:
            whys = "; ".join(why[lang] for why in self.outcomes[i].whys)
            yield f"- {self.study.labels()[i][lang]} ({self.study.runs[i].profile}): {whys}"

    def told(self) -> dict[str, Any]:
        """As data for study.json; shares 0..1."""
        study = self.study
        runs = zip(study.runs, study.labels(), self.outcomes, strict=True)
        return {
            "study": study.study, "kind": study.kind, "title": study.title.model_dump(),
            "exit_code": self.exit_code(),
            "measure": study.measure.model_dump(mode="json", by_alias=True, exclude_none=True),
            "runs": [
                {"label": label, "profile": ran.profile, "sandbox": ran.sandbox,
                 "folder": one.folder.name if one.folder else None, "decision": one.decision,
                 "measured": one.measured if one.sound else None,
                 "interval": list(one.interval) if one.sound else None,
                 "count": one.count, "said": one.said, "whys": list(one.whys), **one.facts}
                for ran, label, one in runs
            ],
            "result": study.told(self.outcomes),
        }  # fmt: skip


_MEASURED = {"fr": f"Comparé{SPACE}: ", "en": "Compared: "}
_SEED = {"fr": f"Graine de tous les essais{SPACE}: ", "en": "Seed of all runs: "}
_HEAD = {
    "fr": ("essai", "verdict", "mesuré", "intervalle à 95 %", "n", ""),
    "en": ("run", "verdict", "measured", "95% interval", "n", ""),
}
_ON = {"fr": "sur", "en": "on"}
_ONE_EACH = {
    "fr": f"Une seule matinée essayée par ligne{SPACE}: ce qui diffère d’un essai à l’autre n’est "
    "pas dans ces intervalles.",
    "en": "One morning tried a row: what differs from one run to the next is not in these "
    "intervals.",
}
_REHEARSAL = {
    "fr": "Essais en petit (répétitions)\u00a0: rien ici ne vaut pour l’échelle entière.",
    "en": "Runs in small (rehearsals): nothing here holds for the whole scale.",
}
_HOLE = {
    "fr": "Un essai manque au tableau, et n’entre dans aucun écart\u00a0:",
    "en": "{} run is missing in the table, and enters no difference:",
}
_HOLES = {
    "fr": "{} essais manquent au tableau, et n’entrent dans aucun écart\u00a0:",
    "en": "{} runs are missing in the table, and enter no difference:",
}
