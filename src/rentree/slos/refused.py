"""`{slo: refused, of: people, share_below: 1 %, in: bell}`, and the shares of other outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from rentree.quantity import Share
from rentree.slos.kind import SPACE, Slo, Surroundings
from rentree.words import percent

_COUNTED = {
    "people": {"fr": "Personnes", "en": "People"},
    "attempts": {"fr": "Tentatives", "en": "Attempts"},
}
_MET: dict[str, dict[str, str]] = {
    "refused": {"fr": "refoulées", "en": "turned away"},
    "wrong": {"fr": "avec un contenu faux", "en": "shown wrong content"},
    "error": {"fr": "en erreur", "en": "in error"},
    "timeout": {"fr": "sans réponse à temps", "en": "without an answer in time"},
    "waiting": {"fr": "encore en file", "en": "still queued"},
}


class Refused(Slo):
    """The share of people or of attempts that met an outcome: `refused`, or another by its name."""

    explains: ClassVar[str] = (
        "the share of people (or attempts) that met this outcome lies strictly below a limit "
        "(refused: turned away by quota, gate or limit); a later success does not undo it"
    )
    slo: Literal["refused", "wrong", "error", "timeout", "waiting"]
    of: Literal["people", "attempts"] = "people"
    share_below: Share

    def names(self) -> list[str]:
        """What is counted is part of the name."""
        return [self.slo, self.of]

    def says(self, lang: str) -> str:
        """“People turned away: less than 1 %”."""
        share, who, met = (
            percent(self.share_below, lang), _COUNTED[self.of][lang], _MET[self.slo][lang]
        )  # fmt: skip
        return {
            "fr": f"{who} {met}{SPACE}: moins de {share}",
            "en": f"{who} {met}: less than {share}",
        }[lang]

    def tolerated(self) -> float:
        """The limit itself."""
        return self.share_below

    def settled_after(self, patience: int) -> int:
        """Nothing settles a share of outcomes before people's patience is up."""
        return patience

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """A share that something can lie below."""
        del around
        if self.share_below <= 0:
            yield "share_below", "nothing lies below 0 %"
