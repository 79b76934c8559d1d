"""A sandbox that is changed while people are in it: capacity added, a node gone, a new quota.

What operators did on those mornings, at a time of the run; put back at the window's end. Only a
sandbox of ours can be changed so: it takes what is signed with this user's key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field

from rentree.errors import RentreeError, UsageError
from rentree.fault import Injector as Contract
from rentree.fault import Observation, Route, Scene
from rentree.fault import Settings as Base
from rentree.plan import PlannedFault
from rentree.sandbox.identity import prove
from rentree.sandbox.ours import facts_of
from rentree.sandbox.settings import changed, checked, send


class SettingSettings(Base):
    """Keys of a preset and what they are in the window."""

    explains = "a sandbox's settings, as `rentree sandbox set` changes them, put back at the end"
    hits = ("platform",)

    set_: dict[str, str] = Field(alias="set", min_length=1)

    def told(self, language: str) -> str:
        """`quota.sessions = 200`."""
        return ", ".join(f"{key} = {value}" for key, value in self.set_.items())


class Injector(Contract):
    """Changes sandboxes of ours, and puts back what they were."""

    kinds: ClassVar[Mapping[str, type[Base]]] = {"setting": SettingSettings}

    def __init__(self) -> None:
        self._bases: dict[str, str] = {}  # fault → base URL
        self._first: dict[str, dict[str, Any]] = {}  # fault → what puts back what was at first
        self._before: dict[str, dict[str, Any]] = {}  # fault in force → settings before it
        self._wanted: dict[str, dict[str, Any]] = {}

    def prepare(self, scene: Scene) -> list[Route]:
        """Find each sandbox, and see that it could be changed so.

        Raises:
            UsageError: not a sandbox of ours, or settings that it does not have.
        """
        for fault in scene.faults:
            door = next(
                (d for (name, _), d in scene.doors.items() if name == fault.hits["platform"]), None
            )
            if door is None:
                raise UsageError(f"fault “{fault.name}”: its platform has no door that we know")
            parts = urlsplit(door.url)
            base = f"{parts.scheme}://{parts.netloc}"
            if not prove(base):
                raise UsageError(
                    f"fault “{fault.name}”: {base} is not a sandbox of yours, and only that can "
                    "be changed by us; nothing was sent"
                )
            try:
                first = _settings(base)
                checked(changed(first, _asked(fault)))
            except UsageError as error:
                raise UsageError(f"fault “{fault.name}”: {error}") from None
            self._bases[fault.name] = base
            self._first[fault.name] = _back(first, _firsts(fault))
        return []

    def floor_us(self, fault: PlannedFault) -> int:
        """By itself a setting adds no time: what the platform makes of it does."""
        return 0

    def apply(self, fault: PlannedFault) -> None:
        """Change it. Raises RentreeError when it does not take it."""
        base = self._bases[fault.name]
        before = _settings(base)
        self._before[fault.name] = before
        self._wanted[fault.name] = send(base, _asked(fault))

    def observe(self, fault: PlannedFault) -> Observation:
        """Ask the sandbox what it is: is it as this fault wants it?"""
        wanted = self._wanted.get(fault.name)
        asked = fault.name in self._before
        try:
            now = _settings(self._bases[fault.name])
        except RentreeError as error:
            return Observation(in_force=False, probe_us=None, read_back=False, why=str(error))
        keys = _firsts(fault)
        in_force = wanted is not None and _part(now, keys) == _part(wanted, keys)
        in_force = in_force and asked
        return Observation(in_force=in_force, probe_us=None, read_back=in_force == asked)

    def alive(self) -> str:
        """Empty: nobody's way to the platform leads through a setting."""
        return ""

    def clear(self, fault: PlannedFault) -> None:
        """Put back what was. Raises RentreeError when it does not take it."""
        before = self._before.get(fault.name)
        if before is None:
            return
        send(self._bases[fault.name], _back(before, _firsts(fault)))
        del self._before[fault.name]

    def left_over(self) -> dict[str, Any]:
        """`{"put_back": [[base, {key: what it was as YAML, or null}], …]}`."""
        return {"put_back": [[self._bases[name], back] for name, back in self._first.items()]}

    def close(self) -> str:
        """Put back what is still changed; empty when all is, else what is not."""
        wrong = []
        for name in reversed(list(self._before)):
            wrong += _put_back(self._bases[name], self._first[name])
        self._before.clear()
        return "; ".join(wrong)

    @classmethod
    def undo(cls, left_over: dict[str, Any]) -> str:
        """Put back what a dead run left; a sandbox that is gone has nothing to put back."""
        wrong = []
        for base, values in left_over.get("put_back", []):
            if prove(base):
                wrong += _put_back(base, values)
        return "; ".join(wrong)


def _asked(fault: PlannedFault) -> dict[str, str]:
    return SettingSettings.model_validate(fault.settings).set_


def _firsts(fault: PlannedFault) -> list[str]:
    """The keys of the preset that a fault changes something in."""
    return sorted({key.partition(".")[0] for key in _asked(fault)})


def _part(settings: Mapping[str, Any], keys: list[str]) -> dict[str, Any]:
    return {key: settings.get(key) for key in keys}


def _settings(base: str) -> dict[str, Any]:
    facts = facts_of(base)
    settings = facts.get("settings")
    if not isinstance(settings, dict):
        raise RentreeError(f"the sandbox at {base} does not tell its settings: {facts}")
    return settings


def _back(before: Mapping[str, Any], keys: list[str]) -> dict[str, str | None]:
    """What puts these keys back; JSON is YAML."""
    return {key: json.dumps(before[key]) if key in before else None for key in keys}


def _put_back(base: str, values: dict[str, str | None]) -> list[str]:
    try:
        send(base, values)
    except (RentreeError, UsageError) as error:
        return [f"the settings of {base} are not put back: {error}"]
    return []
