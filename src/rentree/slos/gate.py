"""`{slo: gate, shuts: [parent], until: 15:00}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from rentree.quantity import SECOND, Duration, TimeOfDay
from rentree.slos.kind import Group, Scaling, Slo, Surroundings
from rentree.slos.punctual import clock
from rentree.words import people_word
from rentree.yamltext import nearest


class Gate(Slo):
    """Some are kept out until a time of day, and nobody else (F42)."""

    explains: ClassVar[str] = (
        "until a time of day those personas are kept out and nobody else is; from then on nobody is"
    )
    slo: Literal["gate"]
    shuts: list[str] = Field(min_length=1)
    until: TimeOfDay  # in a plan: µs of the run
    time: Annotated[str, SkipJsonSchema()] = (
        ""  # the time of day in words, once `until` is of the run
    )
    give: Duration = 2 * SECOND  # before and after `until`, in which either is right (convention)
    each: list[Group] | Literal["none"] = "none"

    def says(self, lang: str) -> str:
        """“Parents kept out until 15:00:00, nobody else, and nobody from then on”."""
        who, time = " + ".join(people_word(2, lang, p) for p in self.shuts), self.time
        return {
            "fr": f"Jusqu’à {time} : {who} à la porte, et personne d’autre ; ensuite, personne",
            "en": f"Until {time}: {who} kept out, and nobody else; from then on, nobody",
        }[lang]

    def settled_after(self, patience: int) -> int:
        """Who was let in is known once their patience is up."""
        return patience

    def scaled(self, by: Scaling) -> Self:
        """The time of day becomes a moment of the run."""
        return self.model_copy(update={"until": by.moment(self.until), "time": clock(self.until)})

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """Who is kept out comes, and the gate opens while they do."""
        personas, phases = around.personas, around.phases
        for persona in self.shuts:
            if personas and persona not in personas:
                yield "shuts", f"nobody comes as “{persona}”: {nearest(persona, personas)}"
        if phases:
            start = min(span.start for span in phases.values())
            if not start < self.until < around.end:
                stretch = f"{clock(start)} to {clock(around.end)}"
                yield "until", f"the gate opens outside the phases ({stretch})"
