"""Faults of the network between a territory's people and the platform, by the real Toxiproxy.

Changed through toxiproxy-python, proven by our own questions (`rentree.toxiproxy.api`). Each
fault has a twin: a listener that leads to an echo of ours and bears the same toxic, so that we
can watch the fault without the platform's own time in it.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import threading
from collections.abc import Mapping
from typing import Any, ClassVar

from toxiproxy.api import APIConsumer
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from rentree.echo import ping_many
from rentree.errors import RentreeError
from rentree.fault import Address, Host, Observation, Route, Scene, Settings
from rentree.fault import Injector as Contract
from rentree.plan import PlannedFault
from rentree.toxiproxy import api as toxiproxy_api
from rentree.toxiproxy import held as toxiproxy_held
from rentree.toxiproxy.api import UnknownStateError, netloc
from rentree.toxiproxy.armed import Armed
from rentree.toxiproxy.held import Held, Proxy
from rentree.toxiproxy.row import row
from rentree.toxiproxy.toxics import KINDS, of

_LIBRARY = threading.Lock()  # toxiproxy-python keeps its host in the class, for all at once


class Injector(Contract):
    """Toxics on all that a territory's people get, in a Toxiproxy of ours or one given by URL."""

    kinds: ClassVar[Mapping[str, type[Settings]]] = KINDS

    def __init__(self) -> None:
        self._held: Held | None = None
        self._people: list[str] = []  # territories whose routes lead through it
        self._armed: dict[str, Armed] = {}  # name of the fault → what it takes

    def prepare(self, scene: Scene) -> list[Route]:
        """Start Toxiproxy, make a row of listeners a territory and a twin a fault.

        Raises:
            UsageError: faults that cannot be had together.
            RentreeError: it cannot be made ready.
        """
        rows = _rows(scene.faults)
        self._people = list(rows)
        held = self._held = Held(scene, _write)
        routes: list[Route] = []
        try:
            for territory, listeners in rows.items():
                routes += self._row(scene, held, territory, listeners)
            if None in ping_many([a.twin.listen for a in self._armed.values()], 2.0):
                raise RentreeError(
                    f"{held} makes listeners that cannot be reached, or cannot reach us: "
                    "if it is in a container, start that on the host's network"
                )
        except BaseException:
            self.close()
            raise
        return routes

    def _row(
        self, scene: Scene, held: Held, territory: str, listeners: list[list[PlannedFault]]
    ) -> list[Route]:
        """Make the listeners of a territory, the one that its people meet last."""
        name = re.sub("[^a-z0-9_-]", "-", territory.lower())
        ends: dict[Host, Route] = {}
        for faults in reversed(listeners):
            hit = {fault.name: scene.hit_by(fault) for fault in faults}
            real: dict[Host, Proxy] = {}
            first = len(self._armed)
            for i, host in enumerate(dict.fromkeys(itertools.chain(*hit.values()))):
                before = ends.get(host) or scene.route(territory, host)
                real[host] = held.make(f"{first}-{i}-{name}", before.via)
                ends[host] = before.through(real[host].listen, "toxiproxy")
            for fault in faults:
                n = len(self._armed)
                twin = held.make(f"{n}-twin", scene.echo)
                mine = [real[host] for host in hit[fault.name]]
                self._armed[fault.name] = _arm(n, fault, mine, twin)
        return list(ends.values())

    def floor_us(self, fault: PlannedFault) -> int:
        """What the toxic adds by itself: a latency's delay less its jitter, of others nothing."""
        return of(fault.fault, fault.settings).floor_us()

    def apply(self, fault: PlannedFault) -> None:
        """Add the toxic for the people and for the twin. Raises RentreeError."""
        held, armed = self._ready(fault)
        armed.ask()
        for proxy in armed.listeners:
            echoed: Any = None
            with contextlib.suppress(UnknownStateError):  # then what we read decides
                if armed.down:
                    _write(held.api, "post", f"/proxies/{proxy.name}", {"enabled": False})
                else:
                    echoed = _write(held.api, "post", f"/proxies/{proxy.name}/toxics", armed.toxic)
            seen = toxiproxy_api.read(held.api, armed.path(proxy))
            if echoed not in (None, armed.toxic) or not armed.bears(seen):
                raise RentreeError(
                    f"fault “{fault.name}”: {held} was asked for {armed.toxic}, "
                    f"answered {echoed} and has {seen}"
                )

    def observe(self, fault: PlannedFault) -> Observation:
        """An exchange through the twin, and what the people's listeners bear."""
        try:
            held, armed = self._ready(fault)
        except RentreeError as error:
            return Observation(False, None, False, str(error))
        return armed.observe(held.api, lambda: self._down_by_another(armed))

    def alive(self) -> str:
        """Empty while the process lives, its API answers and every listener is served."""
        if self._held is None:
            return "the network faults are not prepared"
        while True:
            asked = [a for a in self._armed.values() if a.asked]
            down = {p.name for a in asked if a.down for p in a.listeners}
            holds: dict[str, int] = {}
            for armed in asked:
                for proxy in armed.listeners:
                    holds[proxy.name] = holds.get(proxy.name, 0) + armed.settings.holds_us()
            why = self._held.alive(down, holds)
            if not why or asked == [a for a in self._armed.values() if a.asked]:
                return why  # else a fault began or ended meanwhile: what we saw may be its doing

    def clear(self, fault: PlannedFault) -> None:
        """Take the toxic away from both, or else end a Toxiproxy of ours. Raises RentreeError."""
        if self._held is None or fault.name not in self._armed:
            return
        held, armed = self._ready(fault)
        armed.ending = True
        if (
            held.dead
            or (armed.down and held.back(proxy.name for proxy in armed.listeners))
            or (not armed.down and held.gone(armed.path(proxy) for proxy in armed.listeners))
        ):
            armed.asked = False
            return
        if not held.ours:
            raise RentreeError(
                f"fault “{fault.name}” is not proven cleared: {held} does not say that "
                f"{armed.real[0].name} is free of it; restart that Toxiproxy, then `rentree clear`"
            )
        # One reader that has stopped reading freezes its API for good.
        held.end()
        for other in self._armed.values():
            other.asked = False
        raise RentreeError(
            f"fault “{fault.name}” could not be taken back: {held} no longer answered, so it was "
            f"ended. No fault is left; the routes of {', '.join(self._people)} are down"
        )

    def left_over(self) -> dict[str, Any]:
        """`{"pid", "started"}` of our process, or `{"url", "proxies"}` in somebody else's."""
        return self._held.left_over() if self._held else {}

    def close(self) -> str:
        """End our process, or delete our proxies from somebody else's; empty when proven."""
        return self._held.close() if self._held else ""

    @classmethod
    def undo(cls, left_over: dict[str, Any]) -> str:
        """For `rentree clear`: kill that very process, or delete those proxies."""
        return toxiproxy_held.undo(left_over, _write)

    def _down_by_another(self, armed: Armed) -> bool:
        """Whether it is another fault that has disabled this one's listeners, for its own time."""
        return armed.down and any(
            other.asked and other.down and not set(other.real).isdisjoint(armed.real)
            for other in self._armed.values()
            if other is not armed
        )

    def _ready(self, fault: PlannedFault) -> tuple[Held, Armed]:
        if self._held is None or fault.name not in self._armed:
            raise RentreeError(f"fault “{fault.name}” was not prepared")
        return self._held, self._armed[fault.name]


