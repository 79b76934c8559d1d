"""`{slo: fair, within: 5 s, apart: 10 %, each: [territory]}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from rentree.quantity import Duration, Share
from rentree.slos.kind import SPACE, Slo, Surroundings
from rentree.words import duration, percent


class Fair(Slo):
    """No group fares much worse than the others."""

    explains: ClassVar[str] = (
        "between territories, levels or schools (`each`): of what a group's people try, the share "
        "that is through in time lies at most so far below that of all the others together"
    )
    slo: Literal["fair"]
    within: Duration
    apart: Share

    def says(self, lang: str) -> str:
        """“Attempts through within 5 s: at most 10 % fewer than elsewhere”."""
        apart, within = percent(self.apart, lang), duration(self.within, lang)
        return {
            "fr": f"Tentatives abouties en {within} au plus{SPACE}: au plus {apart} de moins "
            "qu’ailleurs",
            "en": f"Attempts through within {within}: at most {apart} fewer than elsewhere",
        }[lang]

    def tolerated(self) -> float:
        """How far apart."""
        return self.apart

    def limit_us(self) -> int:
        """The time within which a step must be through."""
        return self.within

    def settled_after(self, patience: int) -> int:
        """What is not through by its limit counts against its group."""
        del patience
        return self.within

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """There is something to compare."""
        if self.each == "none":
            yield "each", "fairness is between groups: say which, as in each: [school]"
        crowd = around.parts.get("crowd") or []
        if self.each == ["territory"] and len(crowd) == 1:
            yield "each", "only one territory comes: compare something else, as in each: [school]"
        if not 0 < self.apart < 1:
            yield "apart", "groups lie between 0 % and 100 % apart"
