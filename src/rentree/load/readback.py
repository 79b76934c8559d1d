"""Reads back what was written, after the run: a child that signs in as its owners and teachers.

    python -m rentree.load.readback SPEC TASK OUT

Straight to the platform, not by the faults' routes; each person signs in afresh. TASK is JSON:
{"view", "logins", "hosts": {platform: {name: url}}, "seconds", "t0"}; OUT gets rows of
`rentree.ledger.READS` as JSON lines, one without marker for each reading.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any, TextIO

import gevent
import locust  # noqa: F401  # it patches the standard library, as in every load process
from gevent.pool import Pool

from rentree import dropin
from rentree.client import Failure, UnreadableError
from rentree.crowd import Member
from rentree.ledger import MARKER, digest
from rentree.load.recorder import Recorder
from rentree.load.spec import LoadSpec, read_members, read_spec
from rentree.load.stage import WorkerStage
from rentree.plan import Plan
from rentree.platform import Answer, Platform
from rentree.process import die_with_parent
from rentree.sample import SIGN_IN, SIGN_OUT

AT_ONCE = 8  # people who read at the same time
PATIENCE = 10_000_000  # µs for each step
AGAIN = 1.0  # s between tries to sign in
Row = tuple[int, str, str, str, str | None, int | None, str | None, str | None]


def main(spec_path: str, task_path: str, out: str) -> None:
    """Read for everybody named, in time, and write what was there."""
    task = json.loads(Path(task_path).read_text(encoding="utf-8"))
    spec = read_spec(Path(spec_path))
    hosts = task["hosts"] or spec.hosts
    spec = spec.model_copy(update={"routes": [], "hosts": hosts})
    plan = Plan.model_validate_json(spec.plan.read_text(encoding="utf-8"))
    adapters = {name: dropin.adapter(path) for name, path in spec.adapters.items()}
    recorder = Recorder(Path(out).with_suffix(".unused"), 0, lambda: 0)
    stage = WorkerStage(plan, spec, adapters, recorder, int(task["t0"]))
    end = time.monotonic() + float(task["seconds"])
    pool = Pool(AT_ONCE)
    with Path(out).open("a", encoding="utf-8") as file:
        for member in _members(spec, set(task["logins"])):
            pool.spawn(_read, stage, member, str(task["view"]), end, file)
        pool.join()
    os._exit(0)  # Locust's own way out waits for statistics


def _members(spec: LoadSpec, logins: set[str]) -> list[Member]:
    everybody = (m for n in range(1, spec.workers + 1) for m in read_members(spec, n))
    return [m for m in everybody if m.login in logins]


def _read(stage: WorkerStage, member: Member, view: str, end: float, file: TextIO) -> None:
    """One person's reading: sign in, list, sign out; again while there is time and it failed."""
    outcome, rows = "not_sent", list[Row]()
    while time.monotonic() < end and outcome != "ok":
        outcome, rows = _try(stage, member, view)
        if outcome != "ok":
            gevent.sleep(AGAIN + random.random())
    for row in [*rows, (stage.now(), view, member.person, outcome, None, None, None, None)]:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
    file.flush()


def _try(stage: WorkerStage, member: Member, view: str) -> tuple[str, list[Row]]:
    stage.next = member
    _, account = stage.cast(member.persona)
    client, _ = stage.client(member)
    platform = stage.platform(member.platform, client, account)
    rows: list[Row] = []
    try:
        for step in (SIGN_IN, platform.checks, SIGN_OUT):
            answer = _step(stage, platform, step)
            if step == platform.checks and answer.outcome == "ok":
                rows = [
                    (stage.now(), view, member.person, "ok", mark, *digest(text), owner)
                    for owner, text in platform.told.get("kept", [])
                    for mark in MARKER.findall(text)[:1]
                ]
            elif answer.outcome != "ok" and step != SIGN_OUT:
                return answer.outcome, []
        return "ok", rows
    except Failure as failure:
        return failure.kind, []
    except UnreadableError:
        return "wrong", []
    finally:
        client.close()


def _step(stage: WorkerStage, platform: Platform, step: str) -> Answer:
    platform.told = {}
    trace = f"{random.getrandbits(128):032x}"
    platform.client.begin(trace, deadline=stage.now() + PATIENCE)
    answer: Any = platform.do(step)
    assert isinstance(answer, Answer)  # noqa: S101  # the contract of adapters
    return answer


if __name__ == "__main__":
    die_with_parent(os.getppid())
    main(*sys.argv[1:4])
