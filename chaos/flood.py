"""A flood: ×k of a normal rate at one step of a platform, from one or several addresses.

Open loop, from processes of its own (`rentree.flood`), straight to the platform. In force is a
flood whose attempts are issued at their time, whatever comes back (docs/verdict.md, c).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rentree.errors import UsageError
from rentree.fault import Scene, Settings
from rentree.flood.injector import Floods, path_of, spec
from rentree.flood.spec import MOST_PER_SECOND, MOST_RETRIES, FloodSpec
from rentree.plan import PlannedFault
from rentree.quantity import Count, Rate, Share
from rentree.words import number, percent

LEAST_PER_SECOND = 2.0  # requests/s; with fewer a look a second could find that none was due
_PROCESSES = 4  # that one flood may be divided over


class Normal(BaseModel):
    """The rate that the flood is a multiple of, and what it is normal for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: Rate
    of: str
    per: Literal["all", "address"] = "all"  # of all its addresses together, or of each


class Origin(BaseModel):
    """Where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    addresses: Count = 1


class Moves(BaseModel):
    """A hot spot that moves on when it is turned away (F22)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: list[str] = Field(min_length=1)  # steps, one after another
    when_refused: Share = 0.5  # of what ended in a second: refused, failed or unanswered


class FloodSettings(Settings):
    """What `fault: flood` takes."""

    explains = (
        "`times` a normal rate of requests at a step's first page, from one or several "
        "addresses, issued on time whatever the platform answers"
    )
    hits: ClassVar[tuple[str, ...]] = ("platform", "step")
    from_: Origin = Field(default=Origin(), alias="from")
    normal: Normal
    times: Count
    retries: Count = 0  # of each request that was refused, failed or unanswered, at once
    moves: Moves | None = None

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if self.times < 1 or not 1 <= self.from_.addresses <= 1000:
            raise ValueError("a flood is 1 time the normal rate or more, from 1 to 1000 addresses")
        if not 0 <= self.retries <= MOST_RETRIES:
            raise ValueError(f"`retries` is 0 to {MOST_RETRIES}")
        if self.sends() > MOST_PER_SECOND * _PROCESSES:
            raise ValueError(
                f"{self.sends():g} requests/s are more than a machine sends "
                f"({MOST_PER_SECOND * _PROCESSES}): make it fewer"
            )
        return self

    def scaled(self, scale: float) -> Self:
        """A flood shrinks with the crowd. Raises UsageError when too little is left to be seen."""
        normal = self.normal.model_copy(update={"rate": self.normal.rate * scale})
        flood = self.model_copy(update={"normal": normal})
        if flood.base() < LEAST_PER_SECOND:
            raise UsageError(
                f"a flood of {flood.base():g} requests/s cannot be seen in every second: "
                f"{LEAST_PER_SECOND:g} requests/s at least (a larger scale, or more times)"
            )
        return flood

    def base(self) -> float:
        """Requests a second in all, before any is tried again."""
        each = self.from_.addresses if self.normal.per == "address" else 1
        return self.normal.rate * self.times * each

    def sends(self) -> float:
        """Requests a second in all, at most: with everything tried again as often as may be."""
        return self.base() * (1 + self.retries)

    def told(self, language: str) -> str:
        """“×100 d’une allure normale de 5 requêtes par seconde (…), depuis 1 adresse”."""
        times, rate, total, addresses = (
            number(value, language, 2)
            for value in (self.times, self.normal.rate, self.base(), self.from_.addresses)
        )
        many = "s" if self.from_.addresses > 1 else ""
        each = self.normal.per == "address"
        return {
            "fr": f"×{times} d’une allure normale de {rate} requêtes par seconde "
            f"{'et par adresse ' * each}({self.normal.of}), soit {total} par seconde, depuis "
            f"{addresses} adresse{many}",
            "en": f"×{times} of a normal {rate} requests a second {'from each address ' * each}"
            f"({self.normal.of}), {total} a second, from {addresses} "
            f"address{'es' if many else ''}",
        }[language] + self._further(language)

    def _further(self, language: str) -> str:
        told = ""
        if self.retries:
            again = number(self.retries, language)
            told += {
                "fr": f", chaque échec retenté jusqu’à {again} fois aussitôt",
                "en": f", each failure tried again up to {again} times at once",
            }[language]
        if self.moves:
            share, to = percent(self.moves.when_refused, language), ", ".join(self.moves.to)
            told += {
                "fr": f", déplacée vers {to} dès {share} de refus",
                "en": f", moving on to {to} from {share} refusals",
            }[language]
        return told


class Injector(Floods):
    """Floods of requests."""

    kinds: ClassVar[Mapping[str, type[Settings]]] = {"flood": FloodSettings}

    def specs(self, fault: PlannedFault, scene: Scene) -> list[FloodSpec]:
        """As many senders as its rate needs."""
        settings = FloodSettings.model_validate(fault.settings)
        count = math.ceil(settings.sends() / MOST_PER_SECOND)
        moves = settings.moves
        further = [_path(fault, scene, step) for step in moves.to] if moves else []
        return [
            spec(
                fault, scene, addresses=settings.from_.addresses, rate=settings.base(),
                part=part, of=count, retries=settings.retries, moves_to=further,
                moves_when=moves.when_refused if moves else 1.0,
            )
            for part in range(count)
        ]  # fmt: skip


def _path(fault: PlannedFault, scene: Scene, step: str) -> str:
    door = scene.doors.get((fault.hits["platform"], step))
    if door is None:
        raise UsageError(f"fault “{fault.name}”: the platform has no step “{step}” to move on to")
    return path_of(door)
