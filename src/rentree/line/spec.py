"""What the relay of one line is told: where it leads, how fast it is, and for whom."""

from __future__ import annotations

import ipaddress
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from rentree.fault import Address

Per = Literal["person", "school", "territory"]
GREETING = b"rentree-line "  # how our client introduces itself: person, tab, school, newline
LONGEST = 512  # bytes of an introduction


def introduction(person: str, school: str) -> bytes:
    """The first line of a connection on a route that asks for it, before any TLS."""
    return GREETING + f"{person}\t{school}\n".encode()[: LONGEST - len(GREETING)]


class Figures(BaseModel):
    """What a line lets through; bytes/s and µs, None is without a limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    down: int | None = None
    up: int | None = None
    delay: int = 0
    jitter: int = 0

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if any(rate is not None and rate < 1 for rate in (self.down, self.up)):
            raise ValueError("a rate is above zero")
        if not 0 <= self.jitter <= self.delay:
            raise ValueError("a delay is never less than its jitter")
        return self


class Leads(BaseModel):
    """A listener that people connect to, and where it leads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Address
    introduces: bool = False  # the next one on the way asks for an introduction, too


class LineSpec(BaseModel):
    """One line: a listener a host, and two before our echo that show it at work."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    per: Per
    asks: bool  # whoever connects introduces itself
    figures: Figures
    leads: list[Leads]
    echo: Address

    @model_validator(mode="after")
    def _on_loopback(self) -> Self:
        if not ipaddress.ip_address(self.echo[0]).is_loopback:
            raise ValueError("the echo is ours, on loopback")
        if self.per != "territory" and not self.asks:
            raise ValueError(f"who shares a line per {self.per} is known by an introduction only")
        return self
