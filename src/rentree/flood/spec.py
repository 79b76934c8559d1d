"""What one flood sends, from where, how fast and for how long."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

MOST_PER_SECOND = 10_000  # requests/s of one sender: what one core holds (15 000 it does not)
MOST_SECONDS = 7_200.0
FIRST_SOURCE = ipaddress.IPv4Address("127.200.0.1")  # schools come from 127.16.0.1 and up


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
    rate: float  # requests/s in all
    seconds: float  # it ends by itself
    out: Path  # a line of figures a second
    granted: bool = False  # by the platform's own authorisation; else loopback only

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if not (ipaddress.ip_address(self.address).is_loopback or self.granted):
            raise ValueError(f"{self.address} is not loopback, and nobody granted a flood of it")
        if not 0 < self.rate <= MOST_PER_SECOND or not 0 < self.seconds <= MOST_SECONDS:
            raise ValueError("a flood is bounded: in its rate, and in its time")
        return self


def sources(address: str, count: int) -> list[str]:
    """So many addresses for a flood of a loopback address; of any other only our own."""
    if not ipaddress.ip_address(address).is_loopback or ":" in address:
        return []
    return [str(FIRST_SOURCE + i) for i in range(count)]