def _rows(faults: list[PlannedFault]) -> dict[str, list[list[PlannedFault]]]:
    """The faults of each territory, by listener. Raises UsageError."""
    found: dict[str, list[PlannedFault]] = {}
    for fault in faults:
        found.setdefault(fault.hits["territory"], []).append(fault)
    return {territory: row(those) for territory, those in found.items()}


def _arm(n: int, fault: PlannedFault, real: list[Proxy], twin: Proxy) -> Armed:
    settings = of(fault.fault, fault.settings)
    toxic: dict[str, Any] = {"name": f"{fault.fault}-{n}", "type": settings.type}
    toxic |= {"stream": "downstream", "toxicity": 1.0, "attributes": settings.attributes()}
    return Armed(settings, toxic, real, twin)


def _write(api: Address, verb: str, path: str, json: dict[str, Any] | None) -> Any:
    """One change through toxiproxy-python; returns what Toxiproxy echoes.

    Its `Toxiproxy` and `Proxy` wait for ever, ignore 5xx and drop the echo. What they call does
    none of that when it is told how.

    Raises:
        UnknownStateError: no answer in time, or a 5xx: read back.
        RentreeError: Toxiproxy refuses.
    """
    with _LIBRARY:
        APIConsumer.host, APIConsumer.port = netloc(api).rsplit(":", 1)
        try:
            answer = getattr(APIConsumer, verb)(
                path,
                json=json,
                timeout=(toxiproxy_api.CONNECT_S, toxiproxy_api.READ_S),
                headers={"User-Agent": toxiproxy_api.AGENT},
                allow_redirects=False,
                proxies={"no_proxy": "localhost,127.0.0.1,::1"},  # whatever the environment says
            )
            if answer.status_code >= 300:
                raise UnknownStateError(f"{verb} {path}: {answer.status_code} {answer.text[:200]}")
            return answer.json() if answer.content else None
        except (InvalidToxic, NotFound, ProxyExists) as error:
            raise RentreeError(f"Toxiproxy refuses {verb} {path} {json}: {error}") from error
        except OSError as error:  # of which those of requests are, bad JSON included
            raise UnknownStateError(f"{verb} {path}: {error!r}") from error
