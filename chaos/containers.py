"""Faults of the platform's own containers, by the Docker SDK: frozen, killed, starved, cut off.

Only a container that bears our label, or that the platform's authorisation names, is touched. What
it was is kept before the first change, put back at the window's end, and read back as proof.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from rentree.containers.acts import ACTS, Act, Before, before
from rentree.containers.engine import LABEL, Facts, status
from rentree.errors import RentreeError, UsageError
from rentree.fault import Injector as Contract
from rentree.fault import Observation, Route, Scene, Settings
from rentree.plan import PlannedFault

_ASK_S = 5  # s that one question to the engine may take
_LOOK_S = 1  # s of a look
_PROVE_S = 6.0  # s for a container to be as it was


class _Held:
    """A container of the engine, by its id."""

    def __init__(self, client: Any, identity: str, name: str) -> None:
        self._client, self.id, self.name = client, identity, name

    def inspect(self) -> Facts:
        """What the engine says of it now."""
        with _in_words(f"container {self.name}"):
            facts: Facts = self._client.api.inspect_container(self.id)
            return facts

    def do(self, verb: str, **words: Any) -> None:
        """`pause`, `unpause`, `kill`, `stop`, `start`, `restart`, `update`."""
        with _in_words(f"container {self.name}, {verb}"):
            getattr(self._client.containers.get(self.id), verb)(**words)

    def disconnect(self, network: str) -> None:
        """Take it off a network."""
        with _in_words(f"container {self.name} off {network}"):
            self._client.networks.get(network).disconnect(self.id, force=True)

    def connect(self, network: str, aliases: list[str], ipv4: str | None) -> None:
        """Put it on a network."""
        with _in_words(f"container {self.name} on {network}"):
            told = {"aliases": aliases, "ipv4_address": ipv4}
            self._client.networks.get(network).connect(self.id, **told)


class Injector(Contract):
    """Breaks containers, and puts back what they were."""

    kinds: ClassVar[Mapping[str, type[Settings]]] = {**ACTS}

    def __init__(self) -> None:
        self._url = os.environ.get("DOCKER_HOST", "")
        self._acts: dict[str, Act] = {}
        self._containers: dict[str, _Held] = {}  # fault → container
        self._lookers: dict[str, _Held] = {}  # the same, with less patience
        self._was: dict[str, Before] = {}
        self._asked: set[str] = set()
        self._clients: list[Any] = []

    def prepare(self, scene: Scene) -> list[Route]:
        """Find each container, and see that it is ours to break and runs.

        Raises:
            UsageError: no engine, no such container, or not ours.
        """
        try:
            for timeout_s in (_ASK_S, _LOOK_S):
                self._clients.append(_client(self._url, timeout_s))
            client, quick = self._clients
        except RentreeError as error:
            raise UsageError(f"{error}; nothing was sent") from None
        granted = scene.options.get("containers", ())
        for fault in scene.faults:
            name = fault.hits["container"]
            try:
                facts = _find(client, name)
            except RentreeError as error:
                raise UsageError(f"fault “{fault.name}”: {error}; nothing was sent") from None
            labels = facts["Config"].get("Labels") or {}
            if LABEL not in labels and name not in granted:
                raise UsageError(
                    f"fault “{fault.name}”: the container “{name}” is not ours to break: it bears "
                    f"no label `{LABEL}` (docker run --label {LABEL}=NAME …), and no "
                    "authorisation names it; nothing was sent"
                )
            if status(facts) != "running":
                raise UsageError(
                    f"fault “{fault.name}”: the container “{name}” does not run "
                    f"({status(facts)}); nothing was sent"
                )
            self._acts[fault.name] = _act(fault)
            self._containers[fault.name] = _Held(client, facts["Id"], name)
            self._lookers[fault.name] = _Held(quick, facts["Id"], name)
            self._was[fault.name] = before(facts)
        return []

    def floor_us(self, fault: PlannedFault) -> int:
        """By itself it adds no time: what the platform makes of it does."""
        return 0

    def apply(self, fault: PlannedFault) -> None:
        """Break it. Raises RentreeError when reading back does not prove it."""
        self._asked.add(fault.name)
        act, container = self._acts[fault.name], self._containers[fault.name]
        act.apply(container)
        if not act.shows(facts := container.inspect(), self._was[fault.name]):
            raise RentreeError(f"{container.name} is {status(facts)}: {fault.fault} does not show")

    def observe(self, fault: PlannedFault) -> Observation:
        """Ask the engine what the container is now."""
        act, was, asked = self._acts[fault.name], self._was[fault.name], fault.name in self._asked
        try:
            facts = self._lookers[fault.name].inspect()
        except RentreeError as error:
            return Observation(in_force=False, probe_us=None, read_back=False, why=str(error))
        if asked:
            shows = act.shows(facts, was)
            why = "" if shows else f"the container is {status(facts)}"
            return Observation(in_force=shows, probe_us=None, read_back=shows, why=why)
        others = any(
            held.id == self._containers[fault.name].id and name in self._asked
            for name, held in self._containers.items()
        )
        free = others or act.free(facts, was)  # another fault has it now
        return Observation(in_force=not free, probe_us=None, read_back=free)

    def alive(self) -> str:
        """Empty: nobody's way to the platform leads through the engine."""
        return ""

    def clear(self, fault: PlannedFault) -> None:
        """Put it back, and see that it is as it was. Raises RentreeError when it is not."""
        if fault.name not in self._asked:
            return
        _put_back(self._containers[fault.name], self._acts[fault.name], self._was[fault.name])
        self._asked.discard(fault.name)

    def left_over(self) -> dict[str, Any]:
        """`{"engine": URL, "containers": [[id, name, kind, settings, what it was], …]}`."""
        told = []
        for name, held in self._containers.items():
            act = self._acts[name]
            kind = next(word for word, of in ACTS.items() if of is type(act))
            settings = act.model_dump(mode="json", by_alias=True)
            told.append([held.id, held.name, kind, settings, self._was[name]])
        return {"engine": self._url, "containers": told}

    def close(self) -> str:
        """Put back what is still broken; empty when all is as it was, else what is not."""
        wrong = []
        for name in sorted(self._asked):
            try:
                _put_back(self._containers[name], self._acts[name], self._was[name])
            except RentreeError as error:
                wrong.append(str(error))
        for client in self._clients:
            client.close()
        return "; ".join(wrong)

    @classmethod
    def undo(cls, left_over: dict[str, Any]) -> str:
        """Put back what a dead run left; a container that is gone has nothing to put back."""
        wrong = []
        for identity, name, kind, settings, was in left_over.get("containers", []):
            try:
                with contextlib.closing(_client(left_over["engine"], _ASK_S)) as client:
                    act = ACTS[kind].model_validate(settings)
                    if _exists(client, identity):
                        _put_back(_Held(client, identity, name), act, was)
            except RentreeError as error:
                wrong.append(str(error))
        return "; ".join(wrong)


