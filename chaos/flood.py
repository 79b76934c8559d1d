"""A flood: ×k of a normal rate at one step of a platform, from one or several addresses.

Open loop, from a process of its own (`rentree.flood`), straight to the platform. In force is a
flood whose attempts are issued at their time, whatever comes back (docs/verdict.md, c).
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rentree import process
from rentree.errors import RentreeError, UsageError
from rentree.fault import Injector as Contract
from rentree.fault import Observation, Route, Scene, Settings
from rentree.flood.spec import MOST_PER_SECOND, MOST_SECONDS, FloodSpec, sources
from rentree.plan import PlannedFault
from rentree.quantity import SECOND, Count, Rate
from rentree.words import number

ON_SCHEDULE = 0.98  # of the attempts (docs/verdict.md, c)
LEAST_PER_SECOND = 2.0  # requests/s; with fewer a look a second could find that none was due
_STARTED_S = 15.0  # for its process to come up on a busy machine
_STOPPED_S = 2.0  # to say that nothing more is issued; then it is killed
_SILENT_NS = 500_000_000  # without news of its sender a flood is not seen


class Normal(BaseModel):
    """The rate that the flood is a multiple of, and what it is normal for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: Rate
    of: str


class Origin(BaseModel):
    """Where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    addresses: Count = 1


class FloodSettings(Settings):
    """What `fault: flood` takes."""

    explains = (
        "`times` a normal rate of requests at a step's first page, from one or several "
        "addresses, issued on time whatever the platform answers"
    )
    hits: ClassVar[tuple[str, ...]] = ("platform", "step")
    from_: Origin = Field(default=Origin(), alias="from")
    normal: Normal
    times: Count

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if self.times < 1 or not 1 <= self.from_.addresses <= 1000:
            raise ValueError("a flood is 1 time the normal rate or more, from 1 to 1000 addresses")
        if self.sends() > MOST_PER_SECOND:
            raise ValueError(
                f"{self.sends():g} requests/s are more than one sender holds ({MOST_PER_SECOND}): "
                "make it several floods"
            )
        return self

    def scaled(self, scale: float) -> Self:
        """A flood shrinks with the crowd. Raises UsageError when too little is left to be seen."""
        normal = self.normal.model_copy(update={"rate": self.normal.rate * scale})
        flood = self.model_copy(update={"normal": normal})
        if flood.sends() < LEAST_PER_SECOND:
            raise UsageError(
                f"a flood of {flood.sends():g} requests/s cannot be seen in every second: "
                f"{LEAST_PER_SECOND:g} requests/s at least (a larger scale, or more times)"
            )
        return flood

    def sends(self) -> float:
        """Requests a second in all."""
        return self.normal.rate * self.times

    def told(self, language: str) -> str:
        """“×100 d’une allure normale de 5 requêtes par seconde (…), depuis 1 adresse”."""
        times, rate, total, addresses = (
            number(value, language, 2)
            for value in (self.times, self.normal.rate, self.sends(), self.from_.addresses)
        )
        many = "s" if self.from_.addresses > 1 else ""
        return {
            "fr": f"×{times} d’une allure normale de {rate} requêtes par seconde "
            f"({self.normal.of}), soit {total} par seconde, depuis {addresses} adresse{many}",
            "en": f"×{times} of a normal {rate} requests a second ({self.normal.of}), {total} a "
            f"second, from {addresses} address{'es' if many else ''}",
        }[language]


@dataclass
class _Running:
    """One flood's process, and the last that it said of itself."""

    child: subprocess.Popen[bytes]
    identity: process.Identity
    log: Path
    said: dict[str, int] = field(default_factory=dict)  # until (ns), asked, issued, on_time
    seen: dict[str, int] = field(default_factory=dict)  # the same at the last look
    ready: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)
    asked: bool = False

    def listen(self) -> None:
        """Take what the process says, until it ends."""
        assert self.child.stdout is not None  # noqa: S101  # it was started so
        with contextlib.suppress(ValueError):  # half a line of somebody who died
            for line in self.child.stdout:
                news = json.loads(line)
                if news.pop("ready", False):
                    self.ready.set()
                stopped = news.pop("stopped", False)
                self.said = news or self.said
                if stopped:
                    self.stopped.set()

    def come_up(self) -> None:
        """Wait until it is ready. Raises RentreeError with its last words."""
        until = time.monotonic() + _STARTED_S
        while not self.ready.wait(0.05):
            if self.child.poll() is not None or time.monotonic() > until:
                words = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
                raise RentreeError(f"it does not come up: {words[-1] if words else 'no word'}")

    def tell(self, word: str) -> None:
        """Say a word to the process, if it still listens."""
        assert self.child.stdin is not None  # noqa: S101  # it was started so
        with contextlib.suppress(OSError, ValueError):
            self.child.stdin.write(f"{word}\n".encode())
            self.child.stdin.flush()


