"""A platform and two load processes in simulated time, for searches that take no time at all."""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from rentree.block import Block
from rentree.capacity.conductor import Conductor
from rentree.crowd import Member
from rentree.feed import NOBODY_FREE, FeedReader, Turn, path_of
from rentree.quantity import SECOND
from rentree.sample import SIGN_IN, SIGN_OUT, Sample

LOOK = SECOND // 2


def members(count: int) -> list[Member]:
    """Pupils and, one in ten, teachers."""
    personas = ["teacher" if i % 10 == 0 else "pupil" for i in range(count)]
    return [
        Member(i, f"t/{persona}-{i}", "t", "s", "l", "c", persona, "127.16.0.1", f"l{i}", f"N {i}",
               True, i * 1000, "ent")
        for i, persona in enumerate(personas)
    ]  # fmt: skip


@dataclass
class Platform:
    """`servers` that work in order of arrival; what a step costs, µs of one server."""

    servers: int
    cost: Callable[[str], int]
    outcome: Callable[[str, int], str] = lambda *_: "ok"  # of a step at a moment
    answers: Callable[[int], bool] = lambda *_: True  # at a moment
    late: Callable[[int], int] = lambda *_: 0  # µs by which we send late, so many under way
    free: list[int] = field(default_factory=list)

    def serve(self, now: int, step: str) -> int | None:
        """When the answer comes."""
        if not self.answers(now):
            return None
        self.free = self.free or [0] * self.servers
        start = max(now, self.free[0])
        done = start + self.cost(step)
        heapq.heapreplace(self.free, done)
        return done


class Event(NamedTuple):
    """Somebody begins a step."""

    at: int
    number: int
    worker: int
    person: str
    persona: str
    step: str
    rest: tuple[str, ...]  # of the journey
    turn: bool


