"""A Toxiproxy held for one run: a process of ours, or our own proxies in somebody else's.

What changes it goes through a `Write` that the injector brings (toxiproxy-python lives there);
what is true of it we ask ourselves (`rentree.toxiproxy.api`).
"""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
import socket
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rentree.errors import RentreeError
from rentree.fault import Address, Scene
from rentree.process import Identity
from rentree.toxiproxy import api as toxiproxy_api
from rentree.toxiproxy import server as toxiproxy
from rentree.toxiproxy.api import UnknownStateError, netloc
from rentree.toxiproxy.sight import Trail

# api, "post" or "delete", path, body → what Toxiproxy echoes. Raises UnknownStateError (no usable
# answer in time) or RentreeError (refused).
Write = Callable[[Address, str, str, dict[str, Any] | None], Any]

_PROVE_S = 5.0  # for things to be gone; each is asked once at least
_SERVE_S = 2.0  # for a listener to hang up on somebody who hangs up


@dataclass(frozen=True)
class Proxy:
    """A listener of ours in a Toxiproxy."""

    name: str
    listen: Address


@dataclass
class Lent:
    """A proxy of others, and what of ours it is to bear."""

    proxy: Proxy
    toxics: list[str] = field(default_factory=list)  # where the API tells of them
    cut: bool = False  # it is to be disabled for a time


