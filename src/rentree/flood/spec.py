"""What one flood sends, from where, how fast and for how long."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_PER_SECOND = 20_000  # requests/s of one sender: what one core holds (benchmarks, `floods`)
MOST_CONNECTIONS = 8_000  # that one process holds; it may open 20,000 descriptors
MOST_SECONDS = 7_200.0
MOST_RETRIES = 10
FIRST_SOURCE = ipaddress.IPv4Address("127.200.0.1")  # schools come from 127.16.0.1 and up


class Form(BaseModel):
    """What is posted instead of asking for a page; `{n}` in a value is the account's number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: dict[str, str]
    cookies: str = ""
    accounts: int = 1  # distinct ones, in turn


class Hold(BaseModel):
    """Connections that are held instead of requests that are sent, and how."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    how: Literal["connection", "headers", "body", "read"]
    connections: int
    every: float = 10.0  # s between two crumbs on each


class FloodSpec(BaseModel):
    """The whole flood; `address` is where it goes, `host` what its requests name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    address: str
    port: int
    host: str  # the Host line
    path: str
    tls: bool = False  # the platform is met over https
    sources: list[str]  # local addresses, used in turn; empty: the system's own
    rate: float  # requests (or new connections) a second in all
    seconds: float  # it ends by itself
    out: Path  # a line of figures a second
    granted: bool = False  # by the platform's own authorisation; else loopback only
    form: Form | None = None  # a sign-in flood
    hold: Hold | None = None  # a flood of connections
    retries: int = Field(default=0, ge=0, le=MOST_RETRIES)  # of what failed, each at once
    moves_to: list[str] = Field(default_factory=list)  # further paths of a moving hot spot
    moves_when: float = 1.0  # share of what ended in a second that was turned away or unanswered

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if not (ipaddress.ip_address(self.address).is_loopback or self.granted):
            raise ValueError(f"{self.address} is not loopback, and nobody granted a flood of it")
        if not 0 < self.rate <= MOST_PER_SECOND or not 0 < self.seconds <= MOST_SECONDS:
            raise ValueError("a flood is bounded: in its rate, and in its time")
        if self.hold is not None and not 0 < self.hold.connections <= MOST_CONNECTIONS:
            raise ValueError("a flood is bounded: in its connections")
        return self


def sources(address: str, count: int) -> list[str]:
    """So many addresses for a flood of a loopback address; of any other only our own."""
    if not ipaddress.ip_address(address).is_loopback or ":" in address:
        return []
    return [str(FIRST_SOURCE + i) for i in range(count)]
