"""`{slo: recovers, after: hot-spot, within: 2 min}`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import ClassVar, Literal

from rentree.quantity import SECOND, Duration, Share
from rentree.slos.kind import Group, Slo, Surroundings
from rentree.slos.punctual import clock
from rentree.windows import window
from rentree.words import duration, percent
from rentree.yamltext import nearest


class Recovers(Slo):
    """Back to normal in time after a fault, and staying so."""

    explains: ClassVar[str] = (
        "within a time after the end of a fault, what people try comes to its right end again, "
        "and stays so for a while"
    )
    slo: Literal["recovers"]
    after: str  # name of a fault; of a repeated one, after its last burst
    within: Duration
    share: Share = 0.95  # of attempts; convention
    below: Duration | None = None  # in which they come to their end; None: people's patience
    hold: Duration = 10 * SECOND  # that it stays so; convention
    each: list[Group] | Literal["none"] = "none"

    def names(self) -> list[str]:
        """The fault is part of the name."""
        return ["recovers", self.after]

    def says(self, lang: str) -> str:
        """“Back to normal within 2 min after “hot-spot” (95 % of attempts through, for 10 s)”."""
        within, hold = duration(self.within, lang), duration(self.hold, lang)
        share, below = percent(self.share, lang), self.below and duration(self.below, lang)
        fast = {"fr": f" en moins de {below}", "en": f" in less than {below}"}[lang]
        fast = fast if below else ""
        return {
            "fr": f"Retour à la normale après «\u00a0{self.after}\u00a0» en {within} au plus "
            f"({share} des tentatives abouties{fast}, pendant {hold})",
            "en": f"Back to normal within {within} after “{self.after}” "
            f"({share} of attempts through{fast}, for {hold})",
        }[lang]

    def where(self, lang: str) -> str:
        """Its window is after a fault, and stands in its words."""
        del lang
        return f"({self.platform})" if self.platform else ""

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """A fault of that name, and a run that goes on long enough after it to show recovery."""
        if self.phase is not None or self.each != "none":
            yield "slo", "recovery is after a fault, of all: no `in`, no `each`"
        faults, phases = around.parts.get("faults"), around.phases
        if faults is None:
            if "faults" not in around.given:
                yield "after", f"no fault “{self.after}”: there is none"
            return
        found = next((entry for entry in faults if entry.name == self.after), None)
        if found is None:
            hint = nearest(self.after, [entry.name for entry in faults])
            yield "after", f"no fault “{self.after}”: {hint}"
        elif phases:
            with contextlib.suppress(ValueError):  # told at the fault
                ends = window(found.during, phases).end
                if ends + self.within + self.hold > around.end:
                    far = (
                        f"“within” and “hold” ({duration(self.hold, 'en')}) reach past the end of "
                        f"the run ({clock(around.end)}) after “{self.after}” ({clock(ends)})"
                    )
                    yield "within", far
