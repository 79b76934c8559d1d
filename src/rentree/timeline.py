"""Faults on the run's clock: applied and cleared at their times, looked at every second.

Two threads at most: the runner's own, which applies and clears, and an observer, which asks
each injector once a second whether its faults are in force, pings our echo (the control),
and writes what it saw into the journal and `work/probes.jsonl`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rentree.control import Control
from rentree.echo import ping_many
from rentree.errors import RentreeError
from rentree.fault import Address, Injector
from rentree.journal import Journal
from rentree.plan import Phase, Plan, PlannedFault

SLOW = 100_000  # µs: a control probe slower than this means that our own line or machine is slow
HALF = 500_000  # µs: observations are made at k + 0.5 s, well inside each second


@dataclass
class Timeline:
    """Carries out the plan's phases and faults."""

    plan: Plan
    journal: Journal
    injectors: dict[str, Injector]  # fault name → the injector at work
    beat: Callable[[], None] = lambda: None  # called before what may take seconds
    active: list[str] = field(default_factory=list)  # names of faults in force, for the display
    _begun: set[str] = field(default_factory=set)
    _over: set[str] = field(default_factory=set)

    def advance(self, now: int) -> None:
        """Do what is due at `now` (µs of the run)."""
        for phase in self.plan.phases:
            self._phase(phase, now)
        for fault in self.plan.faults:
            if fault.name not in self._begun and now >= fault.start:
                self._begun.add(fault.name)
                self._apply(fault)
            if fault.name in self._begun and fault.name not in self._over and now >= fault.end:
                self._over.add(fault.name)
                self._clear(fault)

    def _phase(self, phase: Phase, now: int) -> None:
        for state, moment in (("begins", phase.start), ("ends", phase.end)):
            key = f"phase/{phase.name}/{state}"
            if now >= moment and key not in self._begun:
                self._begun.add(key)
                self.journal.write("phase", state, t=moment, name=phase.name)

    def _apply(self, fault: PlannedFault) -> None:
        self.beat()
        self.journal.write("fault", "asked", name=fault.name, asked_for=fault.start)
        try:
            self.injectors[fault.name].apply(fault)
        except RentreeError as error:
            self.journal.write("fault", "unproven", name=fault.name, why=f"not applied: {error}")
            return
        self.active.append(fault.name)
        self.journal.write("fault", "applied", name=fault.name)

    def _clear(self, fault: PlannedFault) -> None:
        self.beat()
        try:
            self.injectors[fault.name].clear(fault)
        except RentreeError as error:
            self.journal.write("fault", "unproven", name=fault.name, why=f"not cleared: {error}")
            return
        finally:
            if fault.name in self.active:
                self.active.remove(fault.name)
        self.journal.write("fault", "cleared", name=fault.name)

    def clear_all(self) -> None:
        """Clear what is in force now, on any way out."""
        for fault in self.plan.faults:
            if fault.name in self._begun and fault.name not in self._over:
                self._over.add(fault.name)
                self._clear(fault)


@dataclass
class Observer:
    """Looks, once a second, at every fault and at our own line."""

    plan: Plan
    journal: Journal
    injectors: dict[str, Injector]
    echo: Address
    work: Path
    clock: Callable[[], int]
    control: Control | None = None  # near the platform, when the target names one
    down: str = ""  # why a route of ours is down; empty while all work
    broken: OSError | None = None  # what we saw cannot be written
    _routes_down: dict[str, str] = field(default_factory=dict)  # name of a route → why
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look."""
        if self.control is not None:
            self.control.start()
        self._thread = threading.Thread(target=self._look_on, name="observer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more, and wait for the last look to end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10)
        if self.control is not None:
            self.control.stop()

    def _look_on(self) -> None:
        try:
            self._watch()
        except OSError as error:  # the runner ends the run
            self.broken = error

    def _watch(self) -> None:
        second = 0
        with (
            ThreadPoolExecutor(max_workers=8) as pool,
            (self.work / "probes.jsonl").open("a", encoding="utf-8") as probes,
        ):
            while not self._stop.wait(max(0.0, (second * 1_000_000 + HALF - self.clock()) / 1e6)):
                self._look(pool, probes)
                # A look that took too long skips its seconds: they then count as not seen.
                second = max(second + 1, (self.clock() - HALF) // 1_000_000 + 1)

    def _look(self, pool: ThreadPoolExecutor, probes: Any) -> None:
        t = self.clock()
        looks = [(f, pool.submit(self.injectors[f.name].observe, f)) for f in self.plan.faults]
        control = [rtt for rtt in ping_many([self.echo] * 3, 1.0) if rtt is not None]
        fastest = min(control, default=None)
        rows: list[tuple[int, str, str, int | None]] = [(t, "control", "echo", fastest)]
        rows += self.control.rows() if self.control is not None else []
        if fastest is None or fastest > SLOW:
            shown = None if fastest is None else fastest / 1000
            self.journal.write("control", "slow", t=t, probe_ms=shown)
        for fault, look in looks:
            seen = look.result()
            rows.append((t, "twin", fault.name, seen.probe_us))
            self.journal.write(
                "fault", "observed", t=t, name=fault.name, in_force=seen.in_force,
                probe_ms=None if seen.probe_us is None else seen.probe_us / 1000,
                read_back=seen.read_back, **seen.figures,
                **({"why": seen.why} if seen.why else {}),
            )  # fmt: skip
        for injector in {id(i): i for i in self.injectors.values()}.values():
            name, why = injector.route, injector.alive()
            if bool(why) != (name in self._routes_down):
                self.journal.write("route", "down" if why else "up", t=t, name=name, why=why)
            self._routes_down.pop(name, None)
            self._routes_down |= {name: why} if why else {}
        self.down = "; ".join(self._routes_down.values())
        probes.writelines(json.dumps(row) + "\n" for row in rows)
        probes.flush()