class World:
    """Two workers and a platform; `run` leads a search to its end."""

    def __init__(
        self, folder: Path, platform: Platform, journeys: dict[str, list[str]], patience: int
    ) -> None:
        self.work, self.platform = folder / "work", platform
        self.journeys, self.patience = journeys, patience
        (folder / "raw").mkdir(parents=True)
        self.work.mkdir()
        self.readers = {n: FeedReader(path_of(self.work, n)) for n in (1, 2)}
        self.idle: dict[int, list[tuple[int, str]]] = {1: [], 2: []}  # since when, who
        self.inside = {1: 0, 2: 0}
        self.events: list[Event] = []
        self.turns: list[tuple[int, int, Turn]] = []
        self.ending: list[tuple[int, Sample]] = []
        self.seq = 0
        self.journal: list[dict[str, Any]] = []

    def write(self, event: str, state: str, **facts: Any) -> None:
        """The journal."""
        self.journal.append({"event": event, "state": state, **facts})

    def run(self, conductor: Conductor, most: int = 600 * SECOND) -> int:
        """Lead a search; returns its length, µs."""
        reached: Any = type("Nothing", (), {"granted": []})
        conductor.begin(self.work.parent, 0, reached, self)  # type: ignore[arg-type]
        now = 0
        while not conductor.over:
            assert now < most, "the search does not end"
            conductor.take(self.blocks(now, standing=conductor.quest.only is not None), now)
            now += LOOK
        return now

    def blocks(self, now: int, *, standing: bool) -> list[Block]:
        """What has happened until now."""
        self._read()
        opened: list[tuple[int, Sample]] = []
        self._go_on(now, opened, standing=standing)
        blocks = []
        for worker in (1, 2):
            ended = [(at, row) for at, row in self.ending if at <= now and row.worker == worker]
            self.ending = [e for e in self.ending if not (e[0] <= now and e[1].worker == worker)]
            blocks.append(
                Block(
                    0, worker, now, [row for w, row in opened if w == worker],
                    [row for _, row in ended],
                    {"cpu": 0.2, "loop_lag": 0, "people": self.inside[worker]},
                )
            )  # fmt: skip
            if not standing:
                gone = [row for _, row in ended if json.loads(row.detail).get("last")]
                self.inside[worker] -= len(gone)
                blocks[-1].monitor["people"] = self.inside[worker]
        return blocks

    def _read(self) -> None:
        for worker, reader in self.readers.items():
            for row in reader.new():
                self.seq += 1
                if isinstance(row, Turn):
                    heapq.heappush(self.turns, (row.due, self.seq * 10 + worker, row))
                    continue
                self.inside[worker] += 1
                steps = tuple(self.journeys[row.persona])
                heapq.heappush(
                    self.events,
                    Event(row.due, self.seq, worker, row.person, row.persona, steps[0], steps[1:],
                          turn=False),
                )  # fmt: skip

    def _go_on(self, now: int, opened: list[tuple[int, Sample]], *, standing: bool) -> None:
        while True:
            next_turn = self.turns[0][0] if self.turns else now
            next_event = self.events[0].at if self.events else now
            if min(next_turn, next_event) >= now:
                return
            if next_turn <= next_event:
                _, key, turn = heapq.heappop(self.turns)
                self._turn(key % 10, turn)
            else:
                self._begin(heapq.heappop(self.events), opened, standing=standing)

    def _turn(self, worker: int, turn: Turn) -> None:
        free = [at for at in self.idle[worker] if at[0] <= turn.due]
        if not free:
            detail = json.dumps({"why": NOBODY_FREE})
            row = _row(worker, self._next(), "", turn.step, turn.due)
            row = row._replace(outcome="not_sent", done=None, sent=None, detail=detail)
            self.ending.append((turn.due, row))
            return
        who = min(free)
        self.idle[worker].remove(who)
        event = Event(turn.due, self._next(), worker, who[1], "pupil", turn.step, (), turn=True)
        heapq.heappush(self.events, event)

    def _begin(self, event: Event, opened: list[tuple[int, Sample]], *, standing: bool) -> None:
        waiting = sum(ends > event.at for ends, _ in self.ending)
        sent = event.at + self.platform.late(waiting)
        done = self.platform.serve(sent, event.step)
        outcome = self.platform.outcome(event.step, event.at)
        if done is None or done - sent > self.patience:
            done, outcome = sent + self.patience, "timeout"
        row = _row(event.worker, self._next(), event.person, event.step, event.at)
        opened.append((event.worker, row))
        goes_on = outcome == "ok" and bool(event.rest)
        last = not standing and not goes_on
        self.ending.append(
            (done, row._replace(sent=sent, done=done, outcome=outcome,  # type: ignore[arg-type]
                                detail=json.dumps({"last": last, "hops": [["GET", "/", 200, 1]]})))
        )  # fmt: skip
        if standing:
            if event.step == SIGN_OUT:
                self.inside[event.worker] -= 1
            elif event.turn or event.step == SIGN_IN:
                self.idle[event.worker].append((done, event.person))
        elif goes_on:
            think = 50_000
            heapq.heappush(
                self.events,
                event._replace(at=done + think, number=self._next(), step=event.rest[0],
                               rest=event.rest[1:]),
            )  # fmt: skip
        else:
            for step in event.rest:
                gone = _row(event.worker, self._next(), event.person, step, done)
                self.ending.append((done, gone._replace(done=done, outcome="abandoned")))

    def _next(self) -> int:
        self.seq += 1
        return self.seq


def _row(worker: int, seq: int, person: str, step: str, due: int) -> Sample:
    return Sample(
        seq, worker, "capacity", "t", "s", "l", "pupil", person, "ent", step, 1, due, due, None,
        None, "not_sent", 200, 0, "127.16.0.1", "straight", None, "", "{}",
    )  # fmt: skip


def each(cost: int) -> Callable[[str], int]:
    """Every step costs as much, µs."""

    def say(_: str) -> int:
        return cost

    return say


def noisy(mean: int, seed: int) -> Callable[[str], int]:
    """Service times that are spread as an exponential is, µs."""
    draw = random.Random(seed)

    def say(_: str) -> int:
        return max(1, round(draw.expovariate(1 / mean)))

    return say


def by_step(costs: dict[str, int]) -> Callable[[str], int]:
    """What each step costs."""
    return lambda step: costs[step]
