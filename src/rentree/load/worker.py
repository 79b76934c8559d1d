"""A load process: a Locust worker that starts its share of the people at their due times.

    python -m rentree.load.worker SPEC NUMBER MASTER_PORT

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
from pathlib import Path
from typing import Any

import gevent
import locust.runners  # first: it patches the standard library
from gevent.event import Event
from locust.env import Environment
from locust.runners import WorkerRunner

from rentree import dropin
from rentree.crowd import Member
from rentree.headroom import raise_descriptors
from rentree.load.recorder import Recorder
from rentree.load.spec import LoadSpec, read_members, read_spec
from rentree.load.stage import WorkerStage
from rentree.person import Person
from rentree.plan import Plan
from rentree.platform import Platform
from rentree.process import die_with_parent
from rentree.sample import Sample

GRACE = 3.0  # s beyond the last possible deadline, before what hangs is cut off


def main(spec_path: str, number: str, master_port: str) -> None:
    """Load everything, report ready, wait for the start, run, leave the end mark."""
    spec = read_spec(Path(spec_path))
    plan = Plan.model_validate_json(spec.plan.read_text(encoding="utf-8"))
    personas = load_personas(spec.journeys)
    adapters = {name: dropin.adapter(path) for name, path in spec.adapters.items()}
    members = read_members(spec, int(number))

    raise_descriptors()
    # Locust ends a worker's people after 60 s without its master, or when the wall clock jumps;
    # ours end with their parent (PR_SET_PDEATHSIG) and need no master once they have begun.
    locust.runners.MASTER_HEARTBEAT_TIMEOUT = 10**9
    environment = Environment(user_classes=list(personas.values()))
    runner = environment.create_worker_runner("127.0.0.1", int(master_port))
    started, t0 = Event(), [0]

    def start(environment: Environment, msg: Any, **_: Any) -> None:
        t0[0] = int(msg.data["t0"])
        started.set()

    runner.register_message("rentree-start", start)
    gc.collect()
    gc.freeze()
    gc.disable()  # a collection over 20,000 greenlets makes arrivals late by 100 ms
    runner.send_message("rentree-ready", {"worker": int(number), "people": len(members)})
    started.wait()
    _run(environment, runner, plan, spec, personas, adapters, members, int(number), t0[0])
    runner.send_message("rentree-ended", {"worker": int(number)})
    gevent.sleep(0.2)  # let the message out
    os._exit(0)  # everything is on disk; Locust's own way out waits for statistics


def _run(
    environment: Environment,
    runner: WorkerRunner,
    plan: Plan,
    spec: LoadSpec,
    personas: dict[str, type[Person]],
    adapters: dict[str, type[Platform]],
    members: list[Member],
    number: int,
    t0: int,
) -> None:
    recorder = Recorder(
        spec.work / f"worker-{number}.blocks", number, lambda: (time.monotonic_ns() - t0) // 1000
    )
    stage = WorkerStage(plan, spec, adapters, recorder, t0)
    environment.stage = stage  # type: ignore[attr-defined]  # how a Person finds its run
    gevent.signal_handler(signal.SIGTERM, _stop, recorder)
    gevent.spawn(recorder.watch)
    gevent.spawn(recorder.write_on)
    begun = 0
    for member in members:
        if (wait := member.due - stage.now()) > 0:
            gevent.sleep(wait / 1_000_000)
        stage.next = member
        recorder.monitor.started(stage.now() - member.due)
        recorder.people = len(runner.user_greenlets)
        try:
            personas[member.persona](environment).start(runner.user_greenlets)
            begun += 1
        except Exception as error:  # a drop-in's constructor, or no memory left: ours, and recorded
            stage.not_sent(_unstarted(member, plan, repr(error)))
    last = plan.end + plan.behaviour.patience
    while runner.user_greenlets and stage.now() < last + GRACE * 1_000_000:
        recorder.people = len(runner.user_greenlets)
        gevent.sleep(0.1)
    # Every request has its deadline: who is still there hangs in our own code, and what was
    # begun and never ended is told by a last block without the end mark.
    recorder.finish(complete=recorder.finished == begun)


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


def _unstarted(member: Member, plan: Plan, why: str) -> Sample:
    return Sample(
        -1, 0, plan.phase_at(member.due), member.territory, member.school, member.level,
        member.persona, member.person, member.platform, "sign in", 1, member.due, None, None,
        None, "not_sent", None, 0, member.address, "", None, "", json.dumps({"why": why}),
    )  # fmt: skip


if __name__ == "__main__":
    die_with_parent(os.getppid())
    main(*sys.argv[1:4])
