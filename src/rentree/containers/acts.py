"""What can be done to a container, each with its undoing and what shows that it is in force."""

from __future__ import annotations

import contextlib
import threading
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from pydantic import PrivateAttr, model_validator

from rentree.containers.engine import Container, Facts, limits, networks, status
from rentree.errors import RentreeError
from rentree.fault import Settings
from rentree.quantity import SECOND, Bytes, Duration, Share
from rentree.words import duration, number, percent

Before = dict[str, Any]  # what a container was before the fault, JSON-ready
_LATE_S = 10.0  # for a restart to be done


def before(facts: Facts) -> Before:
    """What must be put back."""
    return {**limits(facts), "networks": networks(facts)}


class Act(Settings):
    """A fault of one container."""

    hits: ClassVar[tuple[str, ...]] = ("container",)
    words: ClassVar[dict[str, str]] = {}

    def told(self, language: str) -> str:
        """“conteneur en pause”."""
        return self.words[language]

    def apply(self, container: Container) -> None:
        """Begin. Raises RentreeError: the engine says no."""
        raise NotImplementedError

    def shows(self, facts: Facts, was: Before) -> bool:
        """Whether these facts are those of the fault in force."""
        raise NotImplementedError

    def undo(self, container: Container, facts: Facts, was: Before) -> None:
        """Put back what `facts` say is not as it was. Raises RentreeError."""
        raise NotImplementedError

    def free(self, facts: Facts, was: Before) -> bool:
        """Whether it is as it was before."""
        return status(facts) == "running"

    def end(self) -> None:
        """Stop what the act itself does over and over; most do nothing."""


class Pause(Act):
    """What `fault: container-pause` takes: no key."""

    explains = "a container's processes are frozen: connections stay open and nothing answers"
    words: ClassVar = {"fr": "conteneur gelé", "en": "container frozen"}

    def apply(self, container: Container) -> None:
        """Freeze it."""
        container.do("pause")

    def shows(self, facts: Facts, was: Before) -> bool:
        """Paused."""
        return status(facts) == "paused"

    def undo(self, container: Container, facts: Facts, was: Before) -> None:
        """Let it go on."""
        if status(facts) == "paused":
            container.do("unpause")


class Kill(Act):
    """What `fault: container-kill` takes: no key."""

    explains = "a container is killed at once (SIGKILL), and started again at the window's end"
    words: ClassVar = {"fr": "conteneur tué", "en": "container killed"}

    def apply(self, container: Container) -> None:
        """SIGKILL."""
        container.do("kill", signal="SIGKILL")

    def shows(self, facts: Facts, was: Before) -> bool:
        """It does not run."""
        return status(facts) in ("exited", "dead")

    def undo(self, container: Container, facts: Facts, was: Before) -> None:
        """Start it."""
        if status(facts) != "running":
            container.do("start")


