"""`{slo: signed-in-at-once, persona: pupil, at_least: 50 000, held: 20 min}`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from rentree.quantity import Count, Duration
from rentree.slos.kind import Group, Scaling, Slo, Surroundings
from rentree.words import duration, people
from rentree.yamltext import nearest


class SignedInAtOnce(Slo):
    """So many people signed in at the same time, for so long."""

    explains: ClassVar[str] = (
        "so many people were signed in at the same time, counted as open sessions as the "
        "client saw them, each second, for so long"
    )
    slo: Literal["signed-in-at-once"]
    persona: str | None = None  # None: everybody
    at_least: Count
    held: Duration
    each: list[Group] | Literal["none"] = "none"

    def names(self) -> list[str]:
        """Who is counted is part of the name."""
        return ["signed-in-at-once", self.persona or "everybody"]

    def says(self, lang: str) -> str:
        """“At least 50,000 pupils signed in at once for 20 min”."""
        crowd, held = people(self.at_least, lang, self.persona), duration(self.held, lang)
        return {
            "fr": f"Au moins {crowd} en session en même temps pendant {held}",
            "en": f"At least {crowd} signed in at once for {held}",
        }[lang]

    def scaled(self, by: Scaling) -> Self:
        """The count follows the people who come, rounded up; `held` the clock."""
        at_least = math.ceil(self.at_least * by.share(self.persona))
        return self.model_copy(update={"at_least": at_least, "held": round(self.held / by.clock)})

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """Enough people come, and for some time."""
        personas, come = around.personas, around.people(self.persona)
        if self.persona and personas and self.persona not in personas:
            yield "persona", f"nobody comes as “{self.persona}”: {nearest(self.persona, personas)}"
            return
        if self.at_least < 1:
            yield "at_least", "0 people are always in: promise more"
        if self.held <= 0:
            yield "held", "held for no time is always held: promise more"
        if personas and self.at_least > come:
            yield "at_least", f"only {come} come: {self.at_least} can never be in"
        if around.parts.get("steps_at") and self.platform is None:
            yield "slo", "people are signed in at several platforms: say which “platform”"
        if self.each != "none":
            yield "each", "counts are over the whole: leave “each” out"
