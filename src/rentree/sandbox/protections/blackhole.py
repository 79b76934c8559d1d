"""What an operator or host cuts off: addresses and whole networks that get no answer (F48).

A geographic filter is such a list: whoever is outside of where people are expected is silenced,
the attack and the pupils who are there alike.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable


class Blackhole:
    """Which addresses meet silence; an address alone is a network of one."""

    def __init__(self, places: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(place) for place in places]

    def swallows(self, address: str) -> bool:
        """Whether what comes from this address is never answered."""
        if not self._networks:
            return False
        try:
            at = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(at in network for network in self._networks)