def _act(fault: PlannedFault) -> Act:
    return ACTS[fault.fault].model_validate(fault.settings)


def _put_back(container: _Held, act: Act, was: Before) -> None:
    """Undo, and look until it is as it was. Raises RentreeError: it is not."""
    act.end()
    end = time.monotonic() + _PROVE_S
    while True:
        facts = container.inspect()
        if act.free(facts, was):
            return
        if time.monotonic() > end:
            raise RentreeError(
                f"container {container.name} is not as it was ({status(facts)}): put it right by "
                "hand, then `rentree clear`"
            )
        act.undo(container, facts, was)
        time.sleep(0.05)


def _client(url: str, timeout_s: int) -> Any:
    """A client of the engine, which answers. Raises RentreeError: none does, with what to do."""
    try:
        import docker  # noqa: PLC0415  # a machine without it still lists its faults
    except ImportError:
        raise RentreeError(
            "faults of containers need the Docker SDK for Python: pip install docker"
        ) from None
    environment = {**os.environ, "DOCKER_HOST": url} if url else dict(os.environ)
    try:
        client = docker.from_env(timeout=timeout_s, environment=environment)
    except Exception as error:
        raise _nobody(error) from None
    try:
        client.ping()
    except Exception as error:
        client.close()
        raise _nobody(error) from None
    return client


def _nobody(error: Exception) -> RentreeError:
    why = str(error).splitlines()[0][:200]
    return RentreeError(
        f"faults of containers need a container engine, and none answers ({why}): start "
        "Docker, or say where it is (DOCKER_HOST), or ask for the right to use it"
    )


def _find(client: Any, name: str) -> Facts:
    with _in_words(f"container “{name}”"):
        facts: Facts = client.api.inspect_container(name)
        return facts


def _exists(client: Any, identity: str) -> bool:
    with _in_words("the engine"):
        found = client.api.containers(all=True, filters={"id": identity})
        return bool(found)


@contextlib.contextmanager
def _in_words(what: str) -> Iterator[None]:
    """Whatever the SDK and what it stands on raise, as one RentreeError."""
    try:
        yield
    except RentreeError:
        raise
    except Exception as error:
        why = str(getattr(error, "explanation", None) or error or type(error).__name__)
        raise RentreeError(f"{what}: {why.splitlines()[0][:200]}") from error
