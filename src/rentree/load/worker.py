"""A load process: a Locust worker that starts its share of the people at their due times.

    python -m rentree.load.worker SPEC NUMBER MASTER_PORT MASTER_PID

One on another machine, or started by hand, is `rentree.load.remote`.

Locust's own `spawn_users` is quadratic and starts a second's users together; here each Person
is made and started at its own moment (`User(env).start(runner.user_greenlets)`).
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gevent
import locust.runners  # first: it patches the standard library
from gevent.event import AsyncResult
from locust.env import Environment
from locust.runners import WorkerRunner

from rentree import dropin
from rentree.crowd import Member
from rentree.feed import NOBODY_FREE, FeedReader, Turn, path_of
from rentree.load.minder import Minder
from rentree.load.recorder import PERIOD, PERIOD_FED, Recorder
from rentree.load.spec import LoadSpec, read_members, read_spec
from rentree.load.stage import WorkerStage
from rentree.load.standing import Pool, standing
from rentree.person import Person
from rentree.plan import Plan
from rentree.platform import Platform
from rentree.process import allow_descriptors, die_with_parent
from rentree.sample import Sample
from rentree.walks import persona_of, walked

FEED_TICK = 0.02  # s between looks at what we are told to do next
GRACE = 3.0  # s beyond the last possible deadline, before what hangs is cut off


@dataclass
class Duty:
    """What one worker has to do."""

    number: int
    spec: LoadSpec
    plan: Plan
    personas: dict[str, type[Person]]  # by `rentree.walks`
    adapters: dict[str, type[Platform]]
    members: list[Member]  # none when they are fed
    pool: Pool  # of those who wait for their turn, where people do one step only


def duty_of(spec: LoadSpec, number: int) -> Duty:
    """Load everything that a worker needs. Raises UsageError (a drop-in does not load)."""
    pool, fed = Pool(), spec.fed
    if fed is not None and fed.only is not None:
        personas = standing(spec.journeys, pool, writes=fed.writes)
    else:
        personas = walking(spec.journeys)
    return Duty(
        number,
        spec,
        Plan.model_validate_json(spec.plan.read_text(encoding="utf-8")),
        personas,
        {name: dropin.adapter(path) for name, path in spec.adapters.items()},
        [] if fed is not None else read_members(spec, number),
        pool,
    )


def main(spec_path: str, number: str, master_port: str, master_pid: str) -> None:
    """Load everything, report ready, wait for the start, run, leave the end mark."""
    duty = duty_of(read_spec(Path(spec_path)), int(number))
    minder = Minder(int(master_pid))
    environment, runner = connect("127.0.0.1", int(master_port))
    started = Started(runner)
    calm()
    runner.send_message("rentree-ready", {"worker": duty.number, "people": len(duty.members)})
    t0 = started.wait()
    recorder = begin(environment, duty, t0)
    minder.last_act = recorder.flush
    gevent.signal_handler(signal.SIGTERM, _stop, recorder)
    carry_out(environment, runner, duty, recorder)
    runner.send_message("rentree-ended", {"worker": duty.number})
    gevent.sleep(0.2)  # let the message out
    os._exit(0)  # everything is on disk; Locust's own way out waits for statistics


def connect(host: str, port: int) -> tuple[Environment, WorkerRunner]:
    """Become a worker of the Locust master; waits until it answers."""
    # Locust ends a worker's people after 60 s without its master, or when the wall clock jumps;
    # ours have leases of their own (`Minder`, `Pulse`).
    locust.runners.MASTER_HEARTBEAT_TIMEOUT = 10**9
    environment = Environment(user_classes=[])
    return environment, environment.create_worker_runner(host, port)


class Started:
    """Waits for the start."""

    def __init__(self, runner: WorkerRunner) -> None:
        self._told: AsyncResult[int] = AsyncResult()
        runner.register_message("rentree-start", self._start)

    def wait(self) -> int:
        """The moment at which the run begins, ns of the master's CLOCK_MONOTONIC."""
        told = self._told.get()
        assert told is not None  # noqa: S101  # it is never set to nothing
        return told

    def _start(self, environment: Environment, msg: Any, **_: Any) -> None:
        self._told.set(int(msg.data["t0"]))


def calm() -> None:
    """No more collections: one over 20,000 greenlets makes arrivals late by 100 ms."""
    gc.collect()
    gc.freeze()
    gc.disable()


