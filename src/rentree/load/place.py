"""Where a process stands: workers elsewhere cannot use what is on this machine's loopback."""

from __future__ import annotations

import ipaddress
import platform
from collections.abc import Iterable
from pathlib import Path


def place() -> str:
    """The machine's boot and the network that we see; equal for processes with one loopback."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    network = Path("/proc/self/ns/net")
    if not (boot.exists() and network.exists()):
        return platform.node()
    return f"{boot.read_text(encoding='ascii').strip()} {network.readlink()}"


def on_loopback(addresses: Iterable[tuple[str, int]]) -> list[str]:
    """Those of the addresses that another machine's loopback would answer, if anybody."""
    return sorted({f"{host}:{port}" for host, port in addresses if _loopback(host)})


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
