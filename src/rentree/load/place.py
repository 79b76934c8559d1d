"""Where a process stands: workers elsewhere cannot use what is on this machine's loopback."""

from __future__ import annotations

import ipaddress
import platform
from collections.abc import Iterable, Iterator
from pathlib import Path

from rentree.fault import address_of
from rentree.load.spec import LoadSpec


def place() -> str:
    """The machine's boot and the network that we see; equal for processes with one loopback."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    network = Path("/proc/self/ns/net")
    if not (boot.exists() and network.exists()):
        return platform.node()
    return f"{boot.read_text(encoding='ascii').strip()} {network.readlink()}"


def beyond_reach(spec: LoadSpec, here: str, masters: str) -> list[str]:
    """Where people of a spec are to go and cannot from here: the loopback of the master's place.

    Another machine's loopback is not the master's: nothing there was meant to be tried.
    """
    return [] if here == masters else on_loopback(addresses(spec))


def addresses(spec: LoadSpec) -> Iterator[tuple[str, int]]:
    """Where the people of a spec connect to: detours, pinned hosts, hosts as they are named."""

    for route in spec.routes:
        yield route.via
    for named in spec.hosts.values():
        for url in named.values():
            host, port = address_of(url)
            yield spec.pins.get(host, host), port


def on_loopback(addresses: Iterable[tuple[str, int]]) -> list[str]:
    """Those of the addresses that another machine's loopback would answer, if anybody."""
    return sorted({f"{host}:{port}" for host, port in addresses if _loopback(host)})


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
