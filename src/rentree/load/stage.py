"""The stage of a worker: the run's clock, who comes next, by which route, and the recorder."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

from rentree.client import Client, shared_context
from rentree.client.names import Names
from rentree.crowd import Member, password
from rentree.fault import address_of
from rentree.line.spec import introduction
from rentree.load.ceiling import Ceiling
from rentree.load.recorder import Recorder
from rentree.load.spec import LoadSpec, RouteSpec
from rentree.plan import Plan
from rentree.platform import Account, Platform
from rentree.sample import Sample


class WorkerStage:
    """Implements `rentree.person.Stage` for people of the crowd."""

    once = True

    def __init__(
        self,
        plan: Plan,
        spec: LoadSpec,
        adapters: Mapping[str, type[Platform]],
        recorder: Recorder,
        t0: int,
    ) -> None:
        self.behaviour = plan.behaviour
        self.steps_at = plan.steps_at
        self.compression = plan.clock * (spec.fed.hurry if spec.fed is not None else 1)
        self.seed = f"{plan.seed}\x1f{plan.challenge}"
        self.end = plan.end
        self.next: Member | None = None  # set just before its Person is made
        self._recorder = recorder
        self.worker = recorder.worker
        self.opened = recorder.opened
        self.closed = recorder.closed
        self.write = recorder.ledger.write
        self._plan, self._spec, self._adapters = plan, spec, adapters
        self.now = _clock(t0)
        self._tls = shared_context(spec.trust)
        self._routes: dict[tuple[str, str], dict[tuple[str, int], tuple[str, int]]] = {}
        self._names: dict[tuple[str, str, str], str] = {}  # territory, home, platform
        self._introduces = frozenset(route.via for route in spec.routes if route.introduces)
        for (territory, home), routes in by_home(spec.routes).items():
            self._routes[territory, home] = {host: route.via for host, route in routes.items()}
            for host, route in routes.items():
                for platform in _platforms_at(spec, host):
                    if host == address_of(spec.base(platform)):  # where most of it happens
                        self._names[territory, home, platform] = route.name
                    self._names.setdefault((territory, home, platform), route.name)
        self._hosts = frozenset(
            address_of(url)[0] for named in spec.hosts.values() for url in named.values()
        )
        self._resolver = Names(lifetime=inf, lookup=_pinned(spec.pins)) if spec.pins else None
        self._password = os.environ.get(spec.password_env or "", "")
        ceiling = spec.requests_per_second
        self._permit = (
            None if ceiling is None else Ceiling(ceiling / spec.workers, time.monotonic).take
        )

    def cast(self, persona: str) -> tuple[Member, Account]:
        """The member that is due now."""
        member = self.next
        if member is None or member.persona != persona:
            raise LookupError(f"nobody of persona “{persona}” is due")
        secret = self._password
        if self._spec.password_env is None:
            secret = password(self._spec.accounts_seed, member.login)
        return member, Account(member.login, secret, member.name, persona)

    def client(self, member: Member) -> tuple[Client, str]:
        """A browser at the member's address, through the route of its territory or its home."""
        whence = (member.territory, member.home)
        if whence not in self._routes:
            whence = (member.territory, "")
        client = Client(
            base=self._spec.base(member.platform),
            allow=self._hosts,
            routes=self._routes.get(whence, {}),
            source=member.address,
            forwarded_for=self._spec.forwarded_for,
            tls=self._tls,
            clock=self.now,
            names=self._resolver,
            permit=self._permit,
            introduces=self._introduces,
            introduction=introduction(member.person, member.school) if self._introduces else b"",
            plain=member.control,
        )
        return client, self._names.get((*whence, member.platform), "straight")

    def platform(self, name: str, client: Client, account: Account) -> Platform:
        """A person's dealings with a platform."""
        dealings = self._adapters[name](client, account)
        dealings.hosts = self._spec.hosts[name]
        return dealings

    def phase_at(self, moment: int) -> str:
        """The phase a due time lies in."""
        return self._plan.phase_at(moment)

    def stay_until(self, draw: float) -> int:
        """People leave over the first four fifths of what remains of the run after the stay.

        Where the load is fed nobody stays.
        """
        if self._spec.fed is not None:
            return 0
        stay = self.behaviour.stay_until
        return stay + round(draw * 0.8 * max(0, self.end - stay))

    def finished(self) -> None:
        """Count a journey that came to its end."""
        self._recorder.finished += 1

    def not_sent(self, row: Sample) -> None:
        """Keep a row for a person whom we could not start."""
        self.closed(row._replace(seq=self.opened(row), worker=self.worker))


def _clock(t0: int) -> Callable[[], int]:
    """µs since the run began, on the monotonic clock that the parent shares."""
    nanoseconds = time.monotonic_ns

    def now() -> int:
        return (nanoseconds() - t0) // 1000

    return now


def by_home(
    routes: Sequence[RouteSpec],
) -> dict[tuple[str, str], dict[tuple[str, int], RouteSpec]]:
    """(territory, home) → host → the route: a home's own, else the one of all its territory."""
    homes = {(route.territory, route.home) for route in routes}
    return {
        (territory, home): {
            route.host: route
            for route in sorted(routes, key=lambda route: route.home)
            if route.territory == territory and route.home in ("", home)
        }
        for territory, home in homes
    }


def _platforms_at(spec: LoadSpec, host: tuple[str, int]) -> list[str]:
    return [
        platform
        for platform, named in spec.hosts.items()
        if any(address_of(url) == host for url in named.values())
    ]


def _pinned(pins: Mapping[str, str]) -> Callable[..., list[Any]]:
    """A resolver that knows these hosts and no other."""

    def lookup(host: str, *_: object, **__: object) -> list[Any]:
        if host not in pins:
            raise OSError(f"{host} is no host of the target")
        return [(None, None, None, "", (pins[host], 0))]

    return lookup