class Held:
    """Toxiproxy as the injector has it, from `prepare` to `close`."""

    def __init__(
        self, scene: Scene, write: Write, *, url: str | None = None, number: int = 0
    ) -> None:
        """Take the one given by URL, else find or build the server and start it.

        `number`: which of several; each has a log of its own.

        Raises:
            UsageError: the URL is not one of this machine.
            RentreeError: it cannot be had, or does not answer.
        """
        self._write = write
        self._process: toxiproxy.ToxiproxyProcess | None = None
        self._proxies: dict[str, Proxy | None] = {}  # by name; None: asked for, not there yet
        self._slow: list[Address] = []  # listeners that hold back the end of a connection
        self._trials: Trail[list[Address]] = Trail()  # which of these are deaf
        self._prefix = f"rentree-{secrets.token_hex(4)}"
        self._lent: dict[str, Lent] = {}  # proxies of others, by name
        self._log = scene.work / (f"toxiproxy-{number}.log" if number else "toxiproxy.log")
        if url is None:
            program = toxiproxy.obtain(scene.say)
            self._process = toxiproxy.ToxiproxyProcess(program, self._log)
            self.api = self._process.api
        else:
            self.api = toxiproxy_api.parse_url(url)
            if not toxiproxy_api.answers(self.api):
                raise RentreeError(f"no Toxiproxy answers at {url}: start it, or leave it out")

    @property
    def ours(self) -> bool:
        """Whether it is a process that we started, and may end."""
        return self._process is not None

    @property
    def dead(self) -> bool:
        """Whether it is ours and has ended: then no fault is left in it."""
        return self._process is not None and not self._process.alive()

    def __str__(self) -> str:
        owner = f"ours, pid {self._process.identity.pid}" if self._process else "not ours"
        return f"Toxiproxy at http://{netloc(self.api)} ({owner})"

    def make(self, name: str, upstream: Address) -> Proxy:
        """A proxy on a free port of 127.0.0.1. Raises RentreeError when it is not as asked."""
        name = self.named(name)
        self._proxies[name] = None
        asked = {"name": name, "upstream": netloc(upstream), "enabled": True}
        self._write(self.api, "post", "/proxies", {**asked, "listen": "127.0.0.1:0"})
        seen = toxiproxy_api.read(self.api, f"/proxies/{name}") or {}
        host, _, port = str(seen.get("listen")).rpartition(":")
        if {key: seen.get(key) for key in asked} != asked or host != "127.0.0.1":
            raise RentreeError(f"{self} was asked for {asked} and has {seen}")
        proxy = self._proxies[name] = Proxy(name, (host, int(port)))
        return proxy

    def lend(self, name: str) -> Proxy:
        """A proxy that is somebody else's: it may bear toxics of ours, and is never deleted.

        Raises:
            RentreeError: there is no such proxy, or it is disabled already.
        """
        if name not in self._lent:
            seen = toxiproxy_api.read(self.api, f"/proxies/{name}")
            if seen is None or seen.get("enabled") is not True:
                what = "has no proxy" if seen is None else "has, disabled already, the proxy"
                raise RentreeError(f"{self} {what} “{name}”")
            host, _, port = str(seen["listen"]).rpartition(":")
            host = host.strip("[]")
            if not host or ipaddress.ip_address(host).is_unspecified:  # any of this machine's
                host = "127.0.0.1"
            self._lent[name] = Lent(Proxy(name, (host, int(port))))
        return self._lent[name].proxy

    def will_bear(self, proxy: Proxy, path: str | None) -> None:
        """Remember what is to be undone in a proxy of others: a toxic, or that it is disabled."""
        lent = self._lent.get(proxy.name)
        if lent is not None and path is not None:
            lent.toxics.append(path)
        elif lent is not None:
            lent.cut = True

    def named(self, name: str) -> str:
        """A name in it that nobody else gives."""
        return f"{self._prefix}-{name}"

    def alive(
        self, meant_down: Collection[str] = (), holds_us: Mapping[str, int] | None = None
    ) -> str:
        """Empty while the process lives, its API answers and every listener is served.

        `meant_down`: names of listeners that a fault has disabled. `holds_us`: of those that hold
        back the end of a connection, for how long; they are found deaf so much later.
        """
        if self.dead:
            return f"{self} is dead{_last_words(self._log)}"
        if not toxiproxy_api.answers(self.api):
            return f"{self} does not answer"
        lines = [p for p in self._proxies.values() if p is not None and p.name not in meant_down]
        holds = {p.listen: us / 1e6 for p in lines if (us := (holds_us or {}).get(p.name, 0))}
        try:
            deaf = toxiproxy_api.deaf([p.listen for p in lines if p.listen not in holds], _SERVE_S)
        except OSError as error:
            return f"its listeners cannot be tried: {error}"
        if holds:
            deaf += self._deaf_slow(list(holds), max(holds.values()) + _SERVE_S)
        names = [line.name for line in lines if line.listen in deaf]
        return f"{self} no longer serves {', '.join(names)}" if names else ""

    def _deaf_slow(self, slow: list[Address], deadline_s: float) -> list[Address]:
        """Begin a trial that outlasts a look; what the newest that is over has found."""

        def tried() -> list[Address]:
            with contextlib.suppress(OSError):  # of our own descriptors: others tell
                return toxiproxy_api.deaf(slow, deadline_s)
            return []

        if slow != self._slow:
            self._slow, self._trials = slow, Trail()
        now, before = self._trials.ask(tried, 0)
        return now or before or []

    def gone(self, paths: Iterable[str]) -> bool:
        """Delete what the paths name, and say whether that is proven. Stops at the first doubt."""
        end = time.monotonic() + _PROVE_S
        return all(_gone(self.api, self._write, path, end) for path in paths)

    def back(self, names: Iterable[str]) -> bool:
        """Enable listeners again, and say whether that is proven: each takes a connection."""
        lent = {name: lent.proxy for name, lent in self._lent.items()}
        ours = {**self._proxies, **lent}
        lines = [proxy for name in names if (proxy := ours.get(name)) is not None]
        end = time.monotonic() + _PROVE_S
        while True:
            for line in lines:
                with contextlib.suppress(RentreeError):  # what we read decides
                    self._write(self.api, "post", f"/proxies/{line.name}", {"enabled": True})
            with contextlib.suppress(UnknownStateError, OSError):
                seen = [toxiproxy_api.read(self.api, f"/proxies/{line.name}") for line in lines]
                enabled = all(s is not None and s.get("enabled") is True for s in seen)
                if enabled:
                    for line in lines:  # whether it is served, `alive` says each second
                        socket.create_connection(line.listen, 1.0).close()
                    return True
            if time.monotonic() > end:
                return False
            time.sleep(0.1)

    def end(self) -> None:
        """End the process, if it is ours."""
        if self._process is not None:
            self._process.stop()

    def left_over(self) -> dict[str, Any]:
        """`{"pid", "started"}` of our process, or `{"url", "proxies"}` in somebody else's."""
        if self._process is not None:
            identity = self._process.identity
            return {"pid": identity.pid, "started": identity.started}
        left = {"url": f"http://{netloc(self.api)}", "proxies": list(self._proxies)}
        toxics = [path for lent in self._lent.values() for path in lent.toxics]
        cut = [name for name, lent in self._lent.items() if lent.cut]
        return left | ({"toxics": toxics, "enabled": cut} if self._lent else {})

    def close(self) -> str:
        """End it, or delete our proxies from it; empty when proven, else what is not.

        Takes up to 5 s, and up to 7 s for each proxy of a Toxiproxy that is not ours and hangs.
        """
        if self._process is not None:
            self._process.stop()
            return "" if self.dead else f"{self} still runs"
        lent = put_back(self.api, self._write, self.left_over())
        self._lent = self._lent if lent else {}
        left = _delete(self.api, self._write, self._proxies)
        self._proxies = {name: self._proxies[name] for name in left}
        return _sentence(self.api, [*lent, *left])


