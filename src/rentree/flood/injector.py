"""What the injectors of floods share: one or several senders each, their word, their proof.

A file of `chaos/` says what its kinds send (`specs`); how it is seen to be in force is here.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from rentree import process
from rentree.errors import RentreeError, UsageError
from rentree.fault import Door, Injector, Observation, Route, Scene
from rentree.flood.process import FloodProcess
from rentree.flood.spec import MOST_SECONDS, FloodSpec, sources
from rentree.plan import PlannedFault
from rentree.quantity import SECOND

ON_SCHEDULE = 0.98  # of the attempts (docs/verdict.md, c)
_STOPPED_S = 2.0  # to say that nothing more is issued; then it is killed
_SILENT_NS = 500_000_000  # without news of its sender a flood is not seen


class Floods(Injector):
    """Floods, each from processes that die with us. A subclass says what they send."""

    def __init__(self) -> None:
        self._floods: dict[str, list[FloodProcess]] = {}
        self._asked: set[str] = set()

    def specs(self, fault: PlannedFault, scene: Scene) -> list[FloodSpec]:
        """What each sender of a fault is told. Raises UsageError: it cannot be sent so."""
        raise NotImplementedError

    def prepare(self, scene: Scene) -> list[Route]:
        """Start the senders, which wait for their word.

        Raises:
            UsageError: a flood that cannot be sent as asked, or RentreeError: no sender comes up.
        """
        for fault in scene.faults:
            self._floods[fault.name] = [
                FloodProcess.start(spec, scene.work, f"{fault.name}-{i}")
                for i, spec in enumerate(self.specs(fault, scene))
            ]
        for name, senders in self._floods.items():
            for sender in senders:
                try:
                    sender.come_up()
                except RentreeError as error:
                    raise RentreeError(f"the sender of the flood “{name}”: {error}") from None
        return []

    def floor_us(self, fault: PlannedFault) -> int:
        """By itself a flood adds no time: what the platform makes of it does."""
        return 0

    def apply(self, fault: PlannedFault) -> None:
        """Let it go. Raises RentreeError when a process of it is gone."""
        senders = self._floods[fault.name]
        for sender in senders:
            if sender.child.poll() is not None:
                code = sender.child.returncode
                raise RentreeError(f"the sender of “{fault.name}” is gone ({code})")
        self._asked.add(fault.name)
        for sender in senders:
            sender.tell("go")

    def observe(self, fault: PlannedFault) -> Observation:
        """Of the attempts that fell due since the last look: were 98 % issued on time?

        A sender that has said that it stopped issues nothing now, whatever it did since then.
        """
        senders, asked = self._floods[fault.name], fault.name in self._asked
        looks = [sender.new() for sender in senders]
        figures = {
            key: sum(look.get(key, 0) for look in looks)
            for key in dict.fromkeys(
                [*("asked", "issued", "on_time"), *(k for x in looks for k in x)]
            )
            if key != "until"
        }
        stopped = any(sender.stopped.is_set() for sender in senders)
        age = time.monotonic_ns() - min(look.get("until", 0) for look in looks)
        flowing = self.flows(fault, figures) and not stopped
        why = ""
        if asked and stopped:
            why = "its sender has stopped"
        elif asked and age > _SILENT_NS:
            why = "its sender says nothing"
        elif asked and not flowing:
            why = "no attempt fell due"
        elif flowing and figures["on_time"] < ON_SCHEDULE * figures["asked"]:
            why = f"{figures['on_time']} of {figures['asked']} attempts were issued on time"
        return Observation(
            in_force=flowing and not why,
            probe_us=None,
            read_back=flowing == asked,
            why=why,
            figures=figures,
        )

    def flows(self, fault: PlannedFault, figures: dict[str, int]) -> bool:
        """Whether these figures since the last look are those of a flood that goes on."""
        return figures["asked"] > 0

    def alive(self) -> str:
        """Empty: nobody's way to the platform leads through a flood."""
        return ""

    def clear(self, fault: PlannedFault) -> None:
        """Stop it: its word that nothing more is issued, or else its death, is the proof."""
        if fault.name not in self._asked:
            return
        senders = self._floods[fault.name]
        for sender in senders:
            sender.tell("stop")
        for sender in senders:
            dead = sender.child.poll() is not None
            if not (dead or sender.stopped.wait(_STOPPED_S) or sender.ended(0.0)):
                pid = sender.identity.pid
                raise RentreeError(f"the sender of “{fault.name}” ({pid}) still runs")
        self._asked.discard(fault.name)

    def left_over(self) -> dict[str, Any]:
        """The very processes: `{"senders": [[pid, started], …]}`."""
        return {"senders": [[f.identity.pid, f.identity.started] for f in self._all()]}

    def close(self) -> str:
        """Let them end, by force if they do not; empty when all are gone."""
        for name, senders in self._floods.items():
            for sender in senders:
                if name not in self._asked and not sender.said:
                    sender.tell("end")  # it never began: any word but `go` ends it
        return _told([f.identity.pid for f in self._all() if not f.ended(_STOPPED_S)])

    @classmethod
    def undo(cls, left_over: dict[str, Any]) -> str:
        """Kill those very processes, which died with the run unless something held them."""
        alive = []
        for pid, started in left_over.get("senders", []):
            identity = process.Identity(int(pid), float(started))
            identity.kill()
            if identity.alive():
                alive.append(pid)
        return _told(alive)

    def _all(self) -> list[FloodProcess]:
        return [sender for senders in self._floods.values() for sender in senders]


def _told(alive: Sequence[int]) -> str:
    return f"senders of floods still run: {', '.join(map(str, alive))}" if alive else ""


def door_of(fault: PlannedFault, scene: Scene) -> Door:
    """Where it hits: the first page of a step of a platform."""
    return scene.doors[fault.hits["platform"], fault.hits["step"]]


def spec(
    fault: PlannedFault, scene: Scene, *, addresses: int, rate: float, part: int = 0, of: int = 1,
    **more: Any,
) -> FloodSpec:  # fmt: skip
    """What one sender of a fault is told, the `part`-th of `of` that share its rate.

    Raises:
        UsageError: it cannot be sent as asked.
    """
    door = door_of(fault, scene)
    scheme, _, rest = door.url.partition("://")
    host, _, _ = rest.partition("/")
    address, port = door.host.at
    address = "127.0.0.1" if address == "localhost" else address
    seconds = fault.span.length / SECOND
    granted = bool(scene.options.get("granted"))
    own = sources(address, addresses)
    wrong = ""
    if not (granted or ipaddress.ip_address(address).is_loopback):
        wrong = f"{address} is not loopback, and nobody granted a flood of it"
    elif addresses > 1 and len(own) != addresses:
        wrong = f"a flood of {address} comes from one address only, not from {addresses}"
    elif seconds > MOST_SECONDS:
        wrong = f"a flood lasts {MOST_SECONDS / 3600:g} h at most, not {seconds / 3600:g} h"
    if wrong:
        raise UsageError(f"fault “{fault.name}”: {wrong}; nothing was sent")
    return FloodSpec(
        name=fault.name, address=address, port=port, host=host, tls=scheme == "https",
        sources=own, rate=rate / of, seconds=seconds, granted=granted,
        out=scene.work / f"floods-{fault.name}-{part}.jsonl",
        **{"path": path_of(door), **more},
    )  # fmt: skip


def path_of(door: Door) -> str:
    """The path of a door, as a request line takes it."""
    _, slash, path = door.url.partition("://")[2].partition("/")
    return slash + quote(path, safe="/?&=%:;,+~!$'()*@")
