"""One sandbox in memory: its preset at a scale and a clock, and what its pages work on."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from starlette.requests import Request

from rentree.quantity import DAY, SECOND
from rentree.sandbox.accounts import Account
from rentree.sandbox.database import Sqlite
from rentree.sandbox.moment import now_us
from rentree.sandbox.postgres import Postgres
from rentree.sandbox.preset import Preset
from rentree.sandbox.protections.blackhole import Blackhole
from rentree.sandbox.protections.limits import Limits
from rentree.sandbox.protections.queue import Queue
from rentree.sandbox.servers import Servers
from rentree.sandbox.sessions import Session, Sessions
from rentree.sandbox.store import Store
from rentree.sandbox.telemetry import Telemetry
from rentree.sandbox.tickets import Tickets

T = TypeVar("T")
_ZONE = ZoneInfo("Europe/Paris")
FILE = "sandbox.sqlite"
_TOO_SOON = 10  # idle-too-soon: sessions end in so small a part of their time


@dataclass
class Site:
    """What every page may use. `scale` shrinks capacity, queue and quota; `clock` session times.

    `preset` is what the sandbox is now, `data` the same as text: `apply` changes both.
    """

    preset: Preset
    data: dict[str, Any]
    scale: float
    clock: float
    sessions: Sessions
    store: Store
    telemetry: Telemetry
    defects: frozenset[str] = frozenset()
    started: int = field(default_factory=now_us)
    refused: int = 0  # refusal pages of the quota
    overloaded: int = 0  # answers 503: the full queue, and load that was shed
    turned_back: int = 0  # pages of the gate
    blackhole: Blackhole = field(init=False)
    limits: Limits | None = None
    queue: Queue | None = None

    def __post_init__(self) -> None:
        # As many threads as connections: with one, writes come one after the other.
        self._threads = ThreadPoolExecutor(self.store.database.connections)
        today = datetime.datetime.now(_ZONE)
        midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
        self._noted = (now_us(), int((today - midnight).total_seconds() * SECOND))
        self.servers = Servers(self)
        # The CAS server's own sessions, when it is not the portal's form that opens them.
        self.sso = Sessions(clock=now_us, idle=self.preset.session.idle)
        self.tickets = Tickets(now_us, self._in, self.broken)
        self.apply(self.preset, self.data)
        self.limit_at_start = self.sessions.limit

    def apply(self, preset: Preset, data: dict[str, Any]) -> None:
        """Be as this preset says from now on; sessions and the queue's people stay."""
        before, self.preset, self.data = self.preset, preset, data
        life, quota, limit = preset.session, preset.quota, preset.rate_limit
        idle = life.idle / self.clock
        if self.broken("idle-too-soon"):
            idle /= _TOO_SOON
        self.sessions.idle = None if self.broken("idle-never") else round(idle)
        self.sessions.at_most = None if life.at_most is None else round(life.at_most / self.clock)
        self.sessions.limit = None if quota is None else quota.sessions * self.scale
        self.blackhole = Blackhole(preset.blackhole)
        if limit is None:
            self.limits = None
        elif self.limits is None or limit != before.rate_limit:
            self.limits = Limits(limit, pace=self.clock, clock=now_us, broken=self.broken)
        self._apply_queue(preset, before)
        self.servers.apply()

    def _apply_queue(self, preset: Preset, before: Preset) -> None:
        said = preset.queue
        if said is None:
            self.queue = None
            return
        rate = said.admits * self.scale * self.clock / SECOND
        opens = None if said.opens is None else self.moment(said.opens)
        if self.queue is None:
            self.queue = Queue(
                rate=rate, passage=said.passage / self.clock, unseen=60 * SECOND / self.clock,
                opens=opens, clock=now_us, broken=self.broken,
            )  # fmt: skip
        elif said != before.queue:
            self.queue.rate, self.queue.passage = rate, said.passage / self.clock
            self.queue.opens = opens

    def time_of_day(self) -> int:
        """The scenario's time of day, µs since midnight."""
        at, tod = self._noted
        return (tod + round((now_us() - at) * self.clock)) % DAY

    def moment(self, time_of_day: int) -> int:
        """When it is that time of the scenario's day, on the monotonic clock (µs)."""
        at, tod = self._noted
        return at + round((time_of_day - tod) / self.clock)

    def set_time(self, at: int, time_of_day: int) -> None:
        """At `at` (monotonic ns) it is `time_of_day` (µs since midnight) in the scenario."""
        self._noted = (at // 1000, time_of_day)
        if self.queue is not None and self.preset.queue and self.preset.queue.opens is not None:
            self.queue.opens = self.moment(self.preset.queue.opens)

    def _in(self, token: str) -> bool:
        return self.sessions.holds(token) or self.sso.holds(token)

    async def leave(self, session: Session) -> None:
        """Somebody signs out: their session ends, and its place of the quota is free."""
        self.sessions.close(session.token)
        if self.broken("quota-counts-ghosts"):
            self.sessions.haunt()

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
    data: dict[str, Any],
    accounts: list[Account],
    *,
    work: Path,
    scale: float,
    clock: float,
    defects: frozenset[str] = frozenset(),
    database: str | None = None,
) -> Site:
    """Make a site from a preset and its text data; telemetry lies in `work`.

    `database`: URL of a PostgreSQL; without it, a SQLite file in `work`.
    """
    return Site(
        preset=preset,
        data=data,
        scale=scale,
        clock=clock,
        sessions=Sessions(clock=now_us, idle=preset.session.idle),
        store=Store(Postgres(database) if database else Sqlite(work / FILE), accounts),
        telemetry=Telemetry(work),
        defects=defects,
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
