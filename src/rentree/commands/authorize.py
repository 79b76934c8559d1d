"""`rentree authorize`: the document that a platform's owner publishes to allow its test."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rentree.authorization import PATH, parse
from rentree.errors import UsageError
from rentree.signature import sign


@dataclass(frozen=True)
class Grant:
    """What the owner allows, as typed; moments in ISO 8601 with their offset from UTC."""

    hosts: Sequence[str]
    addresses: Sequence[str]
    people: int
    arrivals: float  # a second
    requests: float  # a second
    minutes: float
    start: str
    end: str
    faults: Sequence[str]
    flood: float | None  # requests a second
    by: str
    ref: str
    signed: str  # a date; empty: today
    contact: str
    when_unreachable: str
    containers: Sequence[str] = ()
    sign: Path | None = None  # file of the private key


def document(grant: Grant) -> str:
    """The document as JSON text.

    Raises:
        UsageError: it would not be read as an authorisation; every problem.
    """
    addresses = list(grant.addresses) or [_address(host) for host in grant.hosts]
    flood = grant.flood is not None
    faults = dict.fromkeys([*grant.faults, *(["flood"] if flood else [])])
    signed = grant.signed or date.today().isoformat()
    data = {
        "hosts": list(grant.hosts),
        "addresses": addresses,
        "ceilings": {
            "people": grant.people,
            "arrivals_per_second": grant.arrivals,
            "requests_per_second": grant.requests,
            "minutes": grant.minutes,
        },
        "windows": [{"from": grant.start, "to": grant.end}],
        "faults": list(faults),
        **({"floods": {"requests_per_second": grant.flood}} if flood else {}),
        "agreements": [{"by": grant.by, "ref": grant.ref, "date": signed}],
        "contact": grant.contact,
        "when_unreachable": grant.when_unreachable,
    }
    if grant.containers:
        data["containers"] = list(grant.containers)
    if grant.sign is not None:
        data["signature"] = sign(data, grant.sign)
    text = json.dumps(data, ensure_ascii=False, indent=2)
    parse(text)
    return text


def advice(grant: Grant) -> list[str]:
    """Where to publish it, and what it does there, a line each."""
    floods = "allowed" if grant.flood is not None else "not allowed (`--flood` would)"
    return [
        "Publish this, unchanged, at each host that it names, at the port that will be tried:",
        *(f"    https://{host}{PATH}" for host in grant.hosts),
        "with status 200 and without sign-in, redirect, queue, quota or rate limit.",
        "It is read before a run and every second of it. Take it away or change it: the run stops.",
        f"Without an answer for {grant.when_unreachable} a run ends as the platform's failure.",
        f"Floods are {floods}. Whoever starts a run says `--authorized HOST` for each host too.",
    ]


def _address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        raise UsageError(
            f"say `--address` for {host}: the addresses or networks that it may stand for, so that "
            "a name that is made to point elsewhere is not followed"
        ) from None
