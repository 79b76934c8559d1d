"""An access line between a territory's people and the platform: shared, or each person's own.

By a relay of ours (`rentree.line`), because Toxiproxy limits each connection by itself: here all
connections of a territory, a school or a person share one line. Outside its window it is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from pydantic import model_validator

from rentree.errors import RentreeError, UsageError
from rentree.fault import Host, Observation, Route, Scene, Settings
from rentree.fault import Injector as Contract
from rentree.line.networks import NETWORKS, NetworkName
from rentree.line.running import Running
from rentree.line.sight import FASTEST, LONGEST, Twins
from rentree.line.spec import Figures, Leads, LineSpec, Per
from rentree.plan import PlannedFault
from rentree.process import Identity
from rentree.quantity import DataRate, Duration
from rentree.toxiproxy.api import deaf
from rentree.words import duration, number

_LATE = 200_000  # µs that a relay may be late itself
_EACH = 2  # descriptors of a connection: to the people, and onwards
_SERVE_S = 2.0  # for a listener to hang up on somebody who hangs up


class LineSettings(Settings):
    """What `fault: line` takes."""

    explains = (
        "an access line of so much `rate`, that all connections of a territory, a school or a "
        "person share; or a home network by its name"
    )
    may_hit: ClassVar[tuple[str, ...]] = ("host", "home")
    rate: DataRate | None = None  # down, bytes/s
    up: DataRate | None = None
    delay: Duration = 0
    jitter: Duration = 0
    per: Per | None = None
    network: NetworkName | None = None

    @model_validator(mode="after")
    def _sane(self) -> Self:
        own = {"rate", "up", "delay", "jitter"} & self.model_fields_set
        said = {key for key in own if getattr(self, key)}
        if self.network is not None and said:
            raise ValueError("say `network`, or figures of your own, not both")
        if self.network is None and not said:
            raise ValueError("say a `network`, or a `rate`, `up` or `delay` of the line")
        if self.network is None and self.per is None:
            raise ValueError("say whose line it is: `per: person`, `school` or `territory`")
        if not 0 <= self.jitter <= self.delay <= LONGEST:
            raise ValueError("`delay` is 5 s at most, and `jitter` not above it")
        if any(rate is not None and rate < 1_000 for rate in (self.rate, self.up)):
            raise ValueError("`rate` and `up` must be 1 kB/s (8 kbit/s) at least")
        if self.whose != "territory" and any((r or 0) > FASTEST for r in (self.rate, self.up)):
            raise ValueError(_TOO_FAST)
        return self

    @property
    def figures(self) -> Figures:
        """Its own, or those of the network."""
        if self.network is not None:
            return NETWORKS[self.network].figures
        return Figures(down=self.rate, up=self.up, delay=self.delay, jitter=self.jitter)

    @property
    def whose(self) -> Per:
        """Who shares one line."""
        if self.per is None and self.network is not None:
            return NETWORKS[self.network].per
        return self.per or "territory"

    def scaled(self, scale: float) -> Self:
        """What a territory shares shrinks with its people; what each has does not.

        Raises:
            UsageError: so fast a line cannot be seen, nor so slow a one shared.
        """
        if self.whose != "territory":
            return self
        figures = self.figures
        rates = {
            key: None if rate is None else round(rate * scale)
            for key, rate in (("rate", figures.down), ("up", figures.up))
        }
        if any(rate is not None and not 1_000 <= rate <= FASTEST for rate in rates.values()):
            raise UsageError(f"fault line, at this scale: {_TOO_FAST}")
        return self.model_copy(
            update={
                **rates, "delay": figures.delay, "jitter": figures.jitter, "network": None,
                "per": "territory",
            }
        )  # fmt: skip

    def told(self, language: str) -> str:
        """“réseau dsl : 8 Mbit/s descendants, 1 Mbit/s montants, délai 40 ms ± 10 ms, chacun”."""
        fr, f = language == "fr", self.figures
        colon = "\u00a0: " if fr else ": "
        words = []
        if f.down is not None:
            words.append(f"{_rate(f.down, language)} {'descendants' if fr else 'down'}")
        if f.up is not None:
            words.append(f"{_rate(f.up, language)} {'montants' if fr else 'up'}")
        if f.delay:
            spread = f"\u00a0±\u00a0{duration(f.jitter, language)}" if f.jitter else ""
            words.append(f"{'délai' if fr else 'delay'} {duration(f.delay, language)}{spread}")
        words.append(_WHOSE[self.whose][language])
        named = f"{'réseau' if fr else 'network'} {self.network}{colon}" if self.network else ""
        return named + ", ".join(words)


_TOO_FAST = (
    "`rate` and `up` must be 8 kbit/s to 200 Mbit/s once scaled: a faster line cannot be told from "
    "an open one in a look"
)
_WHOSE: dict[Per, dict[str, str]] = {
    "person": {"fr": "à chacun la sienne", "en": "one a person"},
    "school": {"fr": "une par établissement", "en": "one a school"},
    "territory": {"fr": "une pour tout le territoire", "en": "one for the whole territory"},
}


def _rate(rate: int, language: str) -> str:
    if rate >= 125_000:
        return f"{number(rate / 125_000, language, 2)}\u00a0Mbit/s"
    return f"{number(rate / 125, language, 1)}\u00a0kbit/s"


@dataclass
class _Line:
    """One fault's relay."""

    settings: LineSettings
    running: Running
    hosts: list[Host]
    twins: Twins | None = None  # once it has come up
    asked: bool = False
    before: Mapping[str, int] | None = None  # its figures at the last look


