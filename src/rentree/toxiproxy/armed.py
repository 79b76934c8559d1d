"""A network fault made ready: where its toxic goes, and whether it is seen to be in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from rentree.errors import RentreeError
from rentree.fault import Address, Observation
from rentree.toxiproxy import api as toxiproxy_api
from rentree.toxiproxy.cutting import Down
from rentree.toxiproxy.held import Proxy
from rentree.toxiproxy.sight import Exchange, Trail, exchange
from rentree.toxiproxy.toxic import LOOK, Toxic

_WAIT = LOOK + 50_000  # µs that a look waits; an exchange that takes longer is told to a later one
_WAIT_END = LOOK + 300_000  # for one that ends by itself within LOOK, on a machine that is busy


@dataclass
class Armed:
    """A toxic of one fault, the listeners it is for, and whether it was asked for now."""

    settings: Toxic
    toxic: dict[str, Any]  # as Toxiproxy takes it and gives it back
    real: list[Proxy]  # the listeners of its people, one a host
    twin: Proxy  # leads to an echo of ours
    asked: bool = False  # until it is proven cleared
    ending: bool = False  # clearing has begun
    _trail: Trail[Exchange] = field(default_factory=Trail)  # exchanges since it was asked for

    @property
    def down(self) -> bool:
        """Whether it disables the listeners instead of adding something to them."""
        return isinstance(self.settings, Down)

    @property
    def listeners(self) -> list[Proxy]:
        """Those of its people, and the twin."""
        return [*self.real, self.twin]

    def ask(self) -> None:
        """From now on it is to be in force; said before the first change, for half of it counts."""
        self._trail = Trail()
        self.asked, self.ending = True, False

    def path(self, proxy: Proxy) -> str:
        """Where Toxiproxy tells of it."""
        if self.down:
            return f"/proxies/{proxy.name}"
        return f"/proxies/{proxy.name}/toxics/{self.toxic['name']}"

    def bears(self, seen: dict[str, Any] | None) -> bool:
        """Whether what stands at `path` is the fault in force."""
        if self.down:
            return seen is not None and seen.get("enabled") is False
        return seen == self.toxic

    def free(self, seen: dict[str, Any] | None) -> bool:
        """Whether what stands at `path` is a listener without the fault."""
        if self.down:
            return seen is not None and seen.get("enabled") is True
        return seen is None

    def observe(self, api: Address, down_by_another: Callable[[], bool]) -> Observation:
        """An exchange through the twin, and what all its listeners bear; never raises.

        In force, while it is asked for, is what all listeners bear as asked and the twin shows.
        At other times it is in force as soon as one listener of its people is not free of it.
        """
        asked, excused = self.asked, down_by_another()  # others apply and clear while we look
        right = self.bears if asked else self.free
        why: list[str] = []
        lingers, known = False, True
        for proxy in self.listeners:
            try:
                seen = toxiproxy_api.read(api, self.path(proxy), connect_s=0.5, read_s=0.5)
            except RentreeError as error:
                why.append(str(error))
                known = False
                break
            if right(seen) or (not asked and (excused or down_by_another())):
                continue
            why.append(f"{proxy.name} has {seen}")
            lingers |= not asked and proxy is not self.twin
        read_back = known and not why
        probe_us, doubt = self._look() if asked else self._glance()
        if doubt:
            why.append(doubt)
        in_force = read_back and not doubt if asked else lingers
        return Observation(in_force, probe_us, read_back, "; ".join(why))

    def _look(self) -> tuple[int | None, str]:
        """A round trip through the twin, and why that does not show the fault."""
        question, ending = self.settings.question(), self.ending
        within = _WAIT if question.wait_us > LOOK else _WAIT_END
        now, before = self._trail.ask(lambda: exchange(self.twin.listen, question), within)
        if now is not None and ending == self.ending:  # else clearing may have cut it short
            return now.first_us, self.settings.shown_by(now)
        still = self.settings.shown_by(Exchange(0, None, None, "open", _WAIT))
        if before is None:
            return None, still
        return before.first_us, still or self.settings.shown_by(before)

    def _glance(self) -> tuple[int | None, str]:
        """A round trip through the twin, and whether it shows the fault, unasked."""
        question = self.settings.question()
        seen = exchange(self.twin.listen, replace(question, wait_us=min(question.wait_us, LOOK)))
        if self.settings.shown_by(seen):
            return seen.first_us, ""
        return seen.first_us, f"the twin still shows it ({seen.ended}, {seen.received} bytes)"
