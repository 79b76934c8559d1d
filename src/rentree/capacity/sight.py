"""What is seen of a search while it goes on: attempts, who is there, and whether we are fit.

Blocks come a quarter of a second apart; the telemetry of a sandbox of ours, each second.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rentree.block import Block
from rentree.judge.generator import BUSY, LAG, LET_PASS, SHARE
from rentree.judge.validity import SILENT_SHARE, STARVED_SHARE
from rentree.quantity import SECOND, Span
from rentree.sample import Sample
from rentree.words import Words, both, number, percent


class Moment(NamedTuple):
    """How a load process fared between two blocks; µs of the run."""

    worker: int
    since: int
    until: int
    cpu: float  # cores
    loop_lag: int  # µs


class Second(NamedTuple):
    """What the sandbox said of one second."""

    t: int  # µs of the run
    steps: int
    late: int


@dataclass
class Sight:
    """Of a rung, what has come in since `forget`; of workers, their latest."""

    workers: int
    rows: list[Sample] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    under_way: dict[tuple[int, int], Sample] = field(default_factory=dict)  # (worker, seq)
    until: dict[int, int] = field(default_factory=dict)  # worker → all that ended before is known
    people: dict[int, int] = field(default_factory=dict)  # worker → how many are there

    def take(self, blocks: Iterable[Block]) -> None:
        """Take new blocks in."""
        for block in blocks:
            self.under_way.update(((row.worker, row.seq), row) for row in block.opened)
            for row in block.samples:
                self.under_way.pop((row.worker, row.seq), None)
            self.rows += block.samples
            told = block.monitor
            self.moments.append(
                Moment(
                    block.worker, self.until.get(block.worker, 0), block.until,
                    float(told.get("cpu") or 0), int(told.get("loop_lag") or 0),
                )
            )  # fmt: skip
            self.until[block.worker] = block.until
            self.people[block.worker] = int(told.get("people") or 0)

    def forget(self) -> None:
        """A new rung begins: what has ended is of no more concern."""
        self.rows, self.moments = [], []

    def quiet_since(self, moment: int) -> bool:
        """Whether all workers have told of what was begun until `moment`, and all has ended."""
        told = len(self.until) == self.workers and min(self.until.values()) > moment
        return told and not self.under_way

    @property
    def present(self) -> int:
        """How many people are there."""
        return sum(self.people.values())


def at_limit(moments: Iterable[Moment], window: Span) -> list[Words]:
    """Gate (g) of docs/verdict.md: a load process that was at its limit, each way in a sentence."""
    found = []
    inside = [m for m in moments if window.overlaps(Span(m.since, m.until))]
    for worker in sorted({m.worker for m in inside}):
        mine = [m for m in inside if m.worker == worker]
        of = sum(m.until - m.since for m in mine) / SECOND
        for name, over in (
            ("cpu", [m for m in mine if m.cpu >= BUSY]),
            ("lag", [m for m in mine if m.loop_lag >= LAG]),
        ):
            some = sum(m.until - m.since for m in over) / SECOND
            if some > LET_PASS and some > of * SHARE:
                found.append(_at_limit(worker, name, some, of))
    return found


def _at_limit(worker: int, name: str, some: float, of: float) -> Words:
    def say(lang: str) -> str:
        how = {
            "cpu": {"fr": "a pris un cœur entier", "en": "took a whole core"},
            "lag": {"fr": "a été en retard", "en": "was late"},
        }[name][lang]
        seconds = f"{number(some, lang, 1)} s", f"{number(of, lang, 1)} s"
        return {
            "fr": f"notre processus {worker} {how} pendant {seconds[0]} sur {seconds[1]}",
            "en": f"our worker {worker} {how} for {seconds[0]} of {seconds[1]}",
        }[lang]

    return both(say)


def starved(seconds: Iterable[Second], window: Span) -> list[Words]:
    """Gate (e): the sandbox that we started got too little of this machine, or said nothing."""
    inside = [one for one in seconds if one.t in window]
    steps, late = sum(one.steps for one in inside), sum(one.late for one in inside)
    if late > round(STARVED_SHARE * steps, 9):
        return [
            both(
                lambda lang: {
                    "fr": "cette machine a affamé le bac à sable "
                    f"({percent(late / steps, lang)} de pas en retard)",
                    "en": f"this machine starved the sandbox ({percent(late / steps, lang)} of "
                    "its clock's steps were late)",
                }[lang]
            )
        ]
    if len(inside) < (1 - SILENT_SHARE) * (window.length // SECOND) - 1:
        return [
            {
                "fr": "le bac à sable n’a pas donné de nouvelles",
                "en": "the sandbox gave no news of itself",
            }
        ]
    return []


def seconds_of(path: Path, t0: int) -> list[Second]:
    """The telemetry of a sandbox so far; `t0`: ns. A torn last line is left out."""
    found = []
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        found.append(Second((told["t"] - t0) // 1000, told["steps"], told["late_steps"]))
    return found
