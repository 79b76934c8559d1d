"""A comparison: what got worse, its exit code, and the same as data."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from rentree.compare.alike import remarks
from rentree.compare.measures import measured
from rentree.compare.side import Side
from rentree.compare.weighing import Compared, Least, State, weighed
from rentree.quantity import SECOND
from rentree.words import Words, both, duration, is_one, number, percent

CODES = {"sound": 0, "worse": 1, "undecided": 3}


@dataclass(frozen=True)
class Comparison:
    """What two sides of one profile came to."""

    before: Side
    after: Side
    least: Least
    compared: list[Compared]  # the worst first
    undecided: list[Words]
    too_few: list[Words]
    remarks: list[Words] = field(default_factory=list)

    @property
    def decision(self) -> str:
        """Worse beats undecided beats sound; nothing compared is undecided."""
        if self.having("worse"):
            return "worse"
        return "undecided" if self.undecided or not self.compared else "sound"

    def exit_code(self) -> int:
        """0 nothing got worse · 1 something did · 3 undecided."""
        return CODES[self.decision]

    def having(self, state: State) -> list[Compared]:
        """The figures that came out so."""
        return [one for one in self.compared if one.state == state]

    def says(self, lang: str) -> str:
        """The result in a line."""
        worse, figures = len(self.having("worse")), len(self.compared)
        many, all_ = number(worse, lang), number(figures, lang)
        beyond = least_words(self.least, lang)
        if self.decision == "worse":
            got = "s’est dégradée" if is_one(worse, "fr") else "se sont dégradées"
            of = "grandeur comparée" if is_one(figures, "fr") else "grandeurs comparées"
            return {
                "fr": f"DÉGRADÉ\u00a0: sur {all_} {of}, {many} {got} au-delà du hasard "
                f"et de {beyond}",
                "en": f"WORSE: of {all_} figures compared, {many} got worse, beyond chance and "
                f"beyond {beyond}",
            }[lang]
        if not self.compared:
            return {"fr": "INDÉTERMINÉ\u00a0: rien n’a pu être comparé",
                    "en": "UNDECIDED: nothing could be compared"}[lang]  # fmt: skip
        nothing = {
            "fr": f"sur {all_} grandeurs comparées, aucune ne s’est dégradée au-delà du hasard et "
            f"de {beyond}",
            "en": f"of {all_} figures compared, none got worse beyond chance and beyond {beyond}",
        }[lang]
        if self.decision == "sound":
            return {"fr": f"PAS DE DÉGRADATION\u00a0: {nothing}", "en": f"NOT WORSE: {nothing}"}[
                lang
            ]
        return {
            "fr": f"INDÉTERMINÉ\u00a0: une partie n’a pas pu être comparée\u00a0; {nothing}",
            "en": f"UNDECIDED: a part could not be compared; {nothing}",
        }[lang]

    def told(self) -> dict[str, Any]:
        """As data for `--json`; times in s, shares 0..1, what is infinite as the text "inf"."""
        return {
            "decision": self.decision, "exit_code": self.exit_code(),
            "sentence": both(self.says),
            "least_change": asdict(self.least),
            "before": _side(self.before), "after": _side(self.after),
            "compared": [_figure(one) for one in self.compared],
            "undecided": self.undecided, "too_few": self.too_few, "remarks": self.remarks,
        }  # fmt: skip


def compare(before: Side, after: Side, least: Least) -> Comparison:
    """Compare two sides that are comparable (`alike.differences` is empty).

    Raises:
        RentreeError: a folder cannot be judged.
    """
    found = measured(before, after)
    return Comparison(
        before, after, least, weighed(found.compared, least), found.undecided, found.too_few,
        remarks(before, after),
    )  # fmt: skip


def least_words(least: Least, lang: str) -> str:
    """“10 % and 10 ms (times) or 1 point (shares)”."""
    moment = duration(least.moment * SECOND, lang)
    time, points = percent(least.time, lang), number(least.share * 100, lang, 2)
    one = is_one(least.share * 100, lang)
    return {
        "fr": f"{time} et {moment} (durées) ou {points} point{'' if one else 's'} (parts)",
        "en": f"{time} and {moment} (times) or {points} point{'' if one else 's'} (shares)",
    }[lang]


def _side(side: Side) -> dict[str, Any]:
    return {
        "folder": str(side.folder),
        "runs": [{"folder": run.folder.name, "manifest": run.manifest, "seed": run.plan.seed}
                 for run in side.runs],
    }  # fmt: skip


def _figure(one: Compared) -> dict[str, Any]:
    change = one.change
    return {
        "id": one.id, "what": one.what, "window": one.window, "state": one.state,
        "unit": one.unit, "more_is_worse": one.more_is_worse,
        "before": None if change is None else _plain(change.before),
        "after": None if change is None else _plain(change.after),
        "change": None if change is None else _plain(one.factor),
        "interval": None if change is None else [_plain(end) for end in change.interval],
        "p": None if change is None else change.p, "ours": one.ours,
    }  # fmt: skip


def _plain(value: float) -> float | str:
    return "inf" if math.isinf(value) else value
