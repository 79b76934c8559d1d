"""The load processes seen from the parent: start them, tell them when, notice who is lost."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rentree import process
from rentree.block import Block, BlockReader
from rentree.errors import RentreeError

STARTUP = 90.0  # s for Locust to be imported everywhere on a busy machine


@dataclass
class Worker:
    """One load process."""

    number: int
    child: subprocess.Popen[bytes]
    reader: BlockReader
    last_stored: int = 0  # µs: everything that ended before is on disk
    ended: bool = False  # its end mark was read
    told: bool = False  # its end, good or bad, is in the journal


@dataclass
class Fleet:
    """A Locust master and its workers, all children of ours."""

    spec: Path
    work: Path
    count: int
    workers: list[Worker] = field(default_factory=list)
    master: subprocess.Popen[bytes] | None = None
    _lines: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)

    def start(self) -> None:
        """Start everybody and wait until all are ready.

        Raises:
            RentreeError: one did not come up; its last words are in the message.
        """
        log = self.work / "master.log"
        self.master = process.start(
            [sys.executable, "-P", "-m", "rentree.load.master", str(self.count)],
            log=log, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        threading.Thread(target=self._listen, daemon=True).start()
        port = self._expect("port", log)["port"]
        for number in range(1, self.count + 1):
            child = process.start(
                [
                    sys.executable,
                    "-m",
                    "rentree.load.worker",
                    str(self.spec),
                    str(number),
                    str(port),
                ],
                log=self.work / f"worker-{number}.log",
            )
            reader = BlockReader(self.work / f"worker-{number}.blocks")
            self.workers.append(Worker(number, child, reader))
        for _ in self.workers:
            self._expect("ready", log)

    def go(self, t0: int) -> None:
        """Tell every worker the moment the run begins (ns, CLOCK_MONOTONIC)."""
        assert self.master is not None and self.master.stdin is not None  # noqa: S101, PT018
        self.master.stdin.write(json.dumps({"t0": t0}).encode() + b"\n")
        self.master.stdin.flush()
        self._expect("started", self.work / "master.log")

    def new_blocks(self) -> list[Block]:
        """The blocks stored since the last call, of all workers."""
        blocks: list[Block] = []
        for worker in self.workers:
            for block in worker.reader.new():
                worker.last_stored, worker.ended = block.until, worker.ended or block.end
                blocks.append(block)
        return blocks

    def newly_over(self) -> list[Worker]:
        """Workers that ended, or died before their end mark, each told once.

        Call after `new_blocks`; `Worker.ended` says which of the two it was.
        """
        over = [w for w in self.workers if not w.told and (w.ended or w.child.poll() is not None)]
        for worker in over:
            worker.told = True
        return over

    def done(self) -> bool:
        """Whether nobody is at work any more."""
        return all(worker.child.poll() is not None for worker in self.workers)

    def last_words(self, worker: Worker) -> str:
        """Why a worker ended: its signal or exit code, and the last line it logged."""
        return _why(worker.child, self.work / f"worker-{worker.number}.log")

    def stop(self) -> None:
        """End everybody; workers keep what they have."""
        for worker in self.workers:
            process.stop(worker.child)
        if self.master is not None:
            process.stop(self.master)
            for pipe in (self.master.stdin, self.master.stdout):
                if pipe is not None:
                    pipe.close()

    def _listen(self) -> None:
        assert self.master is not None and self.master.stdout is not None  # noqa: S101, PT018
        try:
            for line in self.master.stdout:
                self._lines.put(json.loads(line))
        except ValueError:  # closed under us, or words of somebody who died
            return

    def _expect(self, key: str, log: Path) -> dict[str, Any]:
        until = time.monotonic() + STARTUP
        while time.monotonic() < until:
            try:
                line = self._lines.get(timeout=0.2)
            except queue.Empty:
                self._check_alive(log)
                continue
            if key in line:
                return line
        raise RentreeError(f"the load processes were not ready after {STARTUP:.0f} s: see {log}")

    def _check_alive(self, log: Path) -> None:
        assert self.master is not None  # noqa: S101
        if self.master.poll() is not None:
            raise RentreeError(f"the Locust master did not come up: {_why(self.master, log)}")
        for worker in self.workers:
            if worker.child.poll() is not None:
                raise RentreeError(
                    f"worker {worker.number} did not come up: {self.last_words(worker)}"
                )


def _why(child: subprocess.Popen[bytes], log: Path) -> str:
    code = child.poll()
    how = f"ended by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    lines = (
        log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        if log.exists()
        else []
    )
    return f"{how}; {lines[-1][:300]}" if lines else how
