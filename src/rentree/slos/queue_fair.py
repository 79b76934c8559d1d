"""`{slo: queue-fair, share: 99 %}`."""

from __future__ import annotations

from typing import ClassVar, Literal

from rentree.quantity import SECOND, Duration, Share
from rentree.slos.kind import Group, Slo
from rentree.words import percent


class QueueFair(Slo):
    """A queue in which who came first is let in first, and positions only fall."""

    by_platform: ClassVar[bool] = False
    explains: ClassVar[str] = (
        "in a queue nobody is overtaken by who came later, the position that people are told only "
        "falls, and nobody is told a wait that is over twice, or under half, of the real one"
    )
    slo: Literal["queue-fair"]
    share: Share = 0.99  # of people who queued (convention)
    give: Duration = 6 * SECOND  # in which an order cannot be told: people ask every 5 s
    each: list[Group] | Literal["none"] = "none"

    def says(self, lang: str) -> str:
        """“In the queue, nobody overtaken, positions only falling: at least 99 % of people”."""
        share = percent(self.share, lang)
        return {
            "fr": f"File d’attente : {share} des personnes au moins jamais doublées, et au rang "
            "toujours décroissant",
            "en": f"Queue: at least {share} of people never overtaken, their position only falling",
        }[lang]

    def tolerated(self) -> float:
        """1 - share."""
        return round(1 - self.share, 12)

    def settled_after(self, patience: int) -> int:
        """Who is let in before whom is known once patience is up."""
        return patience
