"""One sandbox in memory: its preset at a scale and a clock, and what its pages work on."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from starlette.requests import Request

from rentree.sandbox.accounts import Account
from rentree.sandbox.capacity import Capacity
from rentree.sandbox.database import Sqlite
from rentree.sandbox.preset import Preset
from rentree.sandbox.rate_limit import RateLimit
from rentree.sandbox.sessions import Session, Sessions
from rentree.sandbox.store import Store
from rentree.sandbox.telemetry import Telemetry

T = TypeVar("T")


def now_us() -> int:
    """The monotonic clock, µs."""
    return time.monotonic_ns() // 1000


@dataclass
class Site:
    """What every page may use. `scale` shrinks capacity, queue and quota; `clock` session times."""

    preset: Preset
    scale: float
    clock: float
    capacity: Capacity
    sessions: Sessions
    store: Store
    telemetry: Telemetry
    rate_limit: RateLimit | None = None
    defects: frozenset[str] = frozenset()
    started: int = field(default_factory=now_us)
    refused: int = 0  # refusal pages of the quota
    overloaded: int = 0  # answers 503 of the full queue

    def __post_init__(self) -> None:
        # As many threads as connections: with one, writes come one after the other.
        self._threads = ThreadPoolExecutor(self.store.database.connections)

    async def read(self, question: Callable[..., T], *values: object) -> T:
        """The store's answer: at once from a file, from a thread when a network is between."""
        if self.store.database.connections == 1:
            return question(*values)
        return await self.write(question, *values)

    async def write(self, action: Callable[..., T], *values: object) -> T:
        """What the store did, in a thread: a slow disk never stops the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, action, *values)

    def broken(self, defect: str) -> bool:
        """Whether the platform has this defect (`rentree.sandbox.defects`)."""
        return defect in self.defects

    def session(self, request: Request) -> Session | None:
        """The session of whoever asks."""
        token = request.cookies.get("session", "")
        return self.sessions.find(token) if token else None

    def close(self) -> None:
        """Finish what is being written, and close the files."""
        self._threads.shutdown()
        self.store.close()
        self.telemetry.close()


def open_site(
    preset: Preset,
    accounts: list[Account],
    *,
    work: Path,
    scale: float,
    clock: float,
    defects: frozenset[str] = frozenset(),
) -> Site:
    """Make a site from a preset; its database and telemetry lie in `work`."""
    quota, life, limit = preset.quota, preset.session, preset.rate_limit
    return Site(
        preset=preset,
        scale=scale,
        clock=clock,
        capacity=Capacity(preset.capacity.servers * scale, preset.capacity.queue * scale),
        sessions=Sessions(
            clock=now_us,
            idle=round(life.idle / clock),
            at_most=None if life.at_most is None else round(life.at_most / clock),
            limit=None if quota is None else quota.sessions * scale,
        ),
        store=Store(Sqlite(work / "sandbox.sqlite"), accounts),
        telemetry=Telemetry(work),
        defects=defects,
        # The limit's second is the scenario's: compressed, a school asks for as much in less time.
        rate_limit=RateLimit(limit.rate * clock, limit.burst, now_us) if limit else None,
    )


def address_of(request: Request) -> str:
    """Where a person comes from: the peer, or what a proxy on loopback says last."""
    peer = request.client.host if request.client else ""
    said = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        if said and ipaddress.ip_address(peer).is_loopback:
            return str(ipaddress.ip_address(said))
    except ValueError:
        return peer
    return peer
