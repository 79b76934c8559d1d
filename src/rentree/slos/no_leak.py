"""`{slo: no-leak}`."""

from __future__ import annotations

from typing import ClassVar, Literal

from rentree.slos.kind import Group, Slo


class NoLeak(Slo):
    """Nobody is shown somebody else's data, or given their session."""

    by_platform: ClassVar[bool] = False
    explains: ClassVar[str] = (
        "nobody is shown another person's page or given their session, and no personal page may be "
        "kept by a cache that others share; one is enough"
    )
    slo: Literal["no-leak"]
    each: list[Group] | Literal["none"] = "none"

    def says(self, lang: str) -> str:
        """“No page, session or cache of one person is another's”."""
        return {
            "fr": "Ni page, ni session, ni cache d’une personne chez une autre",
            "en": "No page, session or cache of one person is another’s",
        }[lang]
