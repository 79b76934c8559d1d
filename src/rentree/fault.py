"""Faults: what an injector in `chaos/` must be able to do, and the bracket that always clears.

An injector is one class in one file of `chaos/`, with `kinds` (YAML word → settings model).
The runner asks it to prepare, applies and clears each fault at its time, observes every second,
and on every way out clears again and asks for proof.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

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


@dataclass(frozen=True)
class Host:
    """A host of a platform."""

    named: Address  # as its URLs name it: what people mean
    at: Address  # the literal address that is connected to


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


class Injector(Protocol):
    """One file of `chaos/` ends in one of these; the runner makes one a run."""

    kinds: ClassVar[Mapping[str, type[Settings]]]

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