def undo(left_over: dict[str, Any], write: Write) -> str:
    """Undo what `left_over` of a dead run names; empty when proven, else what is not."""
    if "pid" in left_over:
        identity = Identity(int(left_over["pid"]), float(left_over["started"]))
        identity.kill()
        return f"Toxiproxy (pid {identity.pid}) still runs" if identity.alive() else ""
    if "url" in left_over:
        api = toxiproxy_api.parse_url(left_over["url"])
        lent = put_back(api, write, left_over)
        return _sentence(api, [*lent, *_delete(api, write, left_over["proxies"])])
    return ""


def put_back(api: Address, write: Write, left_over: Mapping[str, Any]) -> list[str]:
    """Take our toxics from proxies of others, enable those that we disabled; what is not proven."""
    end = time.monotonic() + _PROVE_S
    left = [path for path in left_over.get("toxics", []) if not _gone(api, write, path, end)]
    for name in left_over.get("enabled", []):
        path = f"/proxies/{name}"
        while True:
            with contextlib.suppress(RentreeError):
                seen = toxiproxy_api.read(api, path, read_s=1.0)
                if seen is None or seen.get("enabled") is True:
                    break  # a proxy that its owner has removed is not disabled by us
                write(api, "post", path, {"enabled": True})
            if time.monotonic() > end:
                left.append(f"{name} (disabled)")
                break
            time.sleep(0.1)
    return left


def _last_words(log: Path) -> str:
    """“: panic: …”, when Toxiproxy died of itself and said so."""
    with contextlib.suppress(OSError), log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith(("panic: ", "fatal error: ")):
                return f": {line.strip()[:200]}"
    return ""


def _delete(api: Address, write: Write, names: Iterable[str]) -> list[str]:
    """Delete proxies, and return those that are not proven gone."""
    end = time.monotonic() + _PROVE_S
    return [name for name in names if not _gone(api, write, f"/proxies/{name}", end)]


def _gone(api: Address, write: Write, path: str, end: float) -> bool:
    """Delete one thing; whether Toxiproxy then says that it does not exist."""
    while True:
        with contextlib.suppress(RentreeError):  # what we read decides
            write(api, "delete", path, None)
        with contextlib.suppress(UnknownStateError):
            if toxiproxy_api.read(api, path, read_s=1.0) is None:
                return True
        if time.monotonic() > end:
            return False
        time.sleep(0.1)


def _sentence(api: Address, left: list[str]) -> str:
    if not left:
        return ""
    return f"Toxiproxy at http://{netloc(api)} may still have {', '.join(left)}: restart it"
