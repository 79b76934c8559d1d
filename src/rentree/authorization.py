"""The authorisation: the document by which a platform's owner allows its test.

The platform itself serves it, as JSON, at `/.well-known/rentree-authorization.json`. It shows who
controls that web server; who really agreed stands in the agreements that it cites.
Pure: values and what they forbid. Asking for it is `rentree.leave`.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
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
_TOLD = 20  # problems of one document that are told


def _host(text: str) -> str:
    if re.fullmatch(r"[\w.-]+", text):
        return text
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise ValueError(f"“{text}” is no host's name: write it as in ent.example") from None


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"“{text}” is neither an address nor a network") from None
    if network.prefixlen == 0:
        raise ValueError(f"“{text}” is every address there is: name those of the hosts")
    return text


def _with_unit(value: object) -> int:
    if not isinstance(value, str):  # a bare number would be read as µs
        raise ValueError('a duration is a text with its unit, as in "5 min"')
    return parse_duration(value)


# One line of plain text: it is printed in terminals and reports.
_Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\p{Cc}\p{Cf}]+$")]
_Host = Annotated[_Line, AfterValidator(_host)]
_Network = Annotated[str, AfterValidator(_network)]


class _Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True
    )


class Ceilings(_Section):
    """How hard the platform may be tried; enforced where requests are sent."""

    people: int = Field(ge=1)  # in the whole run
    arrivals_per_second: float = Field(gt=0)
    requests_per_second: float = Field(gt=0)  # of the crowd
    minutes: float = Field(gt=0)  # of a run


class Window(_Section):
    """When it may be tried, [from, to); both ends with their offset from UTC."""

    start: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.end <= self.start:
            raise ValueError("a window ends after it begins")
        return self


class Flood(_Section):
    """The second, explicit grant, without which no flood is sent."""

    requests_per_second: float = Field(gt=0)  # of all floods together


class Agreement(_Section):
    """Who agreed: the paper behind the document."""

    by: _Line
    ref: _Line
    date: date


class Authorization(_Section):
    """The whole document."""

    hosts: list[_Host] = Field(min_length=1)
    addresses: list[_Network] = Field(min_length=1)  # that the hosts may stand for
    ceilings: Ceilings
    windows: list[Window] = Field(min_length=1)
    faults: list[_Line] = Field(default_factory=list)  # kinds that may be used meanwhile
    containers: list[_Line] = Field(default_factory=list)  # names of those that may be broken
    floods: Flood | None = None
    agreements: list[Agreement] = Field(min_length=1)
    contact: _Line  # whom to call when something goes wrong
    signature: _Line | None = None  # Ed25519, by the key that a profile may pin
    when_unreachable: Annotated[int, BeforeValidator(_with_unit)] = 300 * SECOND  # µs

    def grace(self, *, flooding: bool) -> int:
        """How long a platform that does not answer is tried on, µs: 60 s at most in a flood."""
        return min(self.when_unreachable, 60 * SECOND) if flooding else self.when_unreachable

    def open_until(self, now: datetime) -> datetime | None:
        """The end of the window that a moment lies in, the last if of several; None: of none."""
        ends = (window.end for window in self.windows if window.start <= now < window.end)
        return max(ends, default=None)


def parse(text: str) -> Authorization:
    """Read a document.

    Raises:
        UsageError: not JSON, or not such a document; every problem.
    """
    try:
        json.loads(text, object_pairs_hook=_once)
        return Authorization.model_validate_json(text)
    except ValidationError as error:
        problems = [
            f"{_place(e['loc'])}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()
        ]
        more = len(problems) - _TOLD
        told = "; ".join(problems[:_TOLD]) + (f"; and {more} more" if more > 0 else "")
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
    if not within(address, document.addresses):
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
    reasons += _out_of_time(document, now, length_us)
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


def _out_of_time(document: Authorization, now: datetime, length_us: int) -> list[str]:
    until = document.open_until(now)
    if until is None:
        return [f"now, {now:%Y-%m-%d %H:%M %Z}, lies in none of its windows"]
    end, until = now + timedelta(microseconds=length_us), until.astimezone(now.tzinfo)
    if end <= until:
        return []
    return [f"the run would end at {end:%Y-%m-%d %H:%M %Z}, its window at {until:%Y-%m-%d %H:%M}"]


def within(address: str, allowed: Iterable[str]) -> bool:
    """Whether an address lies in one of these addresses and networks."""
    here = ipaddress.ip_address(address)
    return any(here in ipaddress.ip_network(network, strict=False) for network in allowed)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # of a key that stands twice, JSON readers take the one or the other in silence
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def _place(steps: Sequence[str | int]) -> str:
    # the keys are somebody else's text, on its way to a terminal
    text = ".".join(str(step) for step in steps)[:100] or "the document"
    return "".join(letter if letter.isprintable() else "?" for letter in text)
