"""`{slo: nothing-lost, kind: homework}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from rentree.quantity import SECOND, Duration
from rentree.slos.kind import Group, Slo, Surroundings
from rentree.yamltext import nearest

_KINDS = {"homework": {"fr": "Devoirs", "en": "Homework"}}


class NothingLost(Slo):
    """What the platform acknowledged is there, whole, once, and its owner's."""

    by_platform: ClassVar[bool] = False
    explains: ClassVar[str] = (
        "every write that the platform acknowledged is read back after the run, by another path, "
        "by its owner and a teacher, and after a restart: whole, once, and under its owner's name"
    )
    slo: Literal["nothing-lost"]
    kind: str = "homework"
    read_for: Duration = 60 * SECOND  # at most, each time it is read back
    each: list[Group] | Literal["none"] = "none"

    def names(self) -> list[str]:
        """What was written is part of the name."""
        return ["nothing-lost", self.kind]

    def says(self, lang: str) -> str:
        """“Homework that was acknowledged is there, whole, once, its owner's”."""
        what = _KINDS.get(self.kind, {"fr": self.kind, "en": self.kind})[lang]
        return {
            "fr": f"{what} dont la remise fut confirmée : tous là, entiers, une fois, à leur "
            "auteur",
            "en": f"{what} that was acknowledged: all there, whole, once, its owner’s",
        }[lang]

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """A kind that we know, of the whole."""
        if self.kind not in _KINDS:
            yield (
                "kind",
                f"nothing is written of the kind “{self.kind}”: {nearest(self.kind, _KINDS)}",
            )
        if self.each != "none" or self.phase is not None:
            yield "slo", "what was written is read back of the whole run: no `in`, no `each`"
        if around.moving:
            text = "what was written is read back where people come from: not with people who move"
            yield "slo", f"{text} (`steps_at`, `fallback`)"
        if not {"hand in"} & around.tried():
            yield "slo", "nobody hands anything in: nothing could be lost"
