"""`{slo: single-use, steps: [ticket again, ticket after sign out]}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from rentree.slos.kind import Group, Slo, Surroundings
from rentree.words import step
from rentree.yamltext import nearest


class SingleUse(Slo):
    """What may be used once is refused the second time, after sign-out, and from somebody else."""

    by_platform: ClassVar[bool] = False
    explains: ClassVar[str] = (
        "tickets and tokens are refused the second time, after sign-out and from another person: "
        "steps of somebody who tries it, ok when the platform refuses; one that is taken is enough"
    )
    slo: Literal["single-use"]
    steps: list[str] = Field(min_length=1)
    each: list[Group] | Literal["none"] = "none"

    def says(self, lang: str) -> str:
        """“Used once only: ticket again, ticket after sign out”."""
        names = ", ".join(step(name, lang) for name in self.steps)
        return {"fr": f"À usage unique : {names}", "en": f"Used once only: {names}"}[lang]

    def settled_after(self, patience: int) -> int:
        """Whether it is taken is known once patience is up."""
        return patience

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """Steps that somebody does."""
        known = around.tried()
        for name in self.steps:
            if name not in known:
                yield "steps", f"nobody does the step “{name}”: {nearest(name, known)}"
