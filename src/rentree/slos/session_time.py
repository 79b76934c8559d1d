"""`{slo: session-time, idle: 10 min}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from rentree.quantity import SECOND, Duration, Share
from rentree.slos.kind import Group, Scaling, Slo, Surroundings
from rentree.words import duration


class SessionTime(Slo):
    """Idle sessions end when they should: not before, and not never (F40, F41)."""

    explains: ClassVar[str] = (
        "a session ends after so long without a request, and not before: who comes back sooner is "
        "still in, who comes back later is not"
    )
    slo: Literal["session-time"]
    idle: Duration
    share_below: Share = 0.02  # of people who may find it otherwise (convention)
    give: Duration = SECOND  # around it, in which either is right (convention)
    each: list[Group] | Literal["none"] = "none"

    def says(self, lang: str) -> str:
        """“Sessions end after 10 min without a request, and not before”."""
        idle = duration(self.idle, lang)
        return {
            "fr": f"Les sessions finissent après {idle} sans requête, et pas avant",
            "en": f"Sessions end after {idle} without a request, and not before",
        }[lang]

    def tolerated(self) -> float:
        """The share of people."""
        return self.share_below

    def settled_after(self, patience: int) -> int:
        """Whether somebody is still in is known once their patience is up."""
        return patience

    def scaled(self, by: Scaling) -> Self:
        """Compressed, as the sandbox's sessions are (a real platform's cannot be)."""
        return self.model_copy(update={"idle": round(self.idle / by.clock)})

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """A time that can be told."""
        del around
        if self.idle <= self.give:
            yield "idle", f"{duration(self.idle, 'en')} cannot be told from nothing"
