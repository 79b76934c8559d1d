"""`{slo: goodput, share: 99 %, within: 5 s, in: disturbance}`."""

from __future__ import annotations

from typing import ClassVar, Literal

from rentree.quantity import Duration, Share
from rentree.slos.kind import SPACE, Slo
from rentree.words import duration, percent


class Goodput(Slo):
    """The share of what people tried that came to its right end in time."""

    explains: ClassVar[str] = (
        "of what people tried, every step and every attempt, at least a share came to its right "
        "end in time, whatever else came to the platform meanwhile (a flood is nobody's)"
    )
    slo: Literal["goodput"]
    share: Share
    within: Duration

    def says(self, lang: str) -> str:
        """“Attempts through within 5 s: at least 99 %”."""
        share, within = percent(self.share, lang), duration(self.within, lang)
        return {
            "fr": f"Tentatives abouties en {within} au plus{SPACE}: au moins {share}",
            "en": f"Attempts through within {within}: at least {share}",
        }[lang]

    def tolerated(self) -> float:
        """1 - share."""
        return round(1 - self.share, 12)

    def limit_us(self) -> int:
        """The time within which a step must be through."""
        return self.within

    def settled_after(self, patience: int) -> int:
        """What is not through by its limit has broken the promise."""
        del patience
        return self.within
