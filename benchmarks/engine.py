"""Our engine, as a process of its own: the real Person, client, recorder and blocks on disk.

    python -m benchmarks.engine MODE NUMBER URL [CA]

MODE is `keep` (50 people take NUMBER steps each on kept connections), `new` (NUMBER people, 50 at
a time, take one step each), `hold` (NUMBER people take one step and stay: memory), `even` (NUMBER
people, one every `EVERY` ms, who stay for `STAY` s), or `unrecorded` (`keep`, with samples thrown
away). Writes one line of JSON.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
import psutil
from locust.env import Environment

from rentree.client import Client, shared_context
from rentree.crowd import Member
from rentree.load.recorder import Recorder
from rentree.person import Person
from rentree.plan import Behaviour
from rentree.platform import OK, Account, Answer, Platform, does
from rentree.sample import Sample
from rentree.trust import Trust

AT_ONCE = 50
FAR = 10**15  # µs


class Page(Platform):
    """The page, and how it is known."""

    name = "bench"

    @does("home")
    def home(self) -> Answer:
        """The page of 1 KiB, which must be the right one."""
        page = self.client.get("/")
        if page.status != 200:
            return Answer("error", f"HTTP {page.status}")
        return OK if b'data-page="home"' in page.body else Answer("wrong", "another page")


class Bench:
    """The stage: everybody is cast when they come."""

    behaviour = Behaviour(
        patience=20_000_000, retry_after=0, retry_jitter=0, retry_at_most=0, stay_until=FAR
    )
    compression = 1.0
    seed = "bench"
    end = FAR
    once = True
    worker = 1

    def __init__(self, url: str, ca: str | None, recorder: Recorder, t0: int) -> None:
        self._url, self._tls, self._t0 = url, shared_context(Trust(ca)), t0
        self._recorder = recorder
        self.opened, self.closed = recorder.opened, recorder.closed
        self._count = 0

    def now(self) -> int:
        """µs."""
        return (time.monotonic_ns() - self._t0) // 1000

    def cast(self, persona: str) -> tuple[Member, Account]:
        """The next pupil, due now."""
        self._count += 1
        who = f"grand-est/pupil-{self._count:05}"
        return Member(
            self._count, who, "grand-est", "grand-est/lycée-01", "lycée", "grand-est/lycée-01/c01",
            persona, f"127.16.{self._count // 250 % 250}.{self._count % 250 + 1}", who, "Pupil",
            True, self.now(), "ent",
        ), Account(who, "secret", "Pupil", persona)  # fmt: skip

    def client(self, member: Member) -> tuple[Client, str]:
        """A browser at their school's address."""
        client = Client(base=self._url, source=member.address, tls=self._tls, clock=self.now)
        return client, "straight"

    def platform(self, name: str, client: Client, account: Account) -> Platform:
        """The page."""
        return Page(client, account)

    def phase_at(self, moment: int) -> str:
        """There is one."""
        return "bell"

    def stay_until(self, draw: float) -> int:
        """Nobody stays."""
        return 0

    def finished(self) -> None:
        """Count who came to their end."""
        self._recorder.finished += 1


class Pupil(Person):
    """Takes so many steps, and then stays so long."""

    persona = "pupil"
    steps = 1
    stays = 0.0  # s

    def journey(self) -> None:
        """The page, again and again."""
        for _ in range(self.steps):
            self.step("home")
        if self.stays:
            gevent.sleep(self.stays)


class Forgetful(Recorder):
    """Keeps nothing: what recording costs is the difference."""

    def opened(self, sample: Sample) -> int:
        """Not noted."""
        return 0

    def closed(self, sample: Sample) -> None:
        """Not kept."""


Come = Callable[[], None]


def _keep(come: Come, people: Any, number: int) -> None:
    for _ in range(AT_ONCE):
        come()
    people.join()


def _new(come: Come, people: Any, number: int) -> None:
    for _ in range(number):
        while len(people) >= AT_ONCE:
            gevent.sleep(0.001)
        come()
    people.join()


def _hold(come: Come, people: Any, number: int) -> None:
    for _ in range(number):
        come()
        gevent.sleep(0.001)
    gevent.sleep(2.5)


def _even(come: Come, people: Any, number: int) -> None:
    every, began = float(os.environ["EVERY"]) / 1000, time.monotonic()
    for i in range(number):
        if (wait := began + i * every - time.monotonic()) > 0:
            gevent.sleep(wait)
        come()


CROWDS = {"keep": _keep, "unrecorded": _keep, "new": _new, "hold": _hold, "even": _even}


def main(mode: str, number: int, url: str, ca: str | None = None) -> dict[str, Any]:
    """One measurement."""
    environment = Environment(user_classes=[Pupil])
    people = environment.create_local_runner().user_greenlets
    t0 = time.monotonic_ns()
    with tempfile.TemporaryDirectory() as folder:
        kind = Forgetful if mode == "unrecorded" else Recorder
        blocks = Path(folder) / "worker-1.blocks"
        recorder = kind(blocks, 1, lambda: (time.monotonic_ns() - t0) // 1000)
        environment.stage = Bench(url, ca, recorder, t0)  # type: ignore[attr-defined]
        gevent.spawn(recorder.watch)
        gevent.spawn(recorder.write_on)

        def come() -> None:
            Pupil(environment).start(people)

        _new(come, people, AT_ONCE)  # everything is imported and warm
        Pupil.steps = number if CROWDS[mode] is _keep else 1
        Pupil.stays = 600.0 if mode == "hold" else float(os.environ.get("STAY", "0"))
        gc.collect()
        gc.freeze()
        gc.disable()
        cpu, began = time.process_time(), time.monotonic()
        memory = psutil.Process().memory_full_info().uss
        CROWDS[mode](come, people, number)
        spent, passed = time.process_time() - cpu, time.monotonic() - began
        grown = psutil.Process().memory_full_info().uss - memory
        gevent.sleep(float(os.environ.get("LINGER", "0")))
        recorder.finish(complete=True)
        waits, bad = _read(blocks)
    return {
        "steps": number * (AT_ONCE if CROWDS[mode] is _keep else 1), "cpu": spent, "wall": passed,
        "bytes": grown, "bad": len(bad), "why": bad[0].detail if bad else "",
        "waits": waits[AT_ONCE:],
    }  # fmt: skip


def _read(path: Path) -> tuple[list[int], list[Sample]]:
    """µs from due to done of each sample in order, and the samples that were not ok."""
    from rentree.block import BlockReader  # noqa: PLC0415  # after the measurement

    rows = [row for block in BlockReader(path).new() for row in block.samples]
    waits = [(row.done or 0) - row.due for row in rows]
    return waits, [row for row in rows if row.outcome != "ok"]


if __name__ == "__main__":
    facts = main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:5])
    if sys.argv[1] != "even":
        del facts["waits"]
    print(json.dumps(facts))  # noqa: T201  # its only output
    sys.stdout.flush()
    os._exit(0)
