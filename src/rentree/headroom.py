"""Whether this machine has the descriptors and ports that a crowd needs, told before it starts.

Everybody who has come by the time when people leave counts as present, with one kept connection to
each host of their platform: what a run needs at most, for a worker more costs nothing.
"""

from __future__ import annotations

import contextlib
import ipaddress
import math
import resource
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rentree.crowd import Member
from rentree.errors import UsageError
from rentree.fault import address_of
from rentree.prepare import Prepared

MARGIN = 11, 10  # connections of ten people: some load a page's assets, some have just closed
RESERVE = 256  # descriptors that a process needs for itself
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL = 28_232  # ports, where the system does not tell


@dataclass(frozen=True)
class Limits:
    """What this machine gives: descriptors a process, ports for each pair of addresses."""

    descriptors: int
    ports: int


@dataclass(frozen=True)
class Need:
    """One thing that a run needs, and how much of it there is."""

    what: Literal["descriptors a worker", "ports", "descriptors for Toxiproxy"]
    needed: int
    there: int
    people: int  # whom it is needed for
    workers: int  # that would be enough; 0: more workers change nothing

    @property
    def short(self) -> bool:
        """Whether there is too little."""
        return self.needed > self.there

    def words(self) -> str:
        """“descriptors a worker: 27756 are needed (25000 people), this machine gives 20000”."""
        text = f"{self.what}: {self.needed} are needed ({self.people} people), "
        text += f"this machine gives {self.there}"
        if not self.short:
            return text
        if self.workers:
            return f"{text}: {self.workers} workers would be enough (--workers {self.workers})"
        if self.what == "ports":
            return f"{text} from one address: widen net.ipv4.ip_local_port_range, or bring fewer"
        return f"{text}: raise its hard limit (ulimit -Hn), or let faults hit fewer people"


def limits() -> Limits:
    """What this machine gives."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    ports = _USUAL
    with contextlib.suppress(OSError, ValueError):
        low, high = _RANGE.read_text(encoding="ascii").split()
        ports = int(high) - int(low) + 1
    return Limits(2**31 if hard == resource.RLIM_INFINITY else hard, ports)


def raise_descriptors() -> None:
    """Let this process open as many files as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def needs(
    members: Sequence[Member],
    *,
    stay_until: int,
    workers: int,
    hosts: Mapping[str, int],
    routed: Collection[str],
    by_school: bool,
    limits: Limits,
) -> list[Need]:
    """What a crowd needs at its fullest moment.

    `stay_until`: µs, when people leave. `hosts`: platform → how many hosts. `routed`: territories
    whose people pass through Toxiproxy. `by_school`: straight people come from their school's
    address, as on loopback; else all come from one.
    """
    present = [m for m in members if m.due <= stay_until]
    most = max(hosts.values(), default=1)
    share = math.ceil(len(present) / workers)
    fit = max((limits.descriptors - RESERVE) * MARGIN[1] // (MARGIN[0] * most), 1)  # people
    found = [
        Need(
            "descriptors a worker", _with_margin(share * most) + RESERVE,
            limits.descriptors, share, math.ceil(len(present) / fit),
        )
    ]  # fmt: skip
    through = sum(m.territory in routed for m in present)
    sources = Counter("" if m.territory in routed or not by_school else m.address for m in present)
    crowded = max(sources.values(), default=0)
    found.append(Need("ports", _with_margin(crowded), limits.ports, crowded, 0))
    if through:
        needed = _with_margin(2 * through * most) + RESERVE  # one to each side
        found.append(Need("descriptors for Toxiproxy", needed, limits.descriptors, through, 0))
    return found


def needs_of(prepared: Prepared) -> list[Need]:
    """What a run that could begin needs of this machine."""
    target, plan = prepared.target, prepared.plan
    names = [address_of(url)[0] for url in target.hosts] if target else []
    return needs(
        prepared.members,
        stay_until=plan.behaviour.stay_until,
        workers=plan.workers,
        hosts={p: len(target.platforms[p].hosts) if target else 1 for p in prepared.adapters},
        routed={f.hits["territory"] for f in plan.faults if "territory" in f.hits},
        by_school=all(_loopback(name) for name in names),
        limits=limits(),
    )


def refuse_unless_room(prepared: Prepared) -> None:
    """Raise UsageError when this machine cannot hold the run's connections; nothing was sent."""
    if short := [need.words() for need in needs_of(prepared) if need.short]:
        raise UsageError("nothing was sent, this run would not fit:\n- " + "\n- ".join(short))


def _with_margin(people: int) -> int:
    return -(-people * MARGIN[0] // MARGIN[1])


def _loopback(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
