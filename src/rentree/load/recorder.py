"""Keeps a worker's samples, block by block, once a second, durable before the next one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import gevent
from gevent.lock import RLock

from rentree.block import Block, BlockWriter
from rentree.ledger import Ledger
from rentree.load.monitor import Monitor
from rentree.sample import Sample

PERIOD = 1.0  # s between blocks
PERIOD_FED = 0.25  # s, where the parent finds the load by what comes back
TICK = 0.02  # s between looks at the event loop


class Recorder:
    """Collects what was opened and closed since the last block."""

    def __init__(
        self, path: Path, worker: int, clock: Callable[[], int], period: float = PERIOD
    ) -> None:
        self.worker = worker
        self.clock = clock
        self.period = period
        self.people: Callable[[], int] = int  # how many are there now; none yet
        self.finished = 0  # journeys that came to their end
        self._writer = BlockWriter(path)
        self._lock = RLock()  # blocks go to the disk one after another, none after the end mark
        self._ended = False
        self._number = 0
        self._seq = 0
        self._told = 0  # attempts from here on are in no block yet
        self._closed: list[Sample] = []
        self._open: dict[int, Sample] = {}
        self.monitor = Monitor()
        self.ledger = Ledger(path.with_name(f"ledger-{worker}.jsonl"), worker)

    def opened(self, sample: Sample) -> int:
        """Note that an attempt begins; returns its number."""
        seq = self._seq
        self._seq = seq + 1
        self._open[seq] = sample
        return seq

    def closed(self, sample: Sample) -> None:
        """Keep a sample."""
        self._open.pop(sample.seq, None)
        self._closed.append(sample)

    def watch(self) -> None:
        """Measure for ever how late the event loop wakes us."""
        while True:
            before = time.monotonic()
            gevent.sleep(TICK)
            late = time.monotonic() - before - TICK
            self.monitor.woken(round(late * 1e6))

    def write_on(self) -> None:
        """Write a block every `period` seconds, for ever."""
        while True:
            gevent.sleep(self.period)
            self.flush()

    def flush(self, *, end: bool = False) -> None:
        """Write what came since the last block; the disk is waited for off the event loop."""
        with self._lock:
            if not self._ended:
                self._ended = end
                self._write(end=end)

    def _write(self, *, end: bool) -> None:
        until, closed, told = self.clock(), self._closed, self._told
        opened = [row._replace(seq=seq) for seq, row in self._open.items() if seq >= told]
        self._closed, self._told = [], self._seq
        monitor = self.monitor.second(self.people())
        block = Block(
            self._number, self.worker, until, opened, closed, monitor, end, self.ledger.new()
        )  # fmt: skip
        self._number += 1
        gevent.get_hub().threadpool.apply(self._writer.append, (block,))

    def finish(self, *, complete: bool) -> None:
        """Write the last block; the end mark only when every journey came to its end."""
        with self._lock:
            self.flush(end=complete)
            self._ended = True
            self._writer.close()