class Injector(Contract):
    """Lines, each by a process that dies with us."""

    kinds: ClassVar[Mapping[str, type[Settings]]] = {"line": LineSettings}
    route: ClassVar[str] = "line"

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    def prepare(self, scene: Scene) -> list[Route]:
        """Start a relay a fault; several of one territory stand in a row, those of a home first.

        Raises:
            UsageError: no such host, or RentreeError: a relay does not come up.
        """
        routes: dict[tuple[str, str, Any], Route] = {}
        try:
            for n, fault in enumerate(sorted(scene.faults, key=lambda f: "home" in f.hits)):
                territory, hosts = fault.hits["territory"], scene.hit_by(fault)
                home = fault.hits.get("home", "")
                settings = LineSettings.model_validate(fault.settings)
                lead = [
                    routes.get((territory, home, host.named))
                    or routes.get((territory, "", host.named))
                    or scene.route(territory, host)
                    for host in hosts
                ]
                spec = _spec(fault, settings, lead, scene)
                _say_if_short(scene, territory)
                line = _Line(settings, Running(spec, scene.work, n), hosts)
                self._lines[fault.name] = line
                line.running.come_up()
                *people, down, up = line.running.listeners
                line.twins = Twins(spec.figures, down, up)
                for host, before, at in zip(hosts, lead, people, strict=True):
                    led = replace(before, home=home).through(at, "line", introduces=spec.asks)
                    routes[territory, home, host.named] = led
                if line.twins.glance() is None:
                    raise RentreeError(f"{line.running} does not lead to our echo")
        except BaseException:
            self.close()
            raise
        return list(routes.values())

    def floor_us(self, fault: PlannedFault) -> int:
        """Its delay less its jitter; what a page takes by the rate depends on the page."""
        figures = LineSettings.model_validate(fault.settings).figures
        return figures.delay - figures.jitter

    def apply(self, fault: PlannedFault) -> None:
        """Limit the line. Raises RentreeError when its process does not say that it does."""
        line = self._line(fault)
        assert line.twins is not None  # noqa: S101  # it was prepared
        line.twins.begin()
        line.asked = True
        if not line.running.limit(True):
            raise RentreeError(f"fault “{fault.name}”: {line.running} does not say that it limits")

    def observe(self, fault: PlannedFault) -> Observation:
        """What its process says, and exchanges over its twins."""
        line = self._lines.get(fault.name)
        if line is None or line.twins is None:
            return Observation(False, None, False, f"fault “{fault.name}” was not prepared")
        asked, running = line.asked, line.running
        probe_us, doubt = None, ""
        if not running.dead:
            if asked:
                seen = line.twins.look()
                probe_us = seen.took_us
                doubt = seen.doubt if line.asked else ""  # clearing may have cut it short
            else:
                probe_us = line.twins.glance()
        said = running.said
        limits = bool(said.get("on")) and not running.dead
        known = not (running.dead or running.silent)
        why = doubt if known else f"{running} {'is dead' if running.dead else 'says nothing'}"
        if asked and known and not limits:
            why = f"{running} does not limit"
        return Observation(
            in_force=limits and not why if asked else limits,
            probe_us=probe_us,
            read_back=known and limits == asked,
            why=why,
            figures=_figures(line, said),
        )

    def alive(self) -> str:
        """Empty while every relay lives, speaks, and takes connections."""
        for line in self._lines.values():
            running = line.running
            if running.dead:
                return f"{running} is dead{running.last_words()}"
            if running.silent:
                return f"{running} does not answer"
            if running.late_us > _LATE:  # what people wait for then is our doing
                return f"{running} is {running.late_us // 1000} ms late: it has too much to carry"
        people = [at for line in self._lines.values() for at in line.running.listeners[:-2]]
        try:
            lost = deaf(people, _SERVE_S)
        except OSError as error:
            return f"its listeners cannot be tried: {error}"
        for line in self._lines.values():
            if any(at in lost for at in line.running.listeners):
                return f"{line.running} no longer serves its listeners"
        return ""

    def clear(self, fault: PlannedFault) -> None:
        """Open the line, or else end its process. Raises RentreeError when that was needed."""
        line = self._lines.get(fault.name)
        if line is None or not line.asked:
            return
        cleared = line.running.dead or line.running.limit(False)
        line.asked = False
        if not cleared:
            line.running.stop()
            raise RentreeError(
                f"fault “{fault.name}” could not be taken back: {line.running} no longer answered, "
                f"so it was ended. No fault is left; the routes of {fault.hits['territory']} are "
                "down"
            )

    def left_over(self) -> dict[str, Any]:
        """The very processes: `{"relays": [[pid, started], …]}`."""
        found = [line.running.identity for line in self._lines.values()]
        return {"relays": [[identity.pid, identity.started] for identity in found]}

    def close(self) -> str:
        """End the relays; empty when all are gone."""
        alive = [str(line.running) for line in self._lines.values() if not line.running.stop()]
        return f"still running: {', '.join(alive)}" if alive else ""

    @classmethod
    def undo(cls, left_over: dict[str, Any]) -> str:
        """Kill those very processes, which died with the run unless something held them."""
        alive = []
        for pid, started in left_over.get("relays", []):
            identity = Identity(int(pid), float(started))
            identity.kill()
            if identity.alive():
                alive.append(str(pid))
        return f"relays of lines still run: {', '.join(alive)}" if alive else ""

    def _line(self, fault: PlannedFault) -> _Line:
        line = self._lines.get(fault.name)
        if line is None:
            raise RentreeError(f"fault “{fault.name}” was not prepared")
        if line.running.dead:
            raise RentreeError(f"fault “{fault.name}”: {line.running} is dead")
        return line


