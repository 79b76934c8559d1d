"""Faults of the network between a territory's people and the platform, by the real Toxiproxy.

Written through toxiproxy-python, proven by our own questions (`rentree.toxiproxy_api`). Each
fault has a twin: a listener that leads to an echo of ours and bears the same toxic, so that we
can watch the fault without the platform's own time in it.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import model_validator
from toxiproxy.api import APIConsumer
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from rentree import toxiproxy, toxiproxy_api
from rentree.echo import ping_many
from rentree.errors import RentreeError
from rentree.fault import Address, Observation, Route, Scene, Settings
from rentree.fault import Injector as Contract
from rentree.plan import PlannedFault
from rentree.process import Identity
from rentree.quantity import Duration
from rentree.toxiproxy_api import UnknownStateError

_LONGEST_US = 600_000_000
_SLACK_US = 1_000  # timers round
_PROVE_S = 5.0  # for one thing to be gone, plus the last question
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

    def toxic(self) -> tuple[str, dict[str, int]]:
        """Toxiproxy's type and attributes (ms)."""
        return "latency", {"latency": self.delay // 1000, "jitter": self.jitter // 1000}

    def range_us(self) -> tuple[int, int]:
        """The least and the most time that it adds to an answer."""
        return self.delay - self.jitter, self.delay + self.jitter


@dataclass(frozen=True)
class _Proxy:
    name: str
    listen: Address


@dataclass
class _Armed:
    """A fault made ready: where its toxic goes, and whether it was asked for now."""

    settings: LatencySettings
    toxic: dict[str, Any]  # as Toxiproxy takes it and gives it back
    real: _Proxy
    twin: _Proxy
    asked: bool = False

    def path(self, proxy: _Proxy) -> str:
        return f"/proxies/{proxy.name}/toxics/{self.toxic['name']}"


class Injector(Contract):
    """Latency on all that a territory's people get, in a Toxiproxy of ours or one given by URL."""

    kinds: ClassVar[Mapping[str, type[Settings]]] = {"latency": LatencySettings}

    def __init__(self) -> None:
        self._api: Address | None = None
        self._process: toxiproxy.ToxiproxyProcess | None = None
        self._names: list[str] = []  # of every proxy that we asked for
        self._people: dict[str, _Proxy] = {}  # territory → the listener of its people
        self._armed: dict[str, _Armed] = {}  # name of the fault → what it takes

    def prepare(self, scene: Scene) -> list[Route]:
        """Start Toxiproxy, make a listener a territory and a twin a fault. Raises RentreeError."""
        try:
            self._find(scene)
            ours = f"rentree-{secrets.token_hex(4)}"
            for n, fault in enumerate(scene.faults):
                place = fault.territory
                if place not in self._people:
                    name = f"{ours}-{n}-{re.sub('[^a-z0-9_-]', '-', place.lower())}"
                    self._people[place] = self._make(name, scene.platform)
                settings = LatencySettings.model_validate(fault.settings)
                kind, attributes = settings.toxic()
                toxic = {"name": f"{kind}-{n}", "type": kind, "stream": "downstream"}
                self._armed[fault.name] = _Armed(
                    settings,
                    {**toxic, "toxicity": 1.0, "attributes": attributes},
                    real=self._people[place],
                    twin=self._make(f"{ours}-{n}-twin", scene.echo),
                )
            if None in ping_many([a.twin.listen for a in self._armed.values()], 2.0):
                raise RentreeError(
                    f"{self._where()} makes listeners that cannot be reached, or cannot reach us: "
                    "if it is in a container, start that on the host's network"
                )
        except BaseException:
            self.close()
            raise
        return [
            Route(territory, scene.platform, proxy.listen, f"toxiproxy:{territory}")
            for territory, proxy in self._people.items()
        ]

    def floor_us(self, fault: PlannedFault) -> int:
        """Delay less jitter: Toxiproxy draws evenly between that and delay plus jitter."""
        return LatencySettings.model_validate(fault.settings).range_us()[0]

    def apply(self, fault: PlannedFault) -> None:
        """Add the toxic for the people and for the twin. Raises RentreeError."""
        armed = self._armed[fault.name]
        armed.asked = True  # a half of it must be cleared, too
        for proxy in (armed.real, armed.twin):
            echoed: Any = armed.toxic
            with contextlib.suppress(UnknownStateError):  # then what we read decides
                echoed = _write(self._at(), "post", f"/proxies/{proxy.name}/toxics", armed.toxic)
            seen = toxiproxy_api.read(self._at(), armed.path(proxy))
            if echoed != armed.toxic or seen != armed.toxic:
                raise RentreeError(
                    f"fault “{fault.name}”: {self._where()} was asked for {armed.toxic}, "
                    f"answered {echoed} and has {seen}"
                )

    def observe(self, fault: PlannedFault) -> Observation:
        """Three round trips at once through the twin, and what the people's listener bears."""
        armed = self._armed[fault.name]
        least, most = armed.settings.range_us()
        why: list[str] = []
        seen: dict[str, Any] | None = None
        known = True
        try:
            path = armed.path(armed.real)
            seen = toxiproxy_api.read(self._at(), path, connect_s=0.5, read_s=0.5)
        except RentreeError as error:
            known = False
            why.append(str(error))
        try:
            trips = ping_many([armed.twin.listen] * 3, (most if armed.asked else 0) / 1e6 + 1)
        except OSError as error:
            trips = []
            why.append(f"no ping could be sent: {error}")
        back = [us for us in trips if us is not None]
        if len(back) < len(trips):
            why.append(f"{len(trips) - len(back)} of {len(trips)} pings through the twin got lost")
        slow = bool(back) and min(back) >= least - _SLACK_US
        if back and not slow and armed.asked:
            why.append(f"a ping took {min(back)} µs; the fault alone takes {least} µs at least")
        if known and (seen == armed.toxic) != armed.asked:
            why.append(f"{armed.real.name} has {seen}")
        return Observation(
            in_force=slow and seen == armed.toxic,
            probe_us=min(back, default=None),
            read_back=known and seen == (armed.toxic if armed.asked else None),
            why="; ".join(why),
        )

    def alive(self) -> str:
        """Empty while the process lives, its API answers and every listener is served."""
        if self._process is not None and not self._process.alive():
            return f"{self._where()} is dead"
        if not toxiproxy_api.answers(self._at()):
            return f"{self._where()} does not answer"
        lines = [*self._people.values(), *(a.twin for a in self._armed.values())]
        try:
            deaf = toxiproxy_api.deaf([line.listen for line in lines])
        except OSError as error:
            return f"its listeners cannot be tried: {error}"
        names = [line.name for line in lines if line.listen in deaf]
        return f"{self._where()} no longer serves {', '.join(names)}" if names else ""

    def clear(self, fault: PlannedFault) -> None:
        """Take the toxic away from both, or else end a Toxiproxy of ours. Raises RentreeError."""
        armed = self._armed.get(fault.name)
        if armed is None:  # never made ready
            return
        if self._process is not None and not self._process.alive():
            armed.asked = False  # no process, no fault
            return
        if all(_gone(self._at(), armed.path(proxy)) for proxy in (armed.real, armed.twin)):
            armed.asked = False
            return
        if self._process is None:
            raise RentreeError(
                f"fault “{fault.name}” is not proven cleared: {self._where()} does not say that "
                f"{armed.real.name} is free of it; restart that Toxiproxy, then `rentree clear`"
            )
        # One reader that has stopped reading freezes its API for good.
        where = self._where()
        self._process.stop()
        for other in self._armed.values():
            other.asked = False
        raise RentreeError(
            f"fault “{fault.name}” could not be taken back: {where} no longer answered, so it was "
            f"ended. No fault is left; the routes of {', '.join(self._people)} are down"
        )

    def left_over(self) -> dict[str, Any]:
        """`{"pid", "started"}` of our process, or `{"url", "proxies"}` in somebody else's."""
        if self._process is not None:
            identity = self._process.identity
            return {"pid": identity.pid, "started": identity.started}
        return {"url": _url(self._at()), "proxies": list(self._names)} if self._names else {}

    def close(self) -> str:
        """End our process, or delete our proxies from somebody else's; up to 6 s for each."""
        if self._process is not None:
            self._process.stop()
            return f"{self._where()} still runs" if self._process.alive() else ""
        return _deleted(self._api, self._names) if self._api is not None else ""

    @classmethod
    def undo(cls, left_over: dict[str, Any]) -> str:
        """For `rentree clear`: kill that very process, or delete those proxies."""
        if "pid" in left_over:
            identity = Identity(int(left_over["pid"]), float(left_over["started"]))
            identity.kill()
            return f"Toxiproxy (pid {identity.pid}) still runs" if identity.alive() else ""
        if "url" in left_over:
            return _deleted(toxiproxy_api.parse_url(left_over["url"]), left_over["proxies"])
        return ""

    def _find(self, scene: Scene) -> None:
        url = scene.options.get("toxiproxy")
        if url is None:
            program = toxiproxy.obtain(scene.say)
            self._process = toxiproxy.ToxiproxyProcess(program, scene.work / "toxiproxy.log")
            self._api = self._process.api
            return
        api = toxiproxy_api.parse_url(str(url))
        if not toxiproxy_api.answers(api):
            raise RentreeError(f"no Toxiproxy answers at {url}: start it, or leave --toxiproxy out")
        self._api = api

    def _make(self, name: str, upstream: Address) -> _Proxy:
        """A proxy on a free port. Raises RentreeError when it is not as asked."""
        self._names.append(name)
        asked = {"name": name, "upstream": _netloc(upstream), "enabled": True}
        _write(self._at(), "post", "/proxies", {**asked, "listen": "127.0.0.1:0"})
        seen = toxiproxy_api.read(self._at(), f"/proxies/{name}") or {}
        host, _, port = str(seen.get("listen")).rpartition(":")
        if {key: seen.get(key) for key in asked} != asked or host != "127.0.0.1":
            raise RentreeError(f"{self._where()} was asked for {asked} and has {seen}")
        return _Proxy(name, (host, int(port)))

    def _at(self) -> Address:
        if self._api is None:
            raise RentreeError("the network faults are not prepared")
        return self._api

    def _where(self) -> str:
        owner = f"ours, pid {self._process.identity.pid}" if self._process else "not ours"
        return f"Toxiproxy at {_url(self._at())} ({owner})"


def _write(api: Address, verb: str, path: str, json: dict[str, Any] | None = None) -> Any:
    """One change through toxiproxy-python; returns what Toxiproxy echoes.

    Its `Toxiproxy` and `Proxy` wait for ever, ignore 5xx and drop the echo. What they call does
    none of that when it is told how.

    Raises:
        UnknownStateError: no answer in time, or a 5xx: read back.
        RentreeError: Toxiproxy refuses.
    """
    with _LIBRARY:
        APIConsumer.host, APIConsumer.port = _netloc(api).rsplit(":", 1)
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


def _gone(api: Address, path: str) -> bool:
    """Delete an object; whether Toxiproxy then says that it does not exist."""
    end = time.monotonic() + _PROVE_S
    while True:
        with contextlib.suppress(RentreeError):  # what we read decides
            _write(api, "delete", path)
        with contextlib.suppress(UnknownStateError):
            if toxiproxy_api.read(api, path, read_s=1.0) is None:
                return True
        if time.monotonic() > end:
            return False
        time.sleep(0.1)


def _deleted(api: Address, names: list[str]) -> str:
    left = [name for name in names if not _gone(api, f"/proxies/{name}")]
    return f"Toxiproxy at {_url(api)} may still have {', '.join(left)}: restart it" if left else ""


def _netloc(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _url(address: Address) -> str:
    return f"http://{_netloc(address)}"
