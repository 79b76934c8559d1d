"""Who may ask how often: by address, by session, and more where a known school stands behind.

`schools` are networks that the operator knows as such: behind one address of theirs hundreds of
pupils come at nine, and what would be a flood from anywhere else is a school (F17, F48).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from rentree.sandbox.preset import Limit
from rentree.sandbox.protections.rate_limit import RateLimit

_TAKEN_FOR_A_FLOOD = 10  # rate-limit-blocks-school: so much less than was meant


class Limits:
    """The limits of one preset; `pace` is the scenario's clock, `broken` asks for a defect."""

    def __init__(
        self, limit: Limit, *, pace: float, clock: Callable[[], int], broken: Callable[[str], bool]
    ) -> None:
        stuck = broken("rate-limit-stuck")
        wrong = _TAKEN_FOR_A_FLOOD if broken("rate-limit-blocks-school") else 1

        # The limit's second is the scenario's: compressed, a school asks for as much in less time.
        def made(rate: float, burst: int) -> RateLimit:
            return RateLimit(rate * pace / wrong, max(1, round(burst / wrong)), clock, stuck=stuck)

        self._limit = limit
        self._off = broken("rate-limit-missing")
        self._networks = [ipaddress.ip_network(n) for n in (limit.schools or _NONE).networks]
        self._address = made(limit.rate, limit.burst)
        self._school = made(limit.schools.rate, limit.schools.burst) if limit.schools else None
        self._session = made(limit.session.rate, limit.session.burst) if limit.session else None

    @property
    def limited(self) -> int:
        """Requests that were turned away."""
        return sum(one.limited for one in (self._address, self._school, self._session) if one)

    def refuses(self, address: str, session: str) -> int | None:
        """None: come in. Else the seconds after which to try again. `session`: token, or empty."""
        if self._off:
            return None
        by_address = self._school if self._school and self._known(address) else self._address
        if not by_address.take(address):
            return by_address.retry_after()
        if self._session and session and not self._session.take(session):
            return self._session.retry_after()
        return None

    def _known(self, address: str) -> bool:
        try:
            at = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(at in network for network in self._networks)


class _NoSchools:
    networks: tuple[str, ...] = ()


_NONE = _NoSchools()
