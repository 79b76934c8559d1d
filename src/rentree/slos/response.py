"""`{slo: response, step: sign in, quantile: 95 %, below: 5 s, in: bell}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from rentree.quantity import Duration, Share
from rentree.slos.kind import SPACE, Slo, Surroundings
from rentree.words import duration, percent, step
from rentree.yamltext import nearest


class Response(Slo):
    """A quantile of a step's response time."""

    explains: ClassVar[str] = (
        "the quantile of a step's response time, from the moment a person meant to act, "
        "lies strictly below a limit; what was not ok counts as longer than any limit"
    )
    slo: Literal["response"]
    step: str
    quantile: Share
    below: Duration

    def names(self) -> list[str]:
        """The step is part of the name."""
        return ["response", self.step]

    def says(self, lang: str) -> str:
        """“Step “home”: 95 % of first attempts in less than 2 s”."""
        share, limit, name = (
            percent(self.quantile, lang), duration(self.below, lang), step(self.step, lang)
        )  # fmt: skip
        return {
            "fr": f"Étape «\u00a0{name}\u00a0»{SPACE}: {share} des premières tentatives "
            f"en moins de {limit}",
            "en": f"Step “{name}”: {share} of first attempts in less than {limit}",
        }[lang]

    def tolerated(self) -> float:
        """1 - quantile."""
        return round(1 - self.quantile, 12)

    def limit_us(self) -> int:
        """The response limit."""
        return self.below

    def step_of_its_own(self) -> str:
        """The step."""
        return self.step

    def settled_after(self, patience: int) -> int:
        """What is not done by its limit has broken the promise."""
        del patience
        return self.below

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """A step that somebody does, a quantile that exists."""
        if self.step not in (steps := around.tried()):
            yield "step", f"nobody does the step “{self.step}”: {nearest(self.step, steps)}"
        if not 0 < self.quantile < 1:
            yield "quantile", "a quantile lies between 0 % and 100 %"
