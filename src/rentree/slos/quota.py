"""`{slo: quota, at_most: 8 000}`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from rentree.quantity import Count, Share
from rentree.slos.kind import Group, Scaling, Slo, Surroundings
from rentree.words import number, people


class Quota(Slo):
    """A quota of sessions that is kept, and given in full."""

    explains: ClassVar[str] = (
        "a quota of sessions is kept whatever the way in, and nobody is refused while it has a "
        "place: who signed out frees theirs"
    )
    slo: Literal["quota"]
    at_most: Count
    share_below: Share = 0.02  # of refusals that may come while there is a place (convention)
    each: list[Group] | Literal["none"] = "none"

    def says(self, lang: str) -> str:
        """“Quota of 8,000 people: kept, and nobody refused below it”."""
        most = people(self.at_most, lang)
        return {
            "fr": f"Quota de {most} : jamais dépassé, et personne refoulé tant qu’il reste de "
            "la place",
            "en": f"Quota of {most}: never exceeded, and nobody turned away while there is a place",
        }[lang]

    def tolerated(self) -> float:
        """The share of refusals that may be beside the mark."""
        return self.share_below

    def settled_after(self, patience: int) -> int:
        """A refusal that nobody stored may have been a just one."""
        return patience

    def scaled(self, by: Scaling) -> Self:
        """The quota follows the people who come, as the sandbox's does, rounded down."""
        return self.model_copy(update={"at_most": math.floor(self.at_most * by.share(None))})

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """More people come than it lets in, to one platform."""
        come = around.people()
        if come and come <= self.at_most:
            text = f"only {number(come, 'en')} come: a quota of {self.at_most} is never met"
            yield "at_most", text
        if self.each != "none":
            yield "each", "a quota is of the whole: leave “each” out"
        if len(around.platforms) > 1 and self.platform is None:
            yield "slo", "each platform has a quota of its own: say which “platform”"
