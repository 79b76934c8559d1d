"""`{slo: agrees, apart: 5 %}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from rentree.quantity import Share
from rentree.slos.kind import Group, Slo, Surroundings
from rentree.words import percent


class Agrees(Slo):
    """The platform's own figures, beside those of its people (F33)."""

    explains: ClassVar[str] = (
        "the sessions that the platform counts lie no further than a share from those that its "
        "people surely, and possibly, have open, in nearly every second (F33: both sides' figures)"
    )
    slo: Literal["agrees"]
    apart: Share = 0.05
    seconds_below: Share = 0.05  # of the seconds that may disagree (convention)
    each: list[Group] | Literal["none"] = "none"

    def says(self, lang: str) -> str:
        """“Sessions that the platform counts: within 5 % of people's”."""
        apart, below = percent(self.apart, lang), percent(self.seconds_below, lang)
        return {
            "fr": f"Sessions comptées par la plateforme : à {apart} près celles de ses usagers, "
            f"sauf pendant moins de {below} du temps",
            "en": f"Sessions that the platform counts: within {apart} of people’s, but for less "
            f"than {below} of the time",
        }[lang]

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """Of the whole."""
        del around
        if self.each != "none":
            yield "each", "the platform counts all its sessions: leave “each” out"
