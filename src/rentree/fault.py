"""Faults: what an injector in `chaos/` must be able to do, and the bracket that always clears.

An injector is one class in one file of `chaos/`, with `kinds` (YAML word → settings model).
The runner asks it to prepare, applies and clears each fault at its time, observes every second,
and on every way out clears again and asks for proof.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from rentree.errors import UsageError
from rentree.plan import PlannedFault

Address = tuple[str, int]  # host, port


def address_of(base: str) -> Address:
    """Where a base URL leads, with the port of its scheme when it names none."""
    parts = urlsplit(base)
    return (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))


class Settings(BaseModel):
    """Base of an injector's settings: the YAML keys of its kind, validated before the run."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    explains: ClassVar[str] = ""  # the sentence that `rentree list faults` prints
    hits: ClassVar[tuple[str, ...]] = ("territory",)  # the keys of `hits:` that it needs
    may_hit: ClassVar[tuple[str, ...]] = ()  # further keys that may stand beside these
    or_hits: ClassVar[tuple[str, ...]] = ()  # or these keys instead of all others

    def scaled(self, scale: float) -> Self:
        """The settings for a share (0..1] of the people; most do not change with it."""
        return self

    def sends(self) -> float:
        """Requests a second that a fault of this kind sends by itself; needs a grant of its own."""
        return 0.0

    def told(self, language: str) -> str:
        """The settings in words, for reports; by default key and value."""
        return ", ".join(f"{key} {value}" for key, value in self.model_dump(by_alias=True).items())


@dataclass(frozen=True)
class Observation:
    """What was seen of one fault at one moment."""

    in_force: bool
    probe_us: int | None  # round trip through the twin listener; None: silent
    read_back: bool  # the real thing is set as asked (or, outside the window, is not)
    why: str = ""  # in words, when something could not be seen
    figures: Mapping[str, int] = field(default_factory=dict)  # for the journal, beside the above


@dataclass(frozen=True)
class Route:
    """How the people of a territory reach a host: the address that is connected to."""

    territory: str
    host: Address  # the host as its URLs name it (`Host.named`)
    via: Address  # what is connected to instead
    name: str  # stands in the samples' column `route`
    introduces: bool = False  # whoever connects says first who it is (`rentree.line`)
    home: str = ""  # only for those of this home network; empty: for all

    def through(self, via: Address, kind: str, *, introduces: bool = False) -> Route:
        """The same with a stage before it: `line:grand-est/dsl`, `line+toxiproxy:grand-est`."""
        before = self.name.partition(":")[0]
        kinds = before if kind in before.split("+") else "+".join(filter(None, (kind, before)))
        whence = "/".join(filter(None, (self.territory, self.home)))
        return replace(
            self, via=via, name=f"{kinds}:{whence}", introduces=introduces or self.introduces
        )


@dataclass(frozen=True)
class Host:
    """A host of a platform."""

    named: Address  # as its URLs name it: what people mean
    at: Address  # the literal address that is connected to
    names: tuple[str, ...] = ()  # what its platforms call it: portal, idp …


@dataclass(frozen=True)
class Link:
    """A line between parts of the platform that leads through a Toxiproxy of its own."""

    toxiproxy: str  # URL of its API
    proxy: str  # the name of the proxy in it


@dataclass(frozen=True)
class Door:
    """The first page of a step."""

    url: str
    host: Host


@dataclass
class Scene:
    """What an injector gets to work with."""

    faults: list[PlannedFault]  # those of its kinds only
    hosts: list[Host]  # of all platforms; the sandbox has one
    doors: Mapping[tuple[str, str], Door]  # (platform, step) → where that step begins
    echo: Address  # an echo of ours, for twin listeners
    work: Path  # folder for logs
    say: Callable[[str], None]  # progress, one line
    options: Mapping[str, Any] = field(default_factory=dict)  # e.g. {"toxiproxy": URL or None}
    routes: Sequence[Route] = ()  # that injectors before this one have made
    links: Mapping[str, Link] = field(default_factory=dict)  # of the target, by name

    def hit_by(self, fault: PlannedFault) -> list[Host]:
        """The hosts that a fault of the network hits: all, or the one that it names.

        Raises:
            UsageError: no host of the platform has that name.
        """
        name = fault.hits.get("host")
        found = [host for host in self.hosts if name is None or name in host.names]
        if not found:
            known = ", ".join(sorted({name for host in self.hosts for name in host.names}))
            raise UsageError(f"fault “{fault.name}”: the platform has no host “{name}” ({known})")
        return found

    def route(self, territory: str, host: Host) -> Route:
        """How a territory's people reach a host so far: whoever comes nearer to them leads there.

        The route that an injector makes of it (`Route.through`) takes its place.
        """
        for route in self.routes:
            if (route.territory, route.home, route.host) == (territory, "", host.named):
                return route
        return Route(territory, host.named, host.at, "")


class Injector(Protocol):
    """One file of `chaos/` ends in one of these; the runner makes one a run."""

    kinds: ClassVar[Mapping[str, type[Settings]]]
    route: ClassVar[str] = "faults"  # what the journal calls the way that leads through it

    def prepare(self, scene: Scene) -> list[Route]:
        """Start what is needed and return the routes that go through it.

        Raises:
            RentreeError: it cannot be made ready; nothing was sent yet.
        """

    def floor_us(self, fault: PlannedFault) -> int:
        """The time, µs, that this fault alone adds to an exchange at least (`check` tells)."""

    def apply(self, fault: PlannedFault) -> None:
        """Put the fault in force. Raises RentreeError when reading back does not prove it."""

    def observe(self, fault: PlannedFault) -> Observation:
        """Look, within a second, whether the fault is in force now; never raises."""

    def alive(self) -> str:
        """Empty while what our people use works; otherwise why it does not."""

    def clear(self, fault: PlannedFault) -> None:
        """Take the fault away. Raises RentreeError when reading back does not prove it."""

    def left_over(self) -> dict[str, Any]:
        """What `rentree clear` needs to undo this after a SIGKILL of the runner (JSON-ready)."""

    def close(self) -> str:
        """Undo everything; empty when proven clear, else what is not. Never raises."""

    @classmethod
    def undo(cls, left_over: dict[str, Any]) -> str:
        """Undo what a dead run left; empty when proven clear, else what is not."""