class Injector(Contract):
    """Floods, each from a process that dies with us."""

    kinds: ClassVar[Mapping[str, type[Settings]]] = {"flood": FloodSettings}

    def __init__(self) -> None:
        self._floods: dict[str, _Running] = {}

    def prepare(self, scene: Scene) -> list[Route]:
        """Start a sender a flood, which waits for its word.

        Raises:
            UsageError: a flood that cannot be sent as asked, or RentreeError: no sender comes up.
        """
        for n, fault in enumerate(scene.faults):
            spec = _spec(fault, scene, n)
            path, log = scene.work / f"flood-{n}.json", scene.work / f"flood-{n}.log"
            path.write_text(spec.model_dump_json(), encoding="utf-8")
            child = process.start(
                [sys.executable, "-P", "-m", "rentree.flood", str(path)],
                log=log, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
            flood = _Running(child, process.Identity.of(child.pid), log)
            self._floods[fault.name] = flood
            threading.Thread(target=flood.listen, name=fault.name, daemon=True).start()
        for name, flood in self._floods.items():
            try:
                flood.come_up()
            except RentreeError as error:
                raise RentreeError(f"the sender of the flood “{name}”: {error}") from None
        return []

    def floor_us(self, fault: PlannedFault) -> int:
        """By itself a flood adds no time: what the platform makes of it does."""
        return 0

    def apply(self, fault: PlannedFault) -> None:
        """Let it go. Raises RentreeError when its process is gone."""
        flood = self._floods[fault.name]
        if flood.child.poll() is not None:
            raise RentreeError(f"the sender of “{fault.name}” is gone ({flood.child.returncode})")
        flood.asked = True
        flood.tell("go")

    def observe(self, fault: PlannedFault) -> Observation:
        """Of the attempts that fell due since the last look: were 98 % issued on time?

        A sender that has said that it stopped issues nothing now, whatever it did since then.
        """
        flood = self._floods[fault.name]
        said, before = flood.said, flood.seen
        flood.seen = said
        new = {key: said.get(key, 0) - before.get(key, 0) for key in ("asked", "issued", "on_time")}
        age = time.monotonic_ns() - said.get("until", 0)
        flowing = new["asked"] > 0 and not flood.stopped.is_set()
        why = ""
        if flood.asked and flood.stopped.is_set():
            why = "its sender has stopped"
        elif flood.asked and age > _SILENT_NS:
            why = "its sender says nothing"
        elif flood.asked and not flowing:
            why = "no attempt fell due"
        elif flowing and new["on_time"] < ON_SCHEDULE * new["asked"]:
            why = f"{new['on_time']} of {new['asked']} attempts were issued on time"
        return Observation(
            in_force=flowing and not why,
            probe_us=None,
            read_back=flowing == flood.asked,
            why=why,
            figures=new,
        )

    def alive(self) -> str:
        """Empty: nobody's way to the platform leads through a flood."""
        return ""

    def clear(self, fault: PlannedFault) -> None:
        """Stop it: its word that nothing more is issued, or else its death, is the proof."""
        flood = self._floods.get(fault.name)
        if flood is None or not flood.asked:
            return
        flood.tell("stop")
        dead = flood.child.poll() is not None
        if not (dead or flood.stopped.wait(_STOPPED_S) or _ended(flood, 0.0)):
            raise RentreeError(f"the sender of “{fault.name}” ({flood.identity.pid}) still runs")
        flood.asked = False

    def left_over(self) -> dict[str, Any]:
        """The very processes: `{"senders": [[pid, started], …]}`."""
        return {"senders": [[f.identity.pid, f.identity.started] for f in self._floods.values()]}

    def close(self) -> str:
        """Let them end, by force if they do not; empty when all are gone."""
        for flood in self._floods.values():
            if not flood.asked and not flood.said:
                flood.tell("end")  # it never began: any word but `go` ends it
        alive = [str(f.identity.pid) for f in self._floods.values() if not _ended(f, _STOPPED_S)]
        return f"senders of floods still run: {', '.join(alive)}" if alive else ""

    @classmethod
    def undo(cls, left_over: dict[str, Any]) -> str:
        """Kill those very processes, which died with the run unless something held them."""
        alive = []
        for pid, started in left_over.get("senders", []):
            identity = process.Identity(int(pid), float(started))
            identity.kill()
            if identity.alive():
                alive.append(str(pid))
        return f"senders of floods still run: {', '.join(alive)}" if alive else ""


def _ended(flood: _Running, grace: float) -> bool:
    """Wait for the process to end by itself, then end it; whether it is gone."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        flood.child.wait(grace)
    process.stop(flood.child, grace=0.5)
    for pipe in (flood.child.stdin, flood.child.stdout):
        with contextlib.suppress(OSError):
            if pipe is not None:
                pipe.close()
    return not flood.identity.alive()


def _spec(fault: PlannedFault, scene: Scene, number_of: int) -> FloodSpec:
    """What its sender is told. Raises UsageError when it cannot be sent as asked."""
    settings = FloodSettings.model_validate(fault.settings)
    door = scene.doors[fault.hits["platform"], fault.hits["step"]]
    scheme, _, rest = door.url.partition("://")
    host, slash, path = rest.partition("/")
    address, port = door.host.at
    address = "127.0.0.1" if address == "localhost" else address
    count, seconds = settings.from_.addresses, fault.span.length / SECOND
    granted = bool(scene.options.get("granted"))
    own = sources(address, count)
    wrong = ""
    if not (granted or ipaddress.ip_address(address).is_loopback):
        wrong = f"{address} is not loopback, and nobody granted a flood of it"
    elif count > 1 and len(own) != count:
        wrong = f"a flood of {address} comes from one address only, not from {count}"
    elif seconds > MOST_SECONDS:
        wrong = f"a flood lasts {MOST_SECONDS / 3600:g} h at most, not {seconds / 3600:g} h"
    if wrong:
        raise UsageError(f"fault “{fault.name}”: {wrong}; nothing was sent")
    return FloodSpec(
        name=fault.name, address=address, port=port, host=host,
        tls=scheme == "https", path=slash + quote(path, safe="/?&=%:;,+~!$'()*@"),
        sources=own, rate=settings.sends(),
        seconds=seconds, out=scene.work / f"floods-{number_of}.jsonl",
        granted=granted,
    )  # fmt: skip
