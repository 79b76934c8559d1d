"""What a container engine is to us: asked with a time limit, and never believed without looking.

The engine is whatever DOCKER_HOST or the machine's own settings name. The SDK itself is imported
by `chaos/containers.py` only, which brings it along; here stands what it must be able to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

LABEL = "rentree"  # a container that bears it, with any value, is ours to break
Facts = Mapping[str, Any]  # what `inspect` tells of a container


class Container(Protocol):
    """One container, by its id.

    Every call may raise RentreeError: the engine says no, or nothing.
    """

    @property
    def name(self) -> str:
        """Its name, for people."""

    def inspect(self) -> Facts:
        """What the engine says of it now."""

    def do(self, verb: str, **words: Any) -> None:
        """`pause`, `unpause`, `kill`, `stop`, `start`, `restart`, `update` …"""

    def disconnect(self, network: str) -> None:
        """Take it off a network."""

    def connect(self, network: str, aliases: list[str], ipv4: str | None) -> None:
        """Put it on a network."""


def status(facts: Facts) -> str:
    """`running`, `paused`, `exited` …"""
    return str(facts["State"]["Status"])


def networks(facts: Facts) -> dict[str, dict[str, Any]]:
    """The networks it is on: name → aliases and an address, where its owner asked for one."""
    found = {}
    for name, told in (facts["NetworkSettings"].get("Networks") or {}).items():
        wanted = (told.get("IPAMConfig") or {}).get("IPv4Address")
        own = facts["Id"][:12]  # the engine's own alias, which it gives again
        aliases = [alias for alias in told.get("Aliases") or [] if alias != own]
        found[name] = {"aliases": aliases, "ipv4": wanted or None}
    return found


def limits(facts: Facts) -> dict[str, int]:
    """CPU quota (µs of every 100 ms; 0: none) and memory (bytes; 0: none)."""
    host = facts["HostConfig"]
    nano = int(host.get("NanoCpus") or 0)
    period = int(host.get("CpuPeriod") or 100_000)
    quota = max(0, int(host.get("CpuQuota") or 0)) * 100_000 // period
    return {"quota": nano // 10_000 or quota, "memory": int(host.get("Memory") or 0)}
