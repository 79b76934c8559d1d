"""`{slo: refuses-well, within: 1 s, share: 99 %}`."""

from __future__ import annotations

from typing import ClassVar, Literal

from rentree.quantity import SECOND, Duration, Share
from rentree.slos.kind import Group, Slo
from rentree.words import duration, percent


class RefusesWell(Slo):
    """A refusal that is quick, says when to come again, and puts nobody out who was in."""

    explains: ClassVar[str] = (
        "who is turned away is told so fast and when to come again (Retry-After), and meanwhile "
        "nobody who was in, and busy, is put out"
    )
    slo: Literal["refuses-well"]
    within: Duration = SECOND  # convention
    share: Share = 0.99  # of refusals (convention)
    idle: Duration | None = None  # after which a session may end by itself; None: never
    each: list[Group] | Literal["none"] = "none"

    def says(self, lang: str) -> str:
        """“Refusals within 1 s that say when to come again: at least 99 %; nobody put out”."""
        share, within = percent(self.share, lang), duration(self.within, lang)
        return {
            "fr": f"Refus signifiés en {within} au plus et disant quand revenir : au moins "
            f"{share} ; personne d’évincé",
            "en": f"Refusals within {within} that say when to come again: at least {share}; nobody "
            "put out",
        }[lang]

    def tolerated(self) -> float:
        """1 - share."""
        return round(1 - self.share, 12)

    def settled_after(self, patience: int) -> int:
        """A refusal that nobody stored may have been a good one."""
        return patience
