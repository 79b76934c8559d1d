"""Faults of the network between a territory's people and the platform, by the real Toxiproxy.

Changed through toxiproxy-python, proven by our own questions (`rentree.toxiproxy.api`). Each
fault has a twin: a listener that leads to an echo of ours and bears the same toxic, so that we
can watch the fault without the platform's own time in it. A link between the platform's own parts
bears the toxic in its own Toxiproxy, beside a twin of ours.
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
from rentree.errors import RentreeError, UsageError
from rentree.fault import Address, Host, Observation, Route, Scene, Settings
from rentree.fault import Injector as Contract
from rentree.plan import PlannedFault
from rentree.toxiproxy import api as toxiproxy_api
from rentree.toxiproxy import held as toxiproxy_held
from rentree.toxiproxy.api import UnknownStateError, netloc
from rentree.toxiproxy.armed import Armed
from rentree.toxiproxy.held import Held, Proxy
from rentree.toxiproxy.row import grouped, rows_of
from rentree.toxiproxy.toxics import KINDS, of

_LIBRARY = threading.Lock()  # toxiproxy-python keeps its host in the class, for all at once


class Injector(Contract):
    """Toxics on all that a territory's people get, in Toxiproxies of ours or one given by URL.

    Or on a link between the platform's own parts, in the Toxiproxy that its owner put there.
    """

    kinds: ClassVar[Mapping[str, type[Settings]]] = KINDS
    route: ClassVar[str] = "toxiproxy"

    def __init__(self) -> None:
        self._held: list[Held] = []
        self._people: dict[str, Held] = {}  # territory → through which its people come
        self._armed: dict[str, Armed] = {}  # name of the fault → what it takes
        self._in: dict[str, Held] = {}  # name of the fault → where

    def prepare(self, scene: Scene) -> list[Route]:
        """Start Toxiproxies, make a row of listeners a territory and a twin a fault.

        Raises:
            UsageError: faults that cannot be had together, or a link that the target has not.
            RentreeError: it cannot be made ready.
        """
        rows = rows_of(scene.faults, "territory")
        links = rows_of(scene.faults, "link")
        url = scene.options.get("toxiproxy")
        routes: list[Route] = []
        try:
            for link, listeners in links.items():
                self._link(scene, link, listeners)
            groups = [list(rows)] if url is not None else grouped(rows, scene)
            for number, territories in enumerate(groups):
                if territories:
                    held = self._hold(Held(scene, _write, url=url, number=number))
                    for territory in territories:
                        self._people[territory] = held
                        routes += self._row(scene, held, territory, rows[territory])
            if len(groups) > 1:
                scene.say(f"{len(groups)} Toxiproxies, for so many connections")
            if None in ping_many([a.twin.listen for a in self._armed.values()], 2.0):
                names = ", ".join(map(str, self._held))
                raise RentreeError(
                    f"{names} makes listeners that cannot be reached, or cannot reach us: "
                    "if it is in a container, start that on the host's network"
                )
        except BaseException:
            self.close()
            raise
        return routes

    def _hold(self, held: Held) -> Held:
        self._held.append(held)
        return held

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
                self._arm(scene, held, fault, [real[host] for host in hit[fault.name]])
        return list(ends.values())

    def _link(self, scene: Scene, name: str, listeners: list[list[PlannedFault]]) -> None:
        """Make ready what hits a link: its proxy stays its owner's, only the twin is ours."""
        faults = list(itertools.chain(*listeners))
        at = scene.links.get(name)
        if at is None:
            known = ", ".join(scene.links) or "none"
            raise UsageError(
                f"fault “{faults[0].name}” hits the link “{name}”; the target's `links`: {known}"
            )
        if len(listeners) > 1:
            named = ", ".join(f"“{fault.name}”" for fault in faults if fault.fault != "down")
            raise UsageError(
                f"the faults {named} hit the link “{name}”: Toxiproxy may die of a second toxic in "
                "one proxy, and with it the platform's own link: leave all but one out"
            )
        held = self._hold(Held(scene, _write, url=at.toxiproxy))
        proxy = held.lend(at.proxy)
        for fault in faults:
            armed = self._arm(scene, held, fault, [proxy], held.named(f"{fault.fault}"))
            held.will_bear(proxy, None if armed.down else armed.path(proxy))

    def _arm(
        self, scene: Scene, held: Held, fault: PlannedFault, real: list[Proxy], name: str = ""
    ) -> Armed:
        """A fault's toxic, and its twin; `name` where others have toxics, too."""
        n = len(self._armed)
        twin = held.make(f"{n}-twin", scene.echo)
        settings = of(fault.fault, fault.settings)
        toxic: dict[str, Any] = {"name": name or f"{fault.fault}-{n}", "type": settings.type}
        toxic |= {"stream": "downstream", "toxicity": 1.0, "attributes": settings.attributes()}
        self._in[fault.name] = held
        armed = self._armed[fault.name] = Armed(settings, toxic, real, twin)
        return armed

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
        if not self._held:
            return "the network faults are not prepared"
        return "; ".join(filter(None, map(self._alive, self._held)))

    def _alive(self, held: Held) -> str:
        mine = [armed for name, armed in self._armed.items() if self._in[name] is held]
        while True:
            asked = [a for a in mine if a.asked]
            down = {p.name for a in asked if a.down for p in a.listeners}
            holds: dict[str, int] = {}
            for armed in asked:
                for proxy in armed.listeners:
                    holds[proxy.name] = holds.get(proxy.name, 0) + armed.settings.holds_us()
            why = held.alive(down, holds)
            if not why or asked == [a for a in mine if a.asked]:
                return why  # else a fault began or ended meanwhile: what we saw may be its doing

    def clear(self, fault: PlannedFault) -> None:
        """Take the toxic away from both, or else end a Toxiproxy of ours. Raises RentreeError."""
        if fault.name not in self._armed:
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
        for name, other in self._armed.items():
            other.asked = other.asked and self._in[name] is not held
        down = ", ".join(territory for territory, at in self._people.items() if at is held)
        raise RentreeError(
            f"fault “{fault.name}” could not be taken back: {held} no longer answered, so it was "
            f"ended. No fault is left; the routes of {down} are down"
        )

    def left_over(self) -> dict[str, Any]:
        """`{"pid", "started"}` of our process, or `{"url", "proxies"}` in somebody else's.

        Of several, the others stand in a list under `more`.
        """
        first, *more = [held.left_over() for held in self._held] or [{}]
        return first | ({"more": more} if more else {})

    def close(self) -> str:
        """End our process, or delete our proxies from somebody else's; empty when proven."""
        return "; ".join(filter(None, [held.close() for held in self._held]))

    @classmethod
    def undo(cls, left_over: dict[str, Any]) -> str:
        """For `rentree clear`: kill that very process, or delete those proxies."""
        all_of_them = [left_over, *left_over.get("more", [])]
        return "; ".join(filter(None, [toxiproxy_held.undo(left, _write) for left in all_of_them]))

    def _down_by_another(self, armed: Armed) -> bool:
        """Whether it is another fault that has disabled this one's listeners, for its own time."""
        return armed.down and any(
            other.asked and other.down and not set(other.real).isdisjoint(armed.real)
            for other in self._armed.values()
            if other is not armed
        )

    def _ready(self, fault: PlannedFault) -> tuple[Held, Armed]:
        if fault.name not in self._armed:
            raise RentreeError(f"fault “{fault.name}” was not prepared")
        return self._in[fault.name], self._armed[fault.name]


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
