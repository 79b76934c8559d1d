"""`{slo: same-for-all, apart: 10 %}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from rentree.quantity import Share
from rentree.slos.kind import Group, Slo, Surroundings
from rentree.words import percent


class SameForAll(Slo):
    """The crowd is treated as others are: a platform that knows its testers proves nothing."""

    by_platform: ClassVar[bool] = False
    explains: ClassVar[str] = (
        "control people, who look like no tester (`control:` of the profile), get as many bytes in "
        "as many requests as the crowd, step by step"
    )
    slo: Literal["same-for-all"]
    apart: Share = 0.1  # between the medians (convention)
    each: list[Group] | Literal["none"] = "none"

    def says(self, lang: str) -> str:
        """“Control people get the same pages: bytes and requests within 10 %”."""
        apart = percent(self.apart, lang)
        return {
            "fr": f"Témoins reçus comme les autres : octets et requêtes à {apart} près, étape "
            "par étape",
            "en": f"Control people get the same: bytes and requests within {apart}, step by step",
        }[lang]

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """Some of the crowd are control people."""
        bearing = around.parts.get("behaviour")
        if bearing and not bearing.control:
            yield "slo", "nobody is a control person: say behaviour: {control: 10 %}"
        if self.each != "none":
            yield "each", "the control people are few: leave “each” out"
