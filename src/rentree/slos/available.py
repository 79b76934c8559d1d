"""`{slo: available, slow_above: 5 s, slow_at_most: 15 min, blocked_at_most: 0 min}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from rentree.quantity import SECOND, Duration, Share
from rentree.slos.kind import SPACE, Scaling, Slo, Surroundings
from rentree.words import duration, percent

MINUTE = 60 * SECOND


class Available(Slo):
    """Every quarter of an hour normal, slow or blocked, in each territory."""

    explains: ClassVar[str] = (
        "every quarter of an hour is normal, slow or blocked by what its people met; at most so "
        "much time is slow or blocked, and so much blocked; beside it stands the part of a month's "
        "budget (CCAG-TIC 2021, art. 32.4) that this morning used"
    )
    slo: Literal["available"]
    slot: Duration = 15 * MINUTE
    slow_above: Duration  # response that is slow
    normal: Share = 0.95  # of a slot's attempts that are through in that time when it is normal
    blocked_below: Share = 0.5  # of a slot's attempts that come to their right end at all
    slow_at_most: Duration  # slow or blocked, in all
    blocked_at_most: Duration = 0
    budget: Duration = 252 * MINUTE  # of a month: 2 % of 21 days from 8:00 to 18:00

    def says(self, lang: str) -> str:
        """“Slow (5 s) or blocked for at most 15 min, blocked for at most 0 s”."""
        slow, blocked = duration(self.slow_at_most, lang), duration(self.blocked_at_most, lang)
        limit, share = duration(self.slow_above, lang), percent(self.normal, lang)
        return {
            "fr": f"Service normal ({share} des tentatives abouties en {limit}){SPACE}: ralenti ou "
            f"bloqué {slow} au plus, bloqué {blocked} au plus",
            "en": f"Normal service ({share} of attempts through within {limit}): slow or blocked "
            f"for {slow} at most, blocked for {blocked} at most",
        }[lang]

    def limit_us(self) -> int:
        """What is slow."""
        return self.slow_above

    def settled_after(self, patience: int) -> int:
        """A slot is known once its people's patience is up."""
        return patience

    def scaled(self, by: Scaling) -> Self:
        """Stretches of the morning are compressed with it; what is slow is not."""
        return self.model_copy(
            update={
                key: round(getattr(self, key) / by.clock)
                for key in ("slot", "slow_at_most", "blocked_at_most", "budget")
            }
        )

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """Slots that exist, limits that hang together."""
        del around
        if self.slot <= 0:
            yield "slot", "a slot must last some time"
        if self.budget <= 0:
            yield "budget", "a budget of nothing is always used up"
        if self.blocked_at_most > self.slow_at_most:
            yield "blocked_at_most", "what is blocked is slow too: no longer than slow_at_most"
