"""Reading back what was written, once the run is over: by owners, teachers, and after a restart.

The parent's side; the child that signs in is `rentree.load.readback`. What nobody could read
is never read, and never a pass.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from rentree import process
from rentree.crowd import Member
from rentree.journal import Journal
from rentree.ledger import rows_of
from rentree.plan import Plan
from rentree.quantity import SECOND
from rentree.slo import NothingLost

TICK = 0.1  # s between looks at the child
SPARE = 15.0  # s that the child may take beyond the time to read

Hosts = dict[str, dict[str, str]]  # platform → name of a host → URL


@dataclass
class ReadBack:
    """What it needs of the run. `beat`: called all the time; True when the run must end now."""

    plan: Plan
    members: Sequence[Member]
    work: Path
    t0: int  # ns of the monotonic clock
    journal: Journal
    say: Callable[[str], None]
    beat: Callable[[], bool]

    def asked(self) -> bool:
        """Whether anything is to be read back."""
        return self._seconds() > 0 and bool(self._writers())

    def read(self, restart: Callable[[], Hosts] | None, *, gone: bool) -> None:
        """Owners, their teachers, and owners again; after a restart where we can make one.

        `restart` ends our sandbox, starts it again on what it kept, and tells its new hosts; a
        sandbox that is `gone` is read after that only.

        Raises:
            RentreeError: the sandbox did not come up again.
        """
        writers = self._writers()
        if not gone:
            self._pass("own", writers, {})
            self._pass("teacher", self._teachers(writers), {})
        if restart is not None:
            self.say("starting the sandbox again, to read what it kept")
            self.journal.write("check", "restarted")
            self._pass("own, restarted", writers, restart())
        elif not gone:
            self._pass("own, again", writers, {})

    def _pass(self, view: str, logins: Collection[str], hosts: Hosts) -> None:
        if not logins:
            return
        self.say(f"reading back what was handed in ({view}, {len(logins)} people)")
        self.journal.write("check", "begins", name=view, people=len(logins))
        task, seconds = self.work / "readback.json", self._seconds()
        told = {
            "view": view, "logins": sorted(logins), "hosts": hosts, "seconds": seconds,
            "t0": self.t0,
        }  # fmt: skip
        task.write_text(json.dumps(told), encoding="utf-8")
        words = [str(self.work / "load.json"), str(task), str(self.work / "reads.jsonl")]
        child = process.start(
            [sys.executable, "-P", "-m", "rentree.load.readback", *words],
            log=self.work / "readback.log",
        )
        try:
            self._wait(child, time.monotonic() + seconds + SPARE)
        finally:
            process.stop(child)
        self.journal.write("check", "ends", name=view, code=child.returncode)

    def _wait(self, child: subprocess.Popen[bytes], until: float) -> None:
        while child.poll() is None and time.monotonic() < until and not self.beat():
            time.sleep(TICK)

    def _seconds(self) -> float:
        times = [slo.read_for for slo in self.plan.slos if isinstance(slo, NothingLost)]
        return max(times, default=0) / SECOND

    def _writers(self) -> set[str]:
        """The logins of those who wrote, whatever became of it."""
        wrote = {row.person for rows in rows_of(self.work).values() for row in rows}
        return {m.login for m in self.members if m.person in wrote}

    def _teachers(self, writers: Collection[str]) -> set[str]:
        """One teacher of each class in which somebody wrote."""
        classes = {(m.territory, m.school, m.class_) for m in self.members if m.login in writers}
        first: dict[tuple[str, str, str], str] = {}
        for m in self.members:
            place = (m.territory, m.school, m.class_)
            if m.persona == "teacher" and place in classes:
                first.setdefault(place, m.login)
        return set(first.values())