def begin(environment: Environment, duty: Duty, t0: int) -> Recorder:
    """Set the stage of a run that begins at `t0` (ns of our CLOCK_MONOTONIC)."""
    allow_descriptors()
    recorder = Recorder(
        duty.spec.work / f"worker-{duty.number}.blocks",
        duty.number,
        lambda: (time.monotonic_ns() - t0) // 1000,
        PERIOD if duty.spec.fed is None else PERIOD_FED,
    )
    environment.user_classes[:] = list(duty.personas.values())
    stage = WorkerStage(duty.plan, duty.spec, duty.adapters, recorder, t0)
    environment.stage = stage  # type: ignore[attr-defined]  # how a Person finds its run
    return recorder


def carry_out(
    environment: Environment, runner: WorkerRunner, duty: Duty, recorder: Recorder
) -> None:
    """Start the people at their due times; ends when all are through and stored."""
    stage: WorkerStage = environment.stage  # type: ignore[attr-defined]
    plan, personas = duty.plan, duty.personas
    gevent.spawn(recorder.watch)
    gevent.spawn(recorder.write_on)
    recorder.people = lambda: len(runner.user_greenlets)
    begun = 0
    for member in duty.members if duty.spec.fed is None else _fed(duty, stage):
        if (wait := member.due - stage.now()) > 0:
            gevent.sleep(wait / 1_000_000)
        stage.next = member
        recorder.monitor.started(stage.now() - member.due)
        try:
            walked(personas, member.territory, member.persona)(environment).start(
                runner.user_greenlets
            )
            begun += 1
        except Exception as error:  # a drop-in's constructor, or no memory left: ours, and recorded
            stage.not_sent(_unstarted(member, plan, repr(error)))
    last = plan.end + plan.behaviour.patience
    while runner.user_greenlets and stage.now() < last + GRACE * 1_000_000:
        gevent.sleep(0.1)
    # Every request has its deadline: who is still there hangs in our own code, and what was
    # begun and never ended is told by a last block without the end mark.
    recorder.finish(complete=recorder.finished == begun)


def _fed(duty: Duty, stage: WorkerStage) -> Iterator[Member]:
    """People as the parent lets them come; turns are given out on the way, each at its time."""
    reader = FeedReader(path_of(duty.spec.work, duty.number))
    last = duty.plan.end + duty.plan.behaviour.patience
    while not reader.ended and stage.now() < last:
        for row in reader.new():
            if isinstance(row, Member):
                yield row
                continue
            if (wait := row.due - stage.now()) > 0:
                gevent.sleep(wait / 1_000_000)
            if not duty.pool.give(row):
                stage.not_sent(_untaken(row, duty.plan))
        gevent.sleep(FEED_TICK)
    duty.pool.close()


def _stop(recorder: Recorder) -> None:
    """SIGTERM: keep what there is, without an end mark."""
    recorder.flush()
    os._exit(0)


def load_personas(files: dict[str, Path]) -> dict[str, type[Person]]:
    """Load journeys and return persona → class. Raises UsageError (a drop-in does not load)."""
    personas: dict[str, type[Person]] = {}
    for name, path in files.items():
        module = dropin.load_path(path, f"rentree_dropin.journeys.{name.replace('-', '_')}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Person) and value is not Person:
                personas[value.persona] = value
    return personas


def walking(files: dict[str, Path]) -> dict[str, type[Person]]:
    """Persona (`rentree.walks`) → the class whose journey it walks, under the persona's name.

    Raises:
        UsageError: a drop-in does not load.
    """
    walks: dict[str, type[Person]] = {}
    for key, path in files.items():
        persona = persona_of(key)
        found = load_personas({path.stem: path})
        kind = found.get(persona) or next(iter(found.values()))
        same = kind.persona == persona
        walks[key] = kind if same else type(kind.__name__, (kind,), {"persona": persona})
    return walks


def _untaken(turn: Turn, plan: Plan) -> Sample:
    return Sample(
        -1, 0, plan.phase_at(turn.due), "", "", "", "", "", "", turn.step, 1, turn.due, None, None,
        None, "not_sent", None, 0, "", "", None, "", json.dumps({"why": NOBODY_FREE}),
    )  # fmt: skip


def _unstarted(member: Member, plan: Plan, why: str) -> Sample:
    return Sample(
        -1, 0, plan.phase_at(member.due), member.territory, member.school, member.level,
        member.persona, member.person, member.platform, "sign in", 1, member.due, None, None,
        None, "not_sent", None, 0, member.address, "", None, "", json.dumps({"why": why}),
    )  # fmt: skip


if __name__ == "__main__":
    die_with_parent(os.getppid())
    main(*sys.argv[1:5])