class Stop(Kill):
    """What `fault: container-stop` takes."""

    explains = "a container is told to stop (SIGTERM), and started again at the window's end"
    words: ClassVar = {"fr": "conteneur arrêté", "en": "container stopped"}
    grace: Duration = 1 * SECOND  # then it is killed

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if not 0 <= self.grace <= 3 * SECOND or self.grace % SECOND:
            raise ValueError("`grace` is whole seconds, 0 to 3: the run's clock waits for it")
        return self

    def apply(self, container: Container) -> None:
        """SIGTERM, and SIGKILL when it does not listen."""
        container.do("stop", timeout=self.grace // SECOND)


class Restarts(Act):
    """What `fault: container-restarts` takes."""

    explains = "a container is killed and started again and again"
    _stop: threading.Event = PrivateAttr(default_factory=threading.Event)
    every: Duration = 10 * SECOND

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if not 2 * SECOND <= self.every <= 600 * SECOND:
            raise ValueError("`every` is 2 s to 10 min")
        return self

    def told(self, language: str) -> str:
        """“conteneur redémarré toutes les 10 s”."""
        every = duration(self.every, language)
        return {
            "fr": f"conteneur redémarré toutes les {every}",
            "en": f"container restarted every {every}",
        }[language]

    def apply(self, container: Container) -> None:
        """Restart it now, and go on in a thread of our own."""
        container.do("restart", timeout=0)
        threading.Thread(target=self._go_on, args=(container,), daemon=True).start()

    def _go_on(self, container: Container) -> None:
        while not self._stop.wait(self.every / SECOND):
            with contextlib.suppress(RentreeError):  # seen by looking
                container.do("restart", timeout=0)

    def end(self) -> None:
        """No further restart."""
        self._stop.set()

    def shows(self, facts: Facts, was: Before) -> bool:
        """It was started a short time ago."""
        text = str(facts["State"]["StartedAt"])[:19]
        started = datetime.fromisoformat(text).replace(tzinfo=UTC)
        age = (datetime.now(UTC) - started).total_seconds()
        return not self._stop.is_set() and age < self.every / SECOND + _LATE_S

    def undo(self, container: Container, facts: Facts, was: Before) -> None:
        """Leave it running."""
        self.end()
        if status(facts) != "running":
            container.do("start")


class Limits(Act):
    """What `fault: container-limits` takes."""

    explains = "a container gets so much of a processor, so much memory, or both, and no more"
    cpu: Share | None = None  # of one processor
    memory: Bytes | None = None

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if self.cpu is None and self.memory is None:
            raise ValueError("say what it is left: `cpu`, `memory`, or both")
        if self.cpu is not None and self.cpu < 0.01:
            raise ValueError("`cpu` is 1 % of a processor or more")
        if self.memory is not None and self.memory < 6 * 1024 * 1024:
            raise ValueError("`memory` is 6 MiB or more")
        return self

    def told(self, language: str) -> str:
        """“20 % d’un processeur, 64 Mio”."""
        told = []
        if self.cpu is not None:
            share = percent(self.cpu, language)
            told.append({"fr": f"{share} d’un processeur", "en": f"{share} of a CPU"}[language])
        if self.memory is not None:
            size = number(self.memory / 1024 / 1024, language, 1)
            told.append({"fr": f"{size}\u00a0Mio", "en": f"{size} MiB"}[language])
        return ", ".join(told)

    def apply(self, container: Container) -> None:
        """Set them."""
        _limit(
            container,
            None if self.cpu is None else round(self.cpu * 100_000),
            self.memory,
        )

    def shows(self, facts: Facts, was: Before) -> bool:
        """As asked, and it runs."""
        now = limits(facts)
        cpu = self.cpu is None or now["quota"] == round(self.cpu * 100_000)
        return cpu and self.memory in (None, now["memory"]) and status(facts) == "running"

    def undo(self, container: Container, facts: Facts, was: Before) -> None:
        """Put them back; no limit of memory becomes one that nothing reaches."""
        if not self.free(facts, was):
            _limit(
                container,
                None if self.cpu is None else was["quota"] or -1,
                None if self.memory is None else was["memory"] or _NO_LIMIT,
            )

    def free(self, facts: Facts, was: Before) -> bool:
        """As before."""
        now = limits(facts)
        memory = now["memory"] == was["memory"] or (
            was["memory"] == 0 and now["memory"] >= _NO_LIMIT
        )
        return now["quota"] == was["quota"] and memory and status(facts) == "running"


_NO_LIMIT = 2**45  # bytes; the engine cannot take a limit of memory away, only raise it


def _limit(container: Container, quota: int | None, memory: int | None) -> None:
    words: dict[str, Any] = {}
    if quota is not None:
        words |= {"cpu_quota": quota, "cpu_period": 100_000}
    if memory is not None:
        words |= {"mem_limit": memory, "memswap_limit": memory}
    container.do("update", **words)


class Cut(Act):
    """What `fault: container-cut` takes: no key."""

    explains = "a container is taken off all its networks, and put back with its names"
    words: ClassVar = {"fr": "conteneur coupé de ses réseaux", "en": "container off its networks"}

    def apply(self, container: Container) -> None:
        """Off all of them. Raises RentreeError: it is on none, or on the host's."""
        on = networks(container.inspect())
        if not on or "host" in on or "none" in on:
            raise RentreeError(
                f"{container.name} is on {', '.join(on) or 'no network'}: nothing to cut; "
                "use container-pause"
            )
        for name in on:
            container.disconnect(name)

    def shows(self, facts: Facts, was: Before) -> bool:
        """On none of its networks, and it runs."""
        return not networks(facts).keys() & was["networks"].keys() and status(facts) == "running"

    def undo(self, container: Container, facts: Facts, was: Before) -> None:
        """Back on those that it is missing from."""
        for name, told in was["networks"].items():
            if name not in networks(facts):
                container.connect(name, told["aliases"], told["ipv4"])

    def free(self, facts: Facts, was: Before) -> bool:
        """On all of them."""
        return was["networks"].keys() <= networks(facts).keys() and status(facts) == "running"


ACTS: dict[str, type[Act]] = {
    "container-pause": Pause, "container-kill": Kill, "container-stop": Stop,
    "container-restarts": Restarts, "container-limits": Limits, "container-cut": Cut,
}  # fmt: skip
