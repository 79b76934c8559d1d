"""One run, from a prepared request to sealed evidence: the only impure step.

The runner is the parent of everything it starts (sandbox, Toxiproxy, Locust master, workers);
each dies with it. Faults are brackets: whatever happens, they are cleared, and proven so, first.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from polars.exceptions import PolarsError

from rentree.begin import accounts_of, new_folder, write_load_spec, write_raw
from rentree.control import Control
from rentree.echo import Echo
from rentree.errors import RentreeError
from rentree.evidence import sha256
from rentree.fault import Address, Injector, Route, Scene
from rentree.finish import finish
from rentree.fleet import Fleet, Remote
from rentree.headroom import means, shortages
from rentree.interrupts import Interrupts
from rentree.journal import Journal
from rentree.leave import Watch
from rentree.lifeline import CLOSING, END, HURRY, LIFE, Lifeline, lifeline
from rentree.parties import Conductor, Display
from rentree.prepare import Prepared
from rentree.process import Identity
from rentree.reach import Reach, leave_of, of_sandboxes, reach
from rentree.readback import ReadBack
from rentree.roll_call import RollCall
from rentree.runs import RunRecord, new_record, refuse_unless_clean
from rentree.sandbox import settings
from rentree.sandbox.provision import provision
from rentree.sandboxes import Sandboxes
from rentree.stopping import STOP_RULE, Stops, page_of
from rentree.timeline import Observer, Timeline
from rentree.watch import Figures
from rentree.worker_token import VARIABLE, kept, new_token

LEAD = 1.0  # s between "go" and the first moment of the run
TICK = 0.05  # s between looks of the runner


@dataclass
class Ended:
    """How a run came to its end."""

    folder: Path
    digest: str
    interrupted: bool = False
    not_clear: str = ""  # what is not proven clear; empty when all is


@dataclass
class _Run:
    prepared: Prepared
    display: Display
    folder: Path
    record: RunRecord
    line: Lifeline
    conductor: Conductor | None = None
    t0: int = 0  # ns, CLOCK_MONOTONIC
    why: str = "failed"
    not_clear: list[str] = field(default_factory=list)

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def clock(self) -> int:
        """µs of the run; 0 until it begins."""
        return (time.monotonic_ns() - self.t0) // 1000 if self.t0 else 0


def run(
    prepared: Prepared,
    display: Display,
    conductor: Conductor | None = None,
    line: Lifeline | None = None,  # to the guard, for one of several runs of this process
) -> Ended:
    """Carry a prepared run out, one whose load is fed (`prepared.fed`) under its conductor.

    Raises:
        UsageError: the platform is not there or not ours, or an earlier run is not clean.
        RentreeError: the harness itself failed; what could be kept is in the evidence.
    """
    refuse_unless_clean()
    line = line or lifeline()
    with Interrupts(display.say) as interrupts:
        reached = reach(prepared)
        if reached is not None and reached.notes:
            notes = [*prepared.plan.notes, *reached.notes]
            prepared.plan = prepared.plan.model_copy(update={"notes": notes})
        folder = new_folder(prepared)
        state = _Run(prepared, display, folder, new_record(folder.name, folder), line, conductor)
        try:
            state.record.save()
            write_raw(folder, prepared)
            _bracket(state, reached, interrupts)
        except KeyboardInterrupt:
            state.why = "interrupted"
        except _Over as over:
            state.why = over.why
        except OSError as error:
            interrupts.hold()
            with suppress(RentreeError):  # the disk that failed once may fail again
                _close(state)
            raise _unwritable(folder, error) from error
        except BaseException:
            interrupts.hold()
            _close(state)
            raise
        interrupts.hold()
        digest = _close(state)
        line.say(END)
        if not digest:  # ended before anything was sent
            raise KeyboardInterrupt
    return Ended(folder, digest, state.why == "interrupted", "; ".join(state.not_clear))


class _Over(Exception):  # noqa: N818  # an end, not a bug
    """The run ends before its time: leave was withdrawn, the platform is out of reach …"""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def _bracket(state: _Run, reached: Reach | None, interrupts: Interrupts) -> None:
    """Everything between the first process and the last."""
    display, plan, work = state.display, state.prepared.plan, state.work
    with ExitStack() as stack:
        sandboxes = Sandboxes(state.prepared, work, partial(_remember, state))
        stack.callback(sandboxes.stop)
        if reached is None:
            display.say("starting the sandbox")
            sandboxes.start()
            reached = of_sandboxes(sandboxes.hosts(state.prepared.adapters))
        elif reached.sandbox and state.prepared.brings_accounts:
            display.say("giving the crowd's accounts to the sandbox")
            for base in dict.fromkeys(reached.bases.values()):
                provision(base, accounts_of(state.prepared))
        echo = stack.enter_context(Echo())
        journal = Journal(state.folder / "raw" / "journal.jsonl", state.clock)
        stack.callback(journal.close)
        injectors, routes = _prepare_faults(state, stack, journal, reached, echo.address)
        spec = write_load_spec(state.folder, state.prepared, reached, routes)
        fleet = _start_fleet(state, stack, spec)
        state.t0 = time.monotonic_ns() + round(LEAD * 1e9)
        state.record.t0 = state.t0
        state.record.save()
        fleet.go(state.t0)
        if reached.sandbox:  # the sandbox's gate and queue open at times of the scenario
            for base in dict.fromkeys(reached.bases.values()):
                settings.send(base, {}, time=(state.t0, plan.starts_at))
        roll = RollCall(fleet, journal, display.say)
        roll.begin()
        _begun(state, reached, journal)
        timeline = Timeline(plan, journal, injectors, lambda: state.line.say(LIFE))
        near = reached.control
        control = Control(*near, state.clock, reached.trust) if near else None
        observer = Observer(plan, journal, injectors, echo.address, work, state.clock, control)
        stack.callback(observer.stop)
        stack.callback(timeline.clear_all)  # before anything else ends: faults first
        stack.callback(interrupts.hold)  # and nothing breaks into that
        observer.start()
        leave = leave_of(reached, plan, journal, state.clock)
        if leave is not None:
            leave.start()
            stack.callback(leave.stop)
        state.line.say(HURRY)
        stack.callback(state.line.say, CLOSING)
        pages = {name: page_of(base, reached.pins) for name, base in reached.bases.items()}
        stops = Stops(plan, pages, journal, state.clock, reached.trust)
        stops.start()
        stack.callback(stops.stop)
        _watch(state, roll, sandboxes, timeline, observer, journal, leave, stops)
        timeline.clear_all()
        _read_back(state, sandboxes, journal, leave)
        state.why = "finished"


def _begun(state: _Run, reached: Reach, journal: Journal) -> None:
    journal.write("run", "started", t=0, wall=datetime.now(UTC).isoformat())
    if state.conductor is not None:
        state.conductor.begin(state.folder, state.t0, reached, journal)


def _watch(
    state: _Run,
    roll: RollCall,
    sandboxes: Sandboxes,
    timeline: Timeline,
    observer: Observer,
    journal: Journal,
    leave: Watch | None,
    stops: Stops,
) -> None:
    """Follow the run to its end, and until every worker has left its end mark or is lost."""
    plan, figures, fleet = state.prepared.plan, Figures(), roll.fleet
    conductor, end = state.conductor, state.prepared.plan.end
    wait = plan.behaviour.patience + 20_000_000
    next_read = 0.0
    while state.clock() < end or (not fleet.done() and state.clock() < end + wait):
        now = state.clock()
        state.line.say(LIFE)
        if state.line.lost():
            journal.write("guard", "lost")
            raise _Over("guard lost")
        timeline.advance(now)
        if time.monotonic() >= next_read:
            next_read = time.monotonic() + 0.5
            blocks = fleet.new_blocks()
            figures.take(blocks)
            stops.take(blocks)
            roll.take(now)
            if conductor is not None:
                conductor.take(blocks, now)
                end = min(end, now) if conductor.over else end
            for platform, why in sandboxes.deaths():
                which: dict[str, Any] = {"name": platform} if platform else {}
                journal.write("platform", "gone", why=why, **which)
                if conductor is not None:
                    conductor.platform_gone()
                state.display.say(f"the platform {platform} is gone: {why}".replace("  ", " "))
            if observer.broken is not None:
                raise observer.broken
            if leave is not None and leave.over:
                state.display.say(f"the run ends, {leave.over}: {leave.why}")
                raise _Over(leave.over)
            if why := stops.over():
                state.display.say(f"the run ends by its stop rule: {why}")
                raise _Over(STOP_RULE)
            trouble = ", ".join(filter(None, (observer.down, roll.trouble)))
            state.display.show(figures, now, timeline.active, trouble)
        time.sleep(TICK)
    timeline.advance(max(state.clock(), end))
    now = state.clock()
    fleet.new_blocks()
    roll.take(now)


def _read_back(state: _Run, sandboxes: Sandboxes, journal: Journal, leave: Watch | None) -> None:
    """Read what was written, where a promise asks for it; the sandbox is started again for that."""
    prepared, work = state.prepared, state.work

    def beat() -> bool:
        state.line.say(LIFE)
        return leave is not None and bool(leave.over)

    def restart() -> dict[str, dict[str, str]]:
        sandboxes.stop()
        sandboxes.start()
        return sandboxes.hosts(prepared.adapters)

    back = ReadBack(
        prepared.plan, prepared.members, work, state.t0, journal, state.display.say, beat
    )
    if back.asked():
        back.read(restart if sandboxes.running else None, gone=bool(sandboxes.gone))


def _start_fleet(state: _Run, stack: ExitStack, spec: Path) -> Fleet:
    """Start the load processes, and wait for those that are started by hand."""
    request, say = state.prepared.request, state.display.say
    remote = Remote(request.remote_workers, request.master_port)
    if remote.count:
        remote.token = new_token()
        stack.enter_context(kept(remote.token, remote.port))
        profile = sha256(state.folder / "raw" / "profile.yaml")
        say(f"the profile’s SHA-256 is {profile}")
        if VARIABLE not in os.environ:
            say(f"remote workers of other users or machines need {VARIABLE}={remote.token}")
    people, own = state.prepared.members.per_school.tolist(), state.prepared.target is None
    count = state.prepared.plan.workers
    if state.prepared.fed is None:  # of a crowd that is fed few are there at once
        for short in shortages(people, count, means(), own_addresses=own):
            say(f"too few {short['en']}")
    say(f"starting Locust and {request.workers} load processes")
    fleet = Fleet(spec, state.work, request.workers, remote, say)
    stack.callback(fleet.stop)
    fleet.start()
    for child in [fleet.master, *(w.child for w in fleet.workers)]:
        if child is not None:
            _remember(state, child.pid)
    return fleet


def _prepare_faults(
    state: _Run, stack: ExitStack, journal: Journal, reached: Reach, echo: Address
) -> tuple[dict[str, Injector], list[Route]]:
    """Make each injector ready; on the way out it proves that all is clear."""
    plan, prepared = state.prepared.plan, state.prepared
    injectors: dict[str, Injector] = {}
    routes: dict[tuple[str, str, Address], Route] = {}
    hosts, doors = reached.all_hosts(), reached.doors(prepared.facts)
    # Each person keeps one connection a host.
    connections: Counter[str] = Counter()
    for (territory, _), count in prepared.members.counts.items():
        connections[territory] += count * len(hosts)
    kinds = dict.fromkeys(prepared.injectors[f.fault] for f in plan.faults)
    at_home = {prepared.injectors[f.fault] for f in plan.faults if "home" in f.hits}
    for kind in sorted(kinds, key=lambda kind: kind in at_home):  # a home's line is the nearest
        faults = [f for f in plan.faults if prepared.injectors[f.fault] is kind]
        injector: Injector = kind()
        stack.callback(_prove_clear, state, injector, faults, journal)
        options = {
            "toxiproxy": prepared.request.toxiproxy, "granted": bool(reached.granted),
            "connections": connections, "descriptors": means().descriptors,
            "containers": [name for g in reached.granted for name in g.document.containers],
        }  # fmt: skip
        scene = Scene(
            faults, hosts, doors, echo, state.work, state.display.say, options,
            routes=list(routes.values()), links=reached.links,
        )  # fmt: skip
        for route in injector.prepare(scene):  # leads on into those that were there before
            routes[route.territory, route.home, route.host] = route
        injectors |= {fault.name: injector for fault in faults}
        found = next(f for f in prepared.dropins if f.path == Path(_file_of(kind)))
        state.record.left_over.append({"drop_in": found.name, "state": injector.left_over()})
        state.record.save()
    return injectors, list(routes.values())


def _prove_clear(state: _Run, injector: Injector, faults: list[Any], journal: Journal) -> None:
    state.not_clear.append("the faults were not proven cleared")  # until they are
    why = injector.close()
    state.not_clear.pop()
    for fault in faults:
        if why:
            journal.write("fault", "unproven", name=fault.name, why=why)
        else:
            journal.write("fault", "proven", name=fault.name)
    if why:
        state.not_clear.append(why)


def _close(state: _Run) -> str:
    """Seal what there is, and forget the run when all is proven clear.

    Returns the manifest's digest; empty when nothing was sent: then there is no folder either.
    """
    if state.t0:
        ended = max(state.clock(), 0)
        try:
            digest = finish(state.folder, t0=state.t0, why=state.why, ended=ended)
        except (OSError, PolarsError) as error:
            raise _unwritable(state.folder, error) from error
    else:
        digest = ""
        shutil.rmtree(state.folder, ignore_errors=True)
    if not state.not_clear:
        state.record.remove()
    return digest


def _unwritable(folder: Path, error: Exception) -> RentreeError:
    return RentreeError(
        f"the evidence cannot be written: {error} ({folder}): make room, then `rentree clear` "
        "saves and judges what is there"
    )


def _remember(state: _Run, pid: int) -> None:
    child = Identity.of(pid)
    state.record.children.append((child.pid, child.started))
    state.record.save()


def _file_of(kind: type) -> str:
    return str(sys.modules[kind.__module__].__file__)
