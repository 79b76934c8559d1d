"""Floods of connections that are held: idle, or fed and read so slowly that they never end.

After slowhttptest: slow headers (slowloris), slow body (R-U-Dead-Yet), slow read. Each connection
costs the platform a place and us almost nothing; what is closed is opened again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from rentree.errors import UsageError
from rentree.fault import Scene, Settings
from rentree.flood.injector import Floods, door_of, spec
from rentree.flood.spec import MOST_CONNECTIONS, FloodSpec, Hold
from rentree.plan import PlannedFault
from rentree.quantity import SECOND, Count, Duration, Rate
from rentree.words import duration, number

How = Literal["connection", "headers", "body", "read"]
_HELD: dict[How, dict[str, str]] = {
    "connection": {"fr": "connexions muettes", "en": "idle connections"},
    "headers": {"fr": "requêtes aux en-têtes sans fin", "en": "requests of endless headers"},
    "body": {"fr": "envois sans fin", "en": "posts of endless bodies"},
    "read": {"fr": "réponses lues au compte-gouttes", "en": "answers read drop by drop"},
}


class ConnectionFloodSettings(Settings):
    """What `fault: connection-flood` takes."""

    explains = "so many connections are opened and held without a word"
    how: ClassVar[How] = "connection"
    hits: ClassVar[tuple[str, ...]] = ("platform", "step")
    connections: Count
    rate: Rate = 50.0  # new ones a second
    addresses: Count = 1

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if not 1 <= self.connections <= MOST_CONNECTIONS:
            raise ValueError(f"one process holds 1 to {MOST_CONNECTIONS} connections")
        if not 1 <= self.rate <= 5_000 or not 1 <= self.addresses <= 1000:
            raise ValueError("1 to 5000 new connections a second, from 1 to 1000 addresses")
        return self

    def scaled(self, scale: float) -> Self:
        """Connections shrink with the crowd. Raises UsageError when none is left."""
        count = round(self.connections * scale)
        if count < 1:
            raise UsageError("of the connections that flood none is left at this scale")
        return self.model_copy(update={"connections": count})

    def sends(self) -> float:
        """New connections a second."""
        return self.rate

    def hold(self) -> Hold:
        """What the sender is told."""
        return Hold(how=self.how, connections=self.connections)

    def told(self, language: str) -> str:
        """“500 connexions muettes, 50 nouvelles par seconde, depuis 1 adresse”."""
        count, rate, addresses = (
            number(value, language, 2) for value in (self.connections, self.rate, self.addresses)
        )
        many, what = self.addresses > 1, _HELD[self.how][language]
        return {
            "fr": f"{count} {what}, {rate} nouvelles par seconde, depuis {addresses} "
            f"adresse{'s' * many}",
            "en": f"{count} {what}, {rate} new ones a second, from {addresses} "
            f"address{'es' * many}",
        }[language]


class _Slow(ConnectionFloodSettings):
    every: Duration = 10 * SECOND  # between two crumbs on each; slowhttptest's default

    @model_validator(mode="after")
    def _crumbs(self) -> Self:
        if not SECOND // 10 <= self.every <= 300 * SECOND:
            raise ValueError("`every` is 100 ms to 5 min")
        return self

    def hold(self) -> Hold:
        """With its pace."""
        return Hold(how=self.how, connections=self.connections, every=self.every / SECOND)

    def told(self, language: str) -> str:
        """With its pace."""
        every = duration(self.every, language)
        return super().told(language) + {
            "fr": f", une miette toutes les {every}", "en": f", a crumb every {every}"
        }[language]  # fmt: skip


class SlowHeadersSettings(_Slow):
    """What `fault: slow-headers` takes."""

    explains = "requests whose headers come a line at a time and never end (slowloris)"
    how: ClassVar[How] = "headers"


class SlowBodySettings(_Slow):
    """What `fault: slow-body` takes."""

    explains = "posts whose body comes a byte at a time and never ends"
    how: ClassVar[How] = "body"


class SlowReadSettings(_Slow):
    """What `fault: slow-read` takes."""

    explains = "requests whose answers are read a few bytes at a time"
    how: ClassVar[How] = "read"


_KINDS: dict[str, type[ConnectionFloodSettings]] = {
    "connection-flood": ConnectionFloodSettings,
    "slow-headers": SlowHeadersSettings,
    "slow-body": SlowBodySettings,
    "slow-read": SlowReadSettings,
}


class Injector(Floods):
    """Floods of connections that are held."""

    kinds: ClassVar[Mapping[str, type[Settings]]] = {**_KINDS}

    def specs(self, fault: PlannedFault, scene: Scene) -> list[FloodSpec]:
        """One sender."""
        settings = _KINDS[fault.fault].model_validate(fault.settings)
        if door_of(fault, scene).url.startswith("https:") and settings.how != "connection":
            raise UsageError(
                f"fault “{fault.name}”: {fault.fault} speaks plain http only, and this platform "
                "is met over https; nothing was sent"
            )
        return [
            spec(
                fault, scene, addresses=settings.addresses, rate=settings.rate,
                hold=settings.hold(),
            )
        ]  # fmt: skip

    def flows(self, fault: PlannedFault, figures: dict[str, int]) -> bool:
        """Connections are opened, or are held."""
        return figures["asked"] > 0 or figures.get("held", 0) > 0
