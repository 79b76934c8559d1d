"""`{slo: resilient, in: disturbance, baseline: baseline, share: 90 %}`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, Self

from rentree.quantity import Duration, Share
from rentree.slos.kind import SPACE, Slo, Surroundings
from rentree.words import duration, percent, phase
from rentree.yamltext import nearest


class Resilient(Slo):
    """What is completed under disturbance, over what is completed without (ISO/IEC 25045)."""

    explains: ClassVar[str] = (
        "the share of what people try that is completed under disturbance, divided by that of the "
        "baseline, is at least a limit (resiliency of ISO/IEC 25045:2010)"
    )
    slo: Literal["resilient"]
    baseline: str = "baseline"  # the phase without disturbance
    share: Share
    within: Duration | None = None  # in which a step is completed; None: people's patience

    def says(self, lang: str) -> str:
        """“Completed, in proportion to the baseline: at least 90 %”."""
        share, base = percent(self.share, lang), phase(self.baseline, lang)
        fast = f" ({duration(self.within, lang)})" if self.within else ""
        return {
            "fr": f"Tentatives abouties{fast}, rapportées à la phase « {base} »{SPACE}: "
            f"au moins {share}",
            "en": f"Attempts completed{fast}, in proportion to “{base}”: at least {share}",
        }[lang]

    def tolerated(self) -> float:
        """1 - share."""
        return round(1 - self.share, 12)

    def windows(self) -> Sequence[Self]:
        """Its own, and the one that it is compared to."""
        return [self, self.model_copy(update={"phase": self.baseline})]

    def limit_us(self) -> int | None:
        """The time within which a step must be completed."""
        return self.within

    def settled_after(self, patience: int) -> int:
        """What is not completed by its limit has not been."""
        return self.within or patience

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """Two phases to compare."""
        phases = around.phases or {}
        if self.phase is None:
            yield "in", "resilience is that of a phase: say in: disturbance"
        if phases and self.baseline not in phases:
            yield "baseline", f"no phase “{self.baseline}”: {nearest(self.baseline, phases)}"
        if self.phase == self.baseline:
            yield "baseline", "a phase compared to itself is always 100 %"
