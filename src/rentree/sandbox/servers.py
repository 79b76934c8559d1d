"""The platform's servers: what a request costs, which desk serves it, and what goes wrong there.

One authority for all: nodes, tenants, the cache that warms and the database's connections are
parts of one model in virtual time (`rentree.sandbox.capacity`). A page that needs the database
gets its connection first, then its server: a model in two stations, not one inside the other.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Literal

from rentree.sandbox.capacity import Capacity
from rentree.sandbox.desk import Desk
from rentree.sandbox.ear import Ear
from rentree.sandbox.moment import now_us
from rentree.sandbox.preset import Service

if TYPE_CHECKING:
    from rentree.sandbox.sessions import Session
    from rentree.sandbox.site import Site

Result = Literal["served", "full", "gone", "dry"]
_SLOW_ABOVE = 500  # slow-above-sessions: sessions, at full scale
_SLOW = 20  # times as long, there and for slow-one-territory
_RATCHET = 0.9  # recovery-ratchets: what each overload leaves of the servers


def service_time(service: Service, method: str, path: str) -> int:
    """How long a server is busy with such a request, µs."""
    if path.startswith("/statique/"):
        return service.asset
    if method == "POST" and path == "/connexion":
        return service.sign_in
    if method == "POST" and path == "/inscription":
        return service.create_account
    if method == "POST" and path == "/devoirs":
        return service.write
    return service.page


class Servers:
    """All servers of one site; `apply` after its preset has changed."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._desks: dict[str, Desk] = {}  # tenant → its desk; "" of all, or of the door
        self._pool: Desk | None = None
        self._served: Counter[str] = Counter()  # path → requests since the cache was cold
        self._left = 1.0  # of the servers, as overloads have left them
        self._calm = True  # no overload since the queue was last empty
        self._before: object = None
        self._territories: list[str] = []

    def apply(self) -> None:
        """Be as the preset says."""
        preset, now = self._site.preset, now_us()
        self._territories = self._site.store.territories()
        for desk in self._desks.values():
            desk.capacity.resize(*self._size(), now)
            desk.wake()
        if preset.database is None:
            self._pool = None
        else:
            connections = preset.database.connections
            if self._pool is None:
                self._pool = Desk(Capacity(connections, math.inf), now_us)
            self._pool.capacity.resize(connections, math.inf, now)
        state = (preset.cache, preset.nodes)
        if state != self._before:  # a cache is lost with its node, and when it is set anew
            self._before = state
            self._served.clear()
        for node in range(preset.nodes.count):
            if node < preset.nodes.down:
                self._site.sessions.close_node(node)

    @property
    def size(self) -> float:
        """How many servers serve now, over all desks."""
        preset = self._site.preset
        up = max(0, preset.nodes.count - preset.nodes.down) / preset.nodes.count
        pace = self._site.clock if preset.capacity.follows == "clock" else 1
        return preset.capacity.servers * self._site.scale * pace * up * self._left

    @property
    def places(self) -> float:
        """How many requests may wait, over all desks."""
        return self._site.preset.capacity.queue * self._site.scale

    def waiting(self) -> int:
        """How many requests wait now."""
        now = now_us()
        return sum(desk.capacity.waiting(now) for desk in self._desks.values())

    def serving(self) -> int:
        """How many lanes of servers are taken now."""
        now = now_us()
        return sum(desk.capacity.serving(now) for desk in self._desks.values())

    def node_for(self, number: int) -> int:
        """The node that takes the session numbered `number`: one that is up, if any is."""
        nodes = self._site.preset.nodes
        up = max(1, nodes.count - nodes.down)
        return (nodes.count - up) + number % up

    async def serve(self, method: str, path: str, session: Session | None, ear: Ear) -> Result:
        """Return when the request has been served, or why it was not."""
        site = self._site
        preset, pool = site.preset, self._pool
        territory = session.person.territory if session else ""
        desk = self.desk(territory)
        if preset.shedding is not None and session is None:
            wait = preset.shedding.wait_above / site.clock
            if desk.capacity.delay(now_us()) > wait:
                return "full"
        if pool is not None and preset.database is not None and not path.startswith("/statique/"):
            wait = preset.database.wait / 1e6
            if await pool.serve(preset.database.hold, at_most=wait) != "served":
                return "dry"
        drops = preset.overload.abandoned == "dropped" and not site.broken("retry-storm-stays")
        cost = self.cost(method, path, territory)
        result = await desk.serve(cost, gone=ear.gone if drops else None, late=site.telemetry.step)
        if result == "full":
            self._overload(desk)
            return "full"
        if not desk.capacity.waiting(now_us()):
            self._calm = True
        return "gone" if result == "gone" else "served"

    def cost(self, method: str, path: str, territory: str) -> int:
        """How long a server is busy with this request now, µs; counts it for the cache."""
        site, preset = self._site, self._site.preset
        cost: float = preset.routes.get(path, 0) if method == "GET" else 0
        cost = cost or service_time(preset.service, method, path)
        if preset.cache is not None and method == "GET":
            warm = min(1.0, self._served[path] / preset.cache.warms_after)
            cost *= preset.cache.cold + (1 - preset.cache.cold) * warm
            if warm < 1:
                self._served[path] += 1
        if site.defects:
            cost *= self._slowness(territory)
        return round(cost)

    def _slowness(self, territory: str) -> float:
        site = self._site
        slow = site.broken("slow-above-sessions")
        if slow and site.sessions.count() > _SLOW_ABOVE * site.scale:
            return _SLOW
        if site.broken("slow-one-territory") and self._territories[:1] == [territory]:
            return _SLOW
        return 1

    def desk(self, territory: str) -> Desk:
        """Where the people of a territory are served ("": not known yet)."""
        apart = self._site.preset.tenants == "apart" and not self._site.broken("noisy-tenant")
        name = territory if apart else ""
        if name not in self._desks:
            self._desks[name] = Desk(Capacity(*self._size()), now_us)
        return self._desks[name]

    def _size(self) -> tuple[float, float]:
        """Servers and places of one desk: apart, each tenant has its share, and the door one."""
        apart = self._site.preset.tenants == "apart" and not self._site.broken("noisy-tenant")
        parts = len(self._territories) + 1 if apart else 1
        return self.size / parts, self.places / parts

    def _overload(self, desk: Desk) -> None:
        if self._calm and self._site.broken("recovery-ratchets"):
            self._left *= _RATCHET
            for one in self._desks.values():
                one.capacity.resize(*self._size(), now_us())
        self._calm = False
