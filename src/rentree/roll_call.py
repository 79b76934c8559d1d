"""Who of the load processes is at work, and how: into the journal and to whoever watches the run.

A worker of whom nothing was stored for more than `SILENT` is behind: it may be hung, its disk or
its line slow. What it has may come later; until then nobody knows what its people went through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rentree.clock_relation import LIMIT, astray
from rentree.fleet import Fleet, Worker
from rentree.journal import Journal

SILENT = 5_000_000  # µs without a block; one comes each second
CLOCKS_EVERY = 5_000_000  # µs between entries of a clock that is as it should be


@dataclass
class RollCall:
    """Call `take` a few times a second, after the fleet's blocks were read."""

    fleet: Fleet
    journal: Journal
    say: Callable[[str], None]
    behind: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    _astray: set[int] = field(default_factory=set)
    _clock_told: dict[int, int] = field(default_factory=dict)
    _master_told: bool = False

    def begin(self) -> None:
        """Everybody is ready."""
        for worker in self.fleet.workers:
            facts = {"about": worker.about} if worker.child is None else {}
            self.journal.write("worker", "ready", t=0, worker=worker.number, **facts)

    def take(self, now: int) -> None:
        """Write what is new at `now`, µs of the run, read before the blocks were."""
        why = self.fleet.master_gone()
        if why and not self._master_told and not self.fleet.done():
            self._master_told = True
            self.journal.write("note", "said", text=why)
            self.say(why)
        for worker in self.fleet.newly_over():
            self._over(worker)
        for worker in self.fleet.workers:
            if not worker.told:
                self._follow(worker, now)
        self._clocks(now)

    @property
    def trouble(self) -> str:
        """What is wrong with the fleet now, in words; empty when nothing is."""
        words = [f"worker {number} lost" for number in sorted(self.lost)]
        words += [f"worker {number} behind" for number in sorted(self.behind)]
        words += [f"worker {number}’s clock astray" for number in sorted(self._astray)]
        return ", ".join(words)

    def _over(self, worker: Worker) -> None:
        self.behind.discard(worker.number)
        self._astray.discard(worker.number)
        if worker.ended:
            self.journal.write("worker", "ended", worker=worker.number)
            return
        self.lost.add(worker.number)
        why = self.fleet.last_words(worker)
        self.journal.write(
            "worker", "lost", worker=worker.number, last_stored=worker.last_stored, why=why
        )
        self.say(f"worker {worker.number} is lost: {why}")

    def _follow(self, worker: Worker, now: int) -> None:
        silent = now - worker.last_stored > SILENT
        facts = {"worker": worker.number, "last_stored": worker.last_stored}
        if silent and worker.number not in self.behind:
            self.behind.add(worker.number)
            self.journal.write("worker", "behind", **facts)
            at = worker.last_stored / 1e6
            self.say(f"worker {worker.number} is behind: nothing of it since {at:.1f} s")
        elif not silent and worker.number in self.behind:
            self.behind.discard(worker.number)
            self.journal.write("worker", "back", **facts)
            self.say(f"worker {worker.number} is back")

    def _clocks(self, now: int) -> None:
        over = {worker.number for worker in self.fleet.workers if worker.told}
        for word in self.fleet.new_clocks():
            if word.worker in over:
                continue
            off = astray(word.used, word.relation) > LIMIT
            told = self._clock_told.get(word.worker)
            if (
                told is not None
                and now - told < CLOCKS_EVERY
                and off == (word.worker in self._astray)
            ):
                continue
            self._clock_told[word.worker] = now
            drift = word.relation.offset - word.used
            self.journal.write(
                "worker", "clock", t=max(now, 0), worker=word.worker, offset=word.used // 1000,
                error=-(-word.relation.error // 1000), drift=drift // 1000,
            )  # fmt: skip
            if off and word.worker not in self._astray:
                self.say(
                    f"worker {word.worker}’s clock went astray: {drift / 1e6:.1f} ms, "
                    f"known to {word.relation.error / 1e6:.1f} ms"
                )
            (self._astray.add if off else self._astray.discard)(word.worker)