def _spec(fault: PlannedFault, settings: LineSettings, lead: list[Route], scene: Scene) -> LineSpec:
    """What its relay is told; it asks who connects when it must know, or when the next one asks."""
    per = settings.whose
    asks = per != "territory" or any(route.introduces for route in lead)
    return LineSpec(
        name=fault.name, per=per, asks=asks, figures=settings.figures,
        leads=[Leads(to=route.via, introduces=route.introduces) for route in lead],
        echo=scene.echo,
    )  # fmt: skip


def _say_if_short(scene: Scene, territory: str) -> None:
    """Say when a territory's people may need more descriptors than a relay has."""
    need = _EACH * int(scene.options.get("connections", {}).get(territory, 0))
    room = int(scene.options.get("descriptors", need))
    if need > room:
        scene.say(
            f"too few descriptors: the people of {territory} need {need:,} in their line, which "
            f"may open {room:,} (`ulimit -Hn`)"
        )


def _figures(line: _Line, said: Mapping[str, Any]) -> dict[str, int]:
    """Who is on it, and the bytes that passed since the last look."""
    now = {key: int(said.get(key, 0)) for key in ("connections", "lines", "down", "up")}
    before = line.before or now
    line.before = now
    return {
        "connections": now["connections"], "lines": now["lines"],
        "down_bytes": now["down"] - before["down"], "up_bytes": now["up"] - before["up"],
        "late_us": line.running.late_us,
    }  # fmt: skip
