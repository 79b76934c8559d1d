"""Where the platforms of a run are: hosts, pinned addresses, and by whose leave they are tried.

A sandbox of ours needs no leave. Any other platform needs consent said on this machine, without
which no packet leaves, and then the authorisation that it serves itself (design: Safety).
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from rentree import leave
from rentree.authorization import PATH, Authorization, consented, forbids
from rentree.errors import UsageError
from rentree.fault import Address, Door, Host, Link, address_of
from rentree.journal import Journal
from rentree.plan import Plan
from rentree.prepare import SIMULATED, AdapterFacts, Prepared
from rentree.quantity import SECOND
from rentree.sandbox.authority import trust as own_trust
from rentree.sandbox.identity import prove
from rentree.sandbox.ours import facts_of, require_ours
from rentree.schedule import Ints
from rentree.signature import unsigned
from rentree.target import Target, Tls
from rentree.trust import SYSTEM, Trust
from rentree.words import Words

_ANSWER_S = 10.0  # s that a host has to serve its authorisation


@dataclass(frozen=True)
class Granted:
    """The authorisation that one host served."""

    base: str
    address: str
    text: str
    document: Authorization


@dataclass(frozen=True)
class Reach:
    """The platforms of a run."""

    hosts: dict[str, dict[str, str]]  # platform → name of a host in its adapter → base URL
    pins: dict[str, str] = field(default_factory=dict)  # host → the address that was resolved
    forwarded_for: bool = True  # X-Forwarded-For is believed on routes through Toxiproxy
    ours: bool = True  # a sandbox of ours, that needs no leave
    sandbox: bool = True  # a sandbox of ours, that may be told things
    granted: list[Granted] = field(default_factory=list)
    control: tuple[str, str] | None = None  # URL near the platform, and its pinned address
    trust: Trust = SYSTEM  # who may vouch for the hosts
    notes: list[Words] = field(default_factory=list)  # what reports must say of it
    links: dict[str, Link] = field(default_factory=dict)  # between the platform's own parts

    @property
    def bases(self) -> dict[str, str]:
        """Platform → where its relative addresses start."""
        return {name: next(iter(hosts.values())) for name, hosts in self.hosts.items()}

    def all_hosts(self) -> list[Host]:
        """Every host once, as it is named and where it is."""
        urls = dict.fromkeys(url for hosts in self.hosts.values() for url in hosts.values())
        return [
            replace(self._host(url), names=tuple(dict.fromkeys(self._names(url)))) for url in urls
        ]

    def _names(self, url: str) -> Iterator[str]:
        """What platforms call a host."""
        for hosts in self.hosts.values():
            yield from (name for name, other in hosts.items() if other == url)

    def doors(self, facts: Mapping[str, AdapterFacts]) -> dict[tuple[str, str], Door]:
        """(platform, step) → its first page."""
        return {
            (platform, step): Door(self.bases[platform] + path, self._host(self.bases[platform]))
            for platform in self.hosts
            for step, path in facts[platform].doors.items()
        }

    def requests_per_second(self) -> float | None:
        """The lowest ceiling that was granted."""
        ceilings = [g.document.ceilings.requests_per_second for g in self.granted]
        return min(ceilings, default=None)

    def _host(self, url: str) -> Host:
        named: Address = address_of(url)
        return Host(named, (self.pins.get(named[0], named[0]), named[1]))


def of_sandbox(hosts: Mapping[str, str], platforms: Iterable[str]) -> Reach:
    """A sandbox stands for every platform of the profile; `hosts`: name → URL, the portal first."""
    return of_sandboxes(dict.fromkeys(platforms, hosts))


def of_sandboxes(hosts: Mapping[str, Mapping[str, str]]) -> Reach:
    """Sandboxes of ours; `hosts`: platform → name → URL, the portal first."""
    https = any(named["portal"].startswith("https:") for named in hosts.values())
    return Reach(
        {platform: dict(named) for platform, named in hosts.items()},
        trust=own_trust() if https else SYSTEM,
    )


def reach(prepared: Prepared) -> Reach | None:
    """Find the platforms that were asked for; None: a sandbox is still to be started.

    Raises:
        UsageError: nobody is there, or it may not be tried; without consent nothing was sent.
    """
    request, target = prepared.request, prepared.target
    if request.target is None:
        return None
    if target is None and not request.loopback_as_remote:
        base = require_ours(request.target)
        return replace(
            of_sandbox({"portal": base}, prepared.adapters), notes=_own_size(base, prepared)
        )
    hosts = _hosts(target, prepared)
    urls = list(dict.fromkeys(url for named in hosts.values() for url in named.values()))
    forwarded = target is None or target.addresses.schools_by is not None
    # A simulated identity provider beside somebody's platform is ours and needs no leave.
    near = {url for url in urls if _loopback(address_of(url)[0]) and prove(url)}
    proven = set() if request.loopback_as_remote else near
    ours, theirs = len(proven) == len(urls), [url for url in urls if url not in proven]
    names = [address_of(url)[0] for url in theirs]
    control_url = target.control if target else None
    beside = [address_of(control_url)[0]] if control_url else []
    if missing := consented([*names, *beside], list(request.authorized)):
        raise UsageError(
            f"nothing of the run was sent: you have not said that {', '.join(missing)} may be "
            "tried. Only "
            "somebody who answers for the platform may say so: "
            + " ".join(f"--authorized {name}" for name in missing)
        )
    control = (control_url, _resolve(beside[0])) if control_url else None
    links = _links(target) if target else {}
    if ours and target is not None:
        trust = prepared.trust if target.tls != Tls() else own_trust()
        return Reach(hosts, forwarded_for=forwarded, control=control, trust=trust, links=links)
    accounts = target.accounts if target else None
    if (
        target is not None
        and accounts is not None
        and accounts.password
        and not os.environ.get(accounts.password)
    ):
        raise UsageError(
            f"nothing was sent: the variable {accounts.password} of the environment holds no "
            f"password (target “{target.target}”)"
        )
    pins = {name: _resolve(name) for name in names}
    granted = [_granted(url, pins[address_of(url)[0]], prepared) for url in theirs]
    return Reach(
        hosts, pins, forwarded, ours=False, granted=granted, control=control, trust=prepared.trust,
        notes=[SIMULATED] if proven else [], links=links, sandbox=len(near) == len(urls),
    )  # fmt: skip


def _hosts(target: Target | None, prepared: Prepared) -> dict[str, dict[str, str]]:
    """Platform → name of a host → base URL; a URL alone is every platform's portal."""
    if target is None:
        base = str(prepared.request.target).rstrip("/")
        return {name: {"portal": base} for name in prepared.adapters}
    return {name: dict(target.platforms[name].hosts) for name in prepared.adapters}


