"""The authorisation: the document by which a platform's owner allows its test.

The platform itself serves it, as JSON, at `/.well-known/rentree-authorization.json`. It shows who
controls that web server; who really agreed stands in the agreements that it cites.
Pure: values and what they forbid. Asking for it is `rentree.leave`.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from rentree.errors import UsageError
from rentree.quantity import SECOND, parse_duration

PATH = "/.well-known/rentree-authorization.json"
LONGEST = 65_536  # bytes of a document


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Ceilings(_Section):
    """How hard the platform may be tried; enforced where requests are sent."""

    people: int = Field(ge=1)  # in the whole run
    arrivals_per_second: float = Field(gt=0)
    requests_per_second: float = Field(gt=0)  # of the crowd
    minutes: float = Field(gt=0)  # of a run


class Window(_Section):
    """When it may be tried; both ends with their offset from UTC."""

    start: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.end <= self.start:
            raise ValueError("a window ends after it begins")
        return self


class Flood(_Section):
    """The second, explicit grant, without which no flood is sent."""

    requests_per_second: float = Field(gt=0)


class Agreement(_Section):
    """Who agreed: the paper behind the document."""

    by: str = Field(min_length=1)
    ref: str = Field(min_length=1)
    date: str = Field(min_length=1)


class Authorization(_Section):
    """The whole document."""

    hosts: list[str] = Field(min_length=1)
    addresses: list[str] = Field(min_length=1)  # addresses or networks that the hosts stand for
    ceilings: Ceilings
    windows: list[Window] = Field(min_length=1)
    faults: list[str] = Field(default_factory=list)  # kinds that may be used while it is tried
    floods: Flood | None = None
    agreements: list[Agreement] = Field(min_length=1)
    contact: str = Field(min_length=1)  # whom to call when something goes wrong
    when_unreachable: Annotated[int, BeforeValidator(parse_duration)] = 300 * SECOND  # µs

    def grace(self, *, flooding: bool) -> int:
        """How long a platform that does not answer is tried on, µs: 60 s at most in a flood."""
        return min(self.when_unreachable, 60 * SECOND) if flooding else self.when_unreachable

    def open_at(self, now: datetime) -> bool:
        """Whether a moment lies in one of the windows."""
        return any(window.start <= now < window.end for window in self.windows)


def parse(text: str) -> Authorization:
    """Read a document.

    Raises:
        UsageError: not JSON, or not such a document; every problem.
    """
    try:
        return Authorization.model_validate(json.loads(text))
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(str(step) for step in e['loc']) or 'the document'}: {e['msg']}"
            for e in error.errors()
        )
        raise UsageError(f"not an authorisation: {told}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"not an authorisation: not JSON ({error})") from None


def consented(hosts: Iterable[str], said: Sequence[str]) -> list[str]:
    """The hosts to whose test nobody on this machine has consented, each once."""
    known = {host.lower() for host in said}
    return [host for host in dict.fromkeys(hosts) if host.lower() not in known]


def forbids(
    document: Authorization,
    *,
    host: str,
    address: str,
    people: int,
    peak_arrivals: int,
    length_us: int,
    faults: Iterable[tuple[str, float]],
    now: datetime,
) -> list[str]:
    """Why a document does not allow a run, every reason in words; empty when it does.

    `faults`: kind, and requests a second that it sends by itself. `now` bears its offset.
    """
    ceilings = document.ceilings
    reasons = []
    if host.lower() not in (name.lower() for name in document.hosts):
        reasons.append(f"it is for {', '.join(document.hosts)}, not for {host}")
    if not _within(address, document.addresses):
        reasons.append(f"{host} stands for {address}, which is not among its addresses")
    if people > ceilings.people:
        reasons.append(f"{people} people would come, {ceilings.people} may")
    if peak_arrivals > ceilings.arrivals_per_second:
        reasons.append(
            f"{peak_arrivals} people would arrive in one second, "
            f"{ceilings.arrivals_per_second:g} may"
        )
    if length_us > ceilings.minutes * 60 * SECOND:
        reasons.append(
            f"the run takes {length_us / SECOND / 60:.1f} min, {ceilings.minutes:g} min may be used"
        )
    if not document.open_at(now):
        reasons.append(f"now, {now:%Y-%m-%d %H:%M %Z}, lies in none of its windows")
    flooding = 0.0
    for kind, rate in faults:
        if kind not in document.faults:
            reasons.append(f"the fault “{kind}” is not among those that it allows")
        flooding += rate
    allowed = document.floods.requests_per_second if document.floods else 0.0
    if flooding > allowed:
        reasons.append(
            f"floods of {flooding:g} requests/s need a grant of their own (`floods`), "
            + (f"which ends at {allowed:g}" if allowed else "which is not there")
        )
    return reasons


def _within(address: str, allowed: Iterable[str]) -> bool:
    try:
        here = ipaddress.ip_address(address)
        return any(here in ipaddress.ip_network(network, strict=False) for network in allowed)
    except ValueError:
        return False
