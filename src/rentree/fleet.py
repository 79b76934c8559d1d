"""The load processes seen from the parent: start them, tell them when, notice who is lost."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from rentree import process
from rentree.block import Block, BlockReader
from rentree.clock_relation import Relation
from rentree.errors import RentreeError
from rentree.worker_token import VARIABLE

STARTUP = 90.0  # s for Locust to be imported everywhere on a busy machine
JOIN = 900.0  # s for remote workers to be started by hand
FAREWELL = 4.0  # s in which remote workers send what they have


@dataclass
class Worker:
    """One load process; a remote one is no child of ours."""

    number: int
    child: subprocess.Popen[bytes] | None
    reader: BlockReader
    last_stored: int = 0  # µs: everything that ended before is on disk
    ended: bool = False  # its end mark was read
    told: bool = False  # its end, good or bad, is in the journal
    ready: bool = False
    gone: str = ""  # why a remote one is not with us any more
    about: dict[str, Any] | None = None  # a remote one's machine


class ClockWord(NamedTuple):
    """What a remote worker knows of its clock."""

    worker: int
    used: int  # ns: the offset by which its times were translated
    relation: Relation  # what the last seconds tell


@dataclass
class Remote:
    """How many workers are started by hand, and how they find us."""

    count: int = 0
    port: int = 0
    token: str = ""


@dataclass
class Fleet:
    """A Locust master and its local workers, all children of ours, and remote ones."""

    spec: Path
    work: Path
    count: int  # of our own
    remote: Remote = field(default_factory=Remote)
    say: Callable[[str], None] = print
    workers: list[Worker] = field(default_factory=list)
    master: subprocess.Popen[bytes] | None = None
    broken: str = ""  # what the master could not do
    _clocks: list[ClockWord] = field(default_factory=list)
    _lines: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)

    def start(self) -> None:
        """Start everybody and wait until all are ready, remote ones too.

        Raises:
            RentreeError: one did not come up; its last words are in the message.
        """
        log, remote = self.work / "master.log", self.remote
        words = [str(self.count)]
        if remote.count:
            words += [str(remote.count), str(remote.port), str(self.spec)]
        self.master = process.start(
            [sys.executable, "-P", "-m", "rentree.load.master", *words],
            log=log, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={VARIABLE: remote.token} if remote.count else None,
        )  # fmt: skip
        threading.Thread(target=self._listen, daemon=True).start()
        port = self._expect("port", log)["port"]
        for number in range(1, self.count + remote.count + 1):
            child = self._start_worker(number, port) if number <= self.count else None
            reader = BlockReader(self.work / f"worker-{number}.blocks")
            self.workers.append(Worker(number, child, reader))
        if remote.count:
            self.say(
                f"waiting for {remote.count} remote worker{'s' * (remote.count > 1)}: "
                f"rentree worker --master 127.0.0.1:{port}"
            )
        until = time.monotonic() + (JOIN if remote.count else STARTUP)
        while not all(worker.ready for worker in self.workers):
            self._next_line(until, log)

    def go(self, t0: int) -> None:
        """Tell every worker the moment the run begins (ns, CLOCK_MONOTONIC)."""
        self._tell({"t0": t0})
        self._expect("started", self.work / "master.log")

    def new_blocks(self) -> list[Block]:
        """The blocks stored since the last call, of all workers."""
        blocks: list[Block] = []
        self._take_lines()
        for worker in self.workers:
            for block in worker.reader.new():
                worker.last_stored, worker.ended = block.until, worker.ended or block.end
                blocks.append(block)
        return blocks

    def new_clocks(self) -> list[ClockWord]:
        """What remote workers said of their clocks since the last call."""
        words, self._clocks = self._clocks, []
        return words

    def newly_over(self) -> list[Worker]:
        """Workers that ended, or died before their end mark, each told once.

        Call after `new_blocks`; `Worker.ended` says which of the two it was.
        """
        over = [w for w in self.workers if not w.told and (w.ended or self._is_gone(w))]
        for worker in over:
            worker.told = True
        return over

    def done(self) -> bool:
        """Whether nobody is at work any more."""
        return all(
            (worker.child is None and worker.ended) or self._is_gone(worker)
            for worker in self.workers
        )

    def last_words(self, worker: Worker) -> str:
        """Why a worker ended: its signal or exit code, and the last line it logged."""
        if worker.child is None:
            return worker.gone or self.master_gone()
        return _why(worker.child, self.work / f"worker-{worker.number}.log")

    def master_gone(self) -> str:
        """Why the Locust master is no more; empty while it lives."""
        if self.master is None or self.master.poll() is None:
            return ""
        why = self.broken or _why(self.master, self.work / "master.log")
        return f"the Locust master is gone: {why}"

    def stop(self) -> None:
        """End everybody; workers keep what they have, remote ones send it."""
        for worker in self.workers:
            if worker.child is not None:
                process.stop(worker.child)
        if self.master is not None:
            self._stop_remote()
            process.stop(self.master)
            for pipe in (self.master.stdin, self.master.stdout):
                if pipe is not None:
                    pipe.close()

    def _start_worker(self, number: int, port: int) -> subprocess.Popen[bytes]:
        assert self.master is not None  # noqa: S101
        words = ["-m", "rentree.load.worker", str(self.spec), str(number), str(port)]
        words.append(str(self.master.pid))
        return process.start([sys.executable, *words], log=self.work / f"worker-{number}.log")

    def _stop_remote(self) -> None:
        def at_work() -> bool:
            return any(w.child is None and w.ready and not self._is_gone(w) for w in self.workers)

        if not at_work():
            return
        try:
            self._tell({"stop": True})
        except OSError:  # it is dead: their lease is over soon
            return
        until = time.monotonic() + FAREWELL
        while at_work() and time.monotonic() < until:
            time.sleep(0.05)
            self._take_lines()

    def _is_gone(self, worker: Worker) -> bool:
        if worker.child is None:
            return bool(worker.gone or self.master_gone())
        return worker.child.poll() is not None

    def _tell(self, told: dict[str, Any]) -> None:
        assert self.master is not None and self.master.stdin is not None  # noqa: S101, PT018
        self.master.stdin.write(json.dumps(told).encode() + b"\n")
        self.master.stdin.flush()

    def _listen(self) -> None:
        assert self.master is not None and self.master.stdout is not None  # noqa: S101, PT018
        try:
            for line in self.master.stdout:
                self._lines.put(json.loads(line))
        except ValueError:  # closed under us, or words of somebody who died
            return

    def _take_lines(self) -> None:
        while True:
            try:
                self._take(self._lines.get_nowait())
            except queue.Empty:
                return

    def _take(self, line: dict[str, Any]) -> None:
        """What the master says of its own accord."""
        by_number = {worker.number: worker for worker in self.workers}
        if "ready" in line and (worker := by_number.get(line["ready"])):
            worker.ready, worker.about = True, line.get("about")
            if worker.child is None:
                self.say(f"remote worker {worker.number} is ready")
        elif "joined" in line:
            self.say(f"remote worker {line['joined']} joins: {line['who']}")
            by_number[line["joined"]].gone = ""
        elif "refused" in line:
            self.say(f"a worker was refused: {line['refused']}")
        elif "gone" in line or "left" in line:
            worker = by_number[line["gone"] if "gone" in line else line["left"]]
            worker.gone, worker.ready = str(line.get("why") or "it was told to stop"), False
            if "why" in line:
                self.say(f"remote worker {worker.number}: {worker.gone}")
        elif "clock" in line and line["used"] is not None:
            relation = Relation(line["offset"], line["error"])
            self._clocks.append(ClockWord(line["clock"], line["used"], relation))
        elif "broken" in line:
            self.broken = line["broken"]

    def _expect(self, key: str, log: Path) -> dict[str, Any]:
        until = time.monotonic() + STARTUP
        while True:
            line = self._next_line(until, log)
            if key in line:
                return line

    def _next_line(self, until: float, log: Path) -> dict[str, Any]:
        """The next line of the master's, taken to heart. Raises RentreeError: there is none."""
        while time.monotonic() < until:
            try:
                line = self._lines.get(timeout=0.2)
            except queue.Empty:
                self._check_alive(log)
                continue
            self._take(line)
            return line
        missing = ", ".join(str(w.number) for w in self.workers if not w.ready)
        raise RentreeError(f"workers were not ready in time: {missing or 'all'}: see {log}")

    def _check_alive(self, log: Path) -> None:
        assert self.master is not None  # noqa: S101
        if self.master.poll() is not None:
            raise RentreeError(f"the Locust master did not come up: {_why(self.master, log)}")
        for worker in self.workers:
            if worker.child is not None and worker.child.poll() is not None:
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