def _links(target: Target) -> dict[str, Link]:
    return {name: Link(at.toxiproxy, at.proxy) for name, at in target.links.items()}


def _own_size(base: str, prepared: Prepared) -> list[Words]:
    """A sandbox that runs already keeps its own scale and clock, which may not be the crowd's."""
    facts, plan = facts_of(base), prepared.plan
    scale, clock = plan.people / plan.people_in_full, plan.clock
    if facts.get("scale") == scale and facts.get("clock") == clock:
        return []
    own = f"{facts.get('scale')}, {facts.get('clock')}x"
    return [
        {
            "fr": f"Le bac à sable garde sa propre taille et sa propre horloge ({own}), qui ne "
            f"sont pas celles de l’essai ({scale:g}, {clock:g}x).",
            "en": f"The sandbox keeps its own size and clock ({own}), which are not the run's "
            f"({scale:g}, {clock:g}x).",
        }
    ]


def _granted(url: str, address: str, prepared: Prepared) -> Granted:
    """Read a host's authorisation and hold the plan against it. Raises UsageError."""
    reading = leave.read(url, address=address, timeout_s=_ANSWER_S, trust=prepared.trust)
    if reading.document is None:
        raise UsageError(
            f"{url} grants no test: {reading.why}. The platform's owner publishes a document at "
            f"{url}{PATH} (`rentree authorize` makes one); apart from that question "
            "nothing was sent"
        )
    plan, key = prepared.plan, prepared.profile.authorization_key
    if key is not None and (why := unsigned(reading.text, key)):
        raise UsageError(
            f"the authorisation that {url} serves is not taken: {why}; nothing was sent"
        )
    reasons = forbids(
        reading.document,
        host=address_of(url)[0],
        address=address,
        people=plan.people,
        peak_arrivals=peak_arrivals(prepared),
        length_us=plan.end,
        faults=[(fault.fault, fault.sends) for fault in plan.faults],
        now=datetime.now(UTC),
    )
    if reasons:
        raise UsageError(
            f"the authorisation that {url} serves does not allow this run, nothing was sent:\n"
            + "\n".join(f"- {reason}" for reason in reasons)
        )
    return Granted(url, address, reading.text, reading.document)


def leave_of(
    reached: Reach, plan: Plan, journal: Journal, clock: Callable[[], int]
) -> leave.Watch | None:
    """Who looks during the run whether leave still holds; None: a sandbox of ours needs none."""
    if not reached.granted:
        return None
    given = {
        g.base: leave.Given(g.address, g.text, g.document, reached.trust) for g in reached.granted
    }
    flooding = any(fault.sends for fault in plan.faults)
    return leave.Watch(given, journal, clock, flooding=flooding)


def peak_arrivals(prepared: Prepared) -> int:
    """The most people who are due within one second."""
    return busiest(prepared.members.due)[0]


def busiest(due: Ints) -> tuple[int, int]:
    """How many are due in the busiest second, and when it begins; both times µs of the run."""
    if not len(due):
        return 0, 0
    counts = np.bincount(due // SECOND)
    return int(counts.max()), int(counts.argmax()) * SECOND


def _resolve(host: str) -> str:
    try:
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(f"{host} cannot be found: {error.strerror or error}") from None
    return str(min(rows, key=lambda row: row[0] != socket.AF_INET)[4][0])


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
