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
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import model_validator
from toxiproxy.api import APIConsumer
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from rentree.echo import ping_many
from rentree.errors import RentreeError
from rentree.fault import Address, Observation, Route, Scene, Settings
from rentree.fault import Injector as Contract
from rentree.plan import PlannedFault
from rentree.quantity import Duration
from rentree.toxiproxy import api as toxiproxy_api
from rentree.toxiproxy import held as toxiproxy_held
from rentree.toxiproxy.api import UnknownStateError, netloc
from rentree.toxiproxy.held import Held, Proxy
from rentree.words import duration

_LONGEST_US = 600_000_000
_SLACK_US = 1_000  # timers round
_LIBRARY = threading.Lock()  # toxiproxy-python keeps its host in the class, for all at once


class LatencySettings(Settings):
    """What `fault: latency` takes."""

    explains = "every answer comes later by `delay`, give or take `jitter`; nothing is lost"
    delay: Duration
    jitter: Duration = 0

    @model_validator(mode="after")
    def _sane(self) -> LatencySettings:
        if not 0 < self.delay <= _LONGEST_US:
            raise ValueError("`delay` must be above 0 and at most 10 min")
        if not 0 <= self.jitter <= self.delay:
            raise ValueError("`jitter` must not be above `delay`: time does not run backwards")
        if self.delay % 1000 or self.jitter % 1000:
            raise ValueError("`delay` and `jitter` must be whole milliseconds")
        return self

    def told(self, language: str) -> str:
        """“délai 200 ms, gigue 50 ms”."""
        delay, jitter = {"fr": ("délai", "gigue"), "en": ("delay", "jitter")}[language]
        return (
            f"{delay} {duration(self.delay, language)}, {jitter} {duration(self.jitter, language)}"
        )

    def toxic(self) -> tuple[str, dict[str, int]]:
        """Toxiproxy's type and attributes (ms)."""
        return "latency", {"latency": self.delay // 1000, "jitter": self.jitter // 1000}

    def range_us(self) -> tuple[int, int]:
        """The least and the most time that it adds to an answer."""
        return self.delay - self.jitter, self.delay + self.jitter


@dataclass
class _Armed:
    """A fault made ready: where its toxic goes, and whether it was asked for now."""

    settings: LatencySettings
    toxic: dict[str, Any]  # as Toxiproxy takes it and gives it back
    real: Proxy
    twin: Proxy
    asked: bool = False

    def path(self, proxy: Proxy) -> str:
        return f"/proxies/{proxy.name}/toxics/{self.toxic['name']}"


class Injector(Contract):
    """Latency on all that a territory's people get, in a Toxiproxy of ours or one given by URL."""

    kinds: ClassVar[Mapping[str, type[Settings]]] = {"latency": LatencySettings}

    def __init__(self) -> None:
        self._held: Held | None = None
        self._people: dict[str, Proxy] = {}  # territory → the listener of its people
        self._armed: dict[str, _Armed] = {}  # name of the fault → what it takes

    def prepare(self, scene: Scene) -> list[Route]:
        """Start Toxiproxy, make a listener a territory and a twin a fault. Raises RentreeError."""
        held = self._held = Held(scene, _write)
        try:
            for n, fault in enumerate(scene.faults):
                place = fault.hits["territory"]
                if place not in self._people:
                    name = re.sub("[^a-z0-9_-]", "-", place.lower())
                    self._people[place] = held.make(f"{n}-{name}", scene.hosts[0].at)
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
            Route(territory, scene.hosts[0].named, proxy.listen, f"toxiproxy:{territory}")
            for territory, proxy in self._people.items()
        ]

    def floor_us(self, fault: PlannedFault) -> int:
        """Delay less jitter: Toxiproxy draws evenly between that and delay plus jitter."""
        return LatencySettings.model_validate(fault.settings).range_us()[0]

    def apply(self, fault: PlannedFault) -> None:
        """Add the toxic for the people and for the twin. Raises RentreeError."""
        held, armed = self._ready(fault)
        armed.asked = True  # a half of it must be cleared, too
        for proxy in (armed.real, armed.twin):
            echoed: Any = armed.toxic
            with contextlib.suppress(UnknownStateError):  # then what we read decides
                echoed = _write(held.api, "post", f"/proxies/{proxy.name}/toxics", armed.toxic)
            seen = toxiproxy_api.read(held.api, armed.path(proxy))
            if echoed != armed.toxic or seen != armed.toxic:
                raise RentreeError(
                    f"fault “{fault.name}”: {held} was asked for {armed.toxic}, "
                    f"answered {echoed} and has {seen}"
                )

    def observe(self, fault: PlannedFault) -> Observation:
        """Three round trips at once through the twin, and what the people's listener bears."""
        why: list[str] = []
        known, seen, trips = False, None, []
        try:
            held, armed = self._ready(fault)
        except RentreeError as error:
            return Observation(False, None, False, str(error))
        least, most = armed.settings.range_us()
        asked = armed.asked  # others apply and clear while we look
        try:
            path = armed.path(armed.real)
            seen = toxiproxy_api.read(held.api, path, connect_s=0.5, read_s=0.5)
            known = True
        except RentreeError as error:
            why.append(str(error))
        try:
            trips = ping_many([armed.twin.listen] * 3, (most if asked else 0) / 1e6 + 1)
        except OSError as error:
            why.append(f"no ping could be sent: {error}")
        back = [us for us in trips if us is not None]
        if len(back) < len(trips):
            why.append(f"{len(trips) - len(back)} of {len(trips)} pings through the twin got lost")
        slow = bool(back) and min(back) >= least - _SLACK_US
        if back and not slow and asked:
            why.append(f"a ping took {min(back)} µs; the fault alone takes {least} µs at least")
        set_as_asked = known and seen == (armed.toxic if asked else None)
        if known and not set_as_asked:
            why.append(f"{armed.real.name} has {seen}")
        return Observation(
            in_force=slow and seen == armed.toxic,
            probe_us=min(back, default=None),
            read_back=set_as_asked,
            why="; ".join(why),
        )

    def alive(self) -> str:
        """Empty while the process lives, its API answers and every listener is served."""
        return self._held.alive() if self._held else "the network faults are not prepared"

    def clear(self, fault: PlannedFault) -> None:
        """Take the toxic away from both, or else end a Toxiproxy of ours. Raises RentreeError."""
        if self._held is None or fault.name not in self._armed:
            return
        held, armed = self._ready(fault)
        if held.dead or held.gone(armed.path(proxy) for proxy in (armed.real, armed.twin)):
            armed.asked = False
            return
        if not held.ours:
            raise RentreeError(
                f"fault “{fault.name}” is not proven cleared: {held} does not say that "
                f"{armed.real.name} is free of it; restart that Toxiproxy, then `rentree clear`"
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
        settings = LatencySettings.model_validate(fault.settings)
        kind, attributes = settings.toxic()
        toxic: dict[str, Any] = {"name": f"{kind}-{n}", "type": kind, "stream": "downstream"}
        toxic |= {"toxicity": 1.0, "attributes": attributes}
        return _Armed(settings, toxic, self._people[fault.hits["territory"]], twin)

    def _ready(self, fault: PlannedFault) -> tuple[Held, _Armed]:
        if self._held is None or fault.name not in self._armed:
            raise RentreeError(f"fault “{fault.name}” was not prepared")
        return self._held, self._armed[fault.name]


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
