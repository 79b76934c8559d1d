"""Whether this machine has descriptors and ports for a crowd; said before the start, with figures.

A person who is there holds one connection (a browser's, until 115 s of silence or the platform ends
it), and a few while a page's assets load. Ports are counted a source address and destination:
on loopback each school has an address of its own, towards another host all share one.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rentree.words import Words, number

OWN = 200  # descriptors of a process's own: libraries, logs, the master's line
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


@dataclass(frozen=True)
class Means:
    """What this machine allows."""

    descriptors: int  # a process
    ports: int  # a source address and destination


def means() -> Means:
    """Ask the system; what it does not tell is Linux's usual figure."""
    descriptors, ports = 20_000, 28_232
    if sys.platform != "win32":
        import resource  # noqa: PLC0415  # not on every system

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        descriptors = sys.maxsize if hard == resource.RLIM_INFINITY else hard
    with contextlib.suppress(OSError, ValueError):
        first, last = map(int, _RANGE.read_text().split())
        ports = last - first + 1
    return Means(descriptors, ports)


def shortages(
    people: Iterable[int], workers: int, means: Means, *, own_addresses: bool
) -> list[Words]:
    """What is too few for so many people of each source address, a sentence each; empty: enough.

    `own_addresses`: each person leaves from their own (a platform on loopback); else all from one.
    """
    each_address = list(people)
    count = sum(each_address)
    found: list[Words] = []
    each = math.ceil(count / max(workers, 1)) + OWN
    if each > means.descriptors:
        enough = math.ceil(count / max(means.descriptors - OWN, 1))
        found.append({
            "fr": f"de descripteurs\u00a0: si les {number(count, 'fr')} personnes sont là "
            f"ensemble, chaque processus de charge en demande {number(each, 'fr')}, et peut en "
            f"ouvrir {number(means.descriptors, 'fr')} (`ulimit -Hn`)\u00a0: prendre {enough} "
            f"processus (--workers {enough})",
            "en": f"descriptors: if all {count:,} people are there at once, each load process "
            f"needs {each:,}, and may open {means.descriptors:,} (`ulimit -Hn`): "
            f"take {enough} (--workers {enough})",
        })  # fmt: skip
    most = max(each_address, default=0) if own_addresses else count
    if most > means.ports:
        french = "d’une école" if own_addresses else "de cette machine"
        whence = "one school's address" if own_addresses else "this machine's address"
        found.append({
            "fr": f"de ports\u00a0: {number(most, 'fr')} connexions depuis l’adresse {french} vers "
            f"une même plateforme en demandent autant, et il y en a {number(means.ports, 'fr')} "
            "(net.ipv4.ip_local_port_range)\u00a0: élargir la plage, ou partager les personnes "
            "entre machines (`rentree worker`)",
            "en": f"ports: {most:,} connections from {whence} to one platform need as many ports, "
            f"and there are {means.ports:,} (net.ipv4.ip_local_port_range): widen the range, or "
            "share the people among machines (`rentree worker`)",
        })  # fmt: skip
    return found
