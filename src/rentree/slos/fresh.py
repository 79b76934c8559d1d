"""`{slo: fresh, within: 5 s}`."""

from __future__ import annotations

from typing import ClassVar, Literal

from rentree.quantity import Duration, Share
from rentree.slos.kind import Group, Slo
from rentree.words import duration, percent


class Fresh(Slo):
    """What was posted is seen by all whom it is for."""

    by_platform: ClassVar[bool] = False
    explains: ClassVar[str] = (
        "what a teacher posted is on the pages of the class within a time, whoever asks and "
        "whichever server answers"
    )
    slo: Literal["fresh"]
    within: Duration
    share: Share = 0.99  # of the pages (convention)
    each: list[Group] | Literal["none"] = "none"

    def says(self, lang: str) -> str:
        """“What was posted is on the class's pages within 5 s: at least 99 %”."""
        share, within = percent(self.share, lang), duration(self.within, lang)
        return {
            "fr": f"Pages montrant tout ce qui fut publié {within} plus tôt : au moins {share}",
            "en": f"Pages that show all that was posted {within} before: at least {share}",
        }[lang]

    def tolerated(self) -> float:
        """1 - share."""
        return round(1 - self.share, 12)
