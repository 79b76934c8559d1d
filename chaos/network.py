"""Faults of the network between a territory's people and the platform, by the real Toxiproxy.

Changed through toxiproxy-python, proven by our own questions (`rentree.toxiproxy.api`). Each
fault has a twin: a listener that leads to an echo of ours and bears the same toxic, so that we
can watch the fault without the platform's own time in it.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from toxiproxy.api import APIConsumer
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from rentree.echo import ping_many
from rentree.errors import RentreeError, UsageError
from rentree.fault import Address, Observation, Route, Scene, Settings
from rentree.fault import Injector as Contract
from rentree.plan import PlannedFault
from rentree.toxiproxy import api as toxiproxy_api
from rentree.toxiproxy import held as toxiproxy_held
from rentree.toxiproxy.api import UnknownStateError, netloc
from rentree.toxiproxy.held import Held, Proxy
from rentree.toxiproxy.sight import exchange
from rentree.toxiproxy.toxics import KINDS, Down, Toxic, of

_LOOK = 1_000_000  # µs that a look at a fault which was not asked for may take
_LIBRARY = threading.Lock()  # toxiproxy-python keeps its host in the class, for all at once


@dataclass
class _Armed:
    """A fault made ready: where its toxic goes, and whether it was asked for now."""

    settings: Toxic
    toxic: dict[str, Any]  # as Toxiproxy takes it and gives it back
    real: list[Proxy]  # the listeners of its people, one a host
    twin: Proxy
    asked: bool = False

    @property
    def down(self) -> bool:
        """Whether it disables the listeners instead of adding something to them."""
        return isinstance(self.settings, Down)

    def path(self, proxy: Proxy) -> str:
        if self.down:
            return f"/proxies/{proxy.name}"
        return f"/proxies/{proxy.name}/toxics/{self.toxic['name']}"

    def bears(self, seen: dict[str, Any] | None) -> bool:
        """Whether what stands at `path` is the fault in force."""
        if self.down:
            return seen is not None and seen.get("enabled") is False
        return seen == self.toxic

    def free(self, seen: dict[str, Any] | None) -> bool:
        """Whether what stands at `path` is a listener without the fault."""
        if self.down:
            return seen is not None and seen.get("enabled") is True
        return seen is None


class Injector(Contract):
    """Toxics on all that a territory's people get, in a Toxiproxy of ours or one given by URL."""

    kinds: ClassVar[Mapping[str, type[Settings]]] = KINDS

    def __init__(self) -> None:
        self._held: Held | None = None
        self._people: dict[str, list[Proxy]] = {}  # territory → its people's listener a host
        self._armed: dict[str, _Armed] = {}  # name of the fault → what it takes

    def prepare(self, scene: Scene) -> list[Route]:
        """Start Toxiproxy, make a listener a territory and a twin a fault. Raises RentreeError."""
        _no_two_downs(scene.faults)
        held = self._held = Held(scene, _write)
        try:
            for n, fault in enumerate(scene.faults):
                place = fault.hits["territory"]
                if place not in self._people:
                    name = re.sub("[^a-z0-9_-]", "-", place.lower())
                    self._people[place] = [
                        held.make(f"{n}-{i}-{name}", host.at) for i, host in enumerate(scene.hosts)
                    ]
                self._armed[fault.name] = self._arm(n, fault, held.make(f"{n}-twin", scene.echo))
            if None in ping_many([a.twin.listen for a in self._armed.values()], 2.0):
                raise RentreeError(
                    f"{held} makes listeners that cannot be reached, or cannot reach us: "
                    "if it is in a container, start that on the host's network"
                )
        except BaseException:
            self.close()
            raise
        return [
            Route(territory, host.named, proxy.listen, f"toxiproxy:{territory}")
            for territory, proxies in self._people.items()
            for host, proxy in zip(scene.hosts, proxies, strict=True)
        ]

    def floor_us(self, fault: PlannedFault) -> int:
        """What the toxic adds by itself: a latency's delay less its jitter, of others nothing."""
        return of(fault.fault, fault.settings).floor_us()

    def apply(self, fault: PlannedFault) -> None:
        """Add the toxic for the people and for the twin. Raises RentreeError."""
        held, armed = self._ready(fault)
        armed.asked = True  # a half of it must be cleared, too
        for proxy in (*armed.real, armed.twin):
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
        asked = armed.asked  # others apply and clear while we look
        why: list[str] = []
        bear = free = True
        try:
            for proxy in armed.real:
                path = armed.path(proxy)
                seen = toxiproxy_api.read(held.api, path, connect_s=0.5, read_s=0.5)
                bear, free = bear and armed.bears(seen), free and armed.free(seen)
                if not (armed.bears(seen) if asked else armed.free(seen)):
                    why.append(f"{proxy.name} has {seen}")
        except RentreeError as error:
            bear = free = False
            why.append(str(error))
        question = armed.settings.question()
        if not asked and question.wait_us > _LOOK:
            question = replace(question, wait_us=_LOOK)
        seen_by = exchange(armed.twin.listen, question)
        doubt = armed.settings.shown_by(seen_by)
        if doubt and asked:
            why.append(doubt)
        elif not doubt and not asked:
            why.append(f"the twin still shows it ({seen_by.ended}, {seen_by.received} bytes)")
        return Observation(
            in_force=not doubt and bear,
            probe_us=seen_by.first_us,
            read_back=bear if asked else free,
            why="; ".join(why),
        )

    def alive(self) -> str:
        """Empty while the process lives, its API answers and every listener is served."""
        if self._held is None:
            return "the network faults are not prepared"
        down = [a for a in self._armed.values() if a.down and a.asked]
        return self._held.alive(meant_down={p.name for a in down for p in (*a.real, a.twin)})

    def clear(self, fault: PlannedFault) -> None:
        """Take the toxic away from both, or else end a Toxiproxy of ours. Raises RentreeError."""
        if self._held is None or fault.name not in self._armed:
            return
        held, armed = self._ready(fault)
        listeners = (*armed.real, armed.twin)
        if (
            held.dead
            or (armed.down and held.back(proxy.name for proxy in listeners))
            or (not armed.down and held.gone(armed.path(proxy) for proxy in listeners))
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

    def _arm(self, n: int, fault: PlannedFault, twin: Proxy) -> _Armed:
        settings = of(fault.fault, fault.settings)
        toxic: dict[str, Any] = {"name": f"{fault.fault}-{n}", "type": settings.type}
        toxic |= {"stream": "downstream", "toxicity": 1.0, "attributes": settings.attributes()}
        return _Armed(settings, toxic, self._people[fault.hits["territory"]], twin)

    def _ready(self, fault: PlannedFault) -> tuple[Held, _Armed]:
        if self._held is None or fault.name not in self._armed:
            raise RentreeError(f"fault “{fault.name}” was not prepared")
        return self._held, self._armed[fault.name]


def _no_two_downs(faults: list[PlannedFault]) -> None:
    """One listener cannot be down twice: the first that ends would end both. Raises UsageError."""
    downs = [f for f in faults if f.fault == "down"]
    for i, first in enumerate(downs):
        for second in downs[i + 1 :]:
            if first.hits == second.hits and first.span.overlaps(second.span):
                raise UsageError(
                    f"the faults “{first.name}” and “{second.name}” are both `down`, for the same "
                    "people at the same time: leave one out"
                )


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
