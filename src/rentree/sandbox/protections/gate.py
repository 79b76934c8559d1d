"""The gate of roles: some may not sign in before a time (F42: parents in Paris, until 15:00)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from rentree.quantity import SECOND
from rentree.sandbox.accounts import Person

if TYPE_CHECKING:
    from rentree.sandbox.site import Site

_LATE = 300 * SECOND  # gate-late: so long after its time, µs of the scenario
_LEAK = 5  # gate-leaks: one person in so many is let in


def shut_until(site: Site, person: Person) -> int | None:
    """When the gate opens for this person (µs since midnight); None: it is open."""
    gate = site.preset.gate
    if gate is None:
        return None
    late = _LATE if site.broken("gate-late") else 0
    if site.time_of_day() >= gate.until + late:
        return None
    if person.role == "teacher" and site.broken("gate-shuts-teachers"):
        return gate.until
    if person.role not in gate.keeps_out:
        return None
    if site.broken("gate-leaks") and zlib.crc32(person.login.encode()) % _LEAK == 0:
        return None
    return gate.until
