"""Load processes without a platform: people who find the door closed arrive all the same."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rentree.begin import write_load_spec
from rentree.evidence import write_json
from rentree.fleet import Fleet, Remote
from rentree.plan import dump
from rentree.prepare import Request, prepare
from rentree.reach import of_sandbox
from rentree.worker_token import VARIABLE

TOKEN = "a token for tests only"


def free_port() -> int:
    """A port at which nobody listens now."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def wait_for(
    what: Callable[[], object], seconds: float, first: Callable[[], object] = lambda: None
) -> None:
    """Wait for something true."""
    until = time.monotonic() + seconds
    while True:
        first()
        if what():
            return
        assert time.monotonic() < until
        time.sleep(0.05)


class Load:
    """A fleet, and workers that are started by hand."""

    def __init__(self, folder: Path, local: int, remote: int, clock: float) -> None:
        prepared = prepare(
            Request("essai", sandbox="rentree", seed=7, clock=clock, workers=local,
                    remote_workers=remote)
        )  # fmt: skip
        self.said: list[str] = []
        self.folder, self.members = folder, prepared.members
        (folder / "raw").mkdir(parents=True)
        (folder / "work").mkdir()
        write_json(folder / "raw" / "plan.json", dump(prepared.plan))
        (folder / "raw" / "profile.yaml").write_text(prepared.resolved, encoding="utf-8")
        closed = of_sandbox({"portal": f"http://127.0.0.1:{free_port()}"}, prepared.adapters)
        spec = write_load_spec(folder, prepared, closed, [])
        self.port = free_port()
        found = Remote(remote, self.port, TOKEN)
        self.fleet = Fleet(spec, folder / "work", local, found, self.said.append)
        self._by_hand: list[subprocess.Popen[str]] = []

    def by_hand(
        self,
        *words: str,
        token: str = TOKEN,
        before: tuple[str, ...] = (),
        code: str = "",
        port: int = 0,
    ) -> subprocess.Popen[str]:
        """`rentree worker` of this fleet.

        `before` it another command, `code` another source, `port` another way to the master.
        """
        env = {**os.environ, VARIABLE: token}
        if code:
            env["PYTHONPATH"] = code
        worker = subprocess.Popen(
            [*before, sys.executable, "-c", "from rentree.cli import main; main()", "worker",
             "--master", f"127.0.0.1:{port or self.port}", *words],
            env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._by_hand.append(worker)
        return worker

    def close(self) -> None:
        """End everybody."""
        self.fleet.stop()
        for worker in self._by_hand:
            if worker.poll() is None:
                worker.kill()
            worker.communicate()


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[[int, int, float], Load]]:
    """Makes a fleet of so many local and remote workers, for `essai` at a clock."""
    made: list[Load] = []

    def make(local: int, remote: int, clock: float) -> Load:
        made.append(Load(tmp_path / str(len(made)), local, remote, clock))
        return made[-1]

    yield make
    for one in made:
        one.close()
