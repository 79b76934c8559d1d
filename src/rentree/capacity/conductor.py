"""Leads a search: rung after rung is fed to the load processes, followed and judged.

One platform and one fleet serve for all rungs. The load stays open: who comes, and whose turn it
is, is due by the clock, whatever the platform does. Between two rungs everything that was begun
comes to its end.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rentree.block import Block
from rentree.capacity.promise import InTime, limit_of
from rentree.capacity.quest import Quest
from rentree.capacity.record import SEARCH
from rentree.capacity.rung import Judged, Rung, hopeless, judge, time_taken, why
from rentree.capacity.search import Found, Next, Try, decide, so_far
from rentree.capacity.sight import Sight, at_limit, seconds_of, starved
from rentree.capacity.traffic import visit
from rentree.capacity.troubles import (
    GONE,
    NEVER_CALM,
    NEVER_FREE,
    SILENT,
    TOO_MANY,
    UNMANNED,
    too_short,
)
from rentree.crowd import Member
from rentree.evidence import write_json
from rentree.feed import Feeds, Turn
from rentree.journal import Journal
from rentree.quantity import SECOND, Span
from rentree.reach import Reach
from rentree.sample import SIGN_IN, SIGN_OUT, Sample
from rentree.sandbox.telemetry import SECONDS
from rentree.words import Words, both

AHEAD = 1_500_000  # µs that workers are told beforehand; we look twice a second
COUNT = 40  # who comes in a window, or turns, at least: a window lasts up to LONGER for it
LONGER = 4  # times the window that was asked
SPARE = 1.25  # times the people whom a load that holds can need
PACE = 1 / 3  # of the best rate so far: at which people come in and go out between rungs
PACE_OUT = 0.8  # likewise, where the rate is of people who sign in: going out is less work
SLOWEST = 2.0  # people a second, likewise
WARMER = 1.5  # times what a journey takes: the warm-up, at least
CALM = 30 * SECOND  # for a platform that bore too much to serve somebody alone again
DRAIN = 60 * SECOND  # for what was begun to end
SLACK = 4 * SECOND  # of time that a rung takes beside its load
OVERTIME = 20 * SECOND  # in which a rung that was begun in time may end


@dataclass
class Conductor:
    """Implements `rentree.parties.Conductor`; `people` in the order in which they come."""

    quest: Quest
    people: Sequence[Member]
    workers: int
    sandbox: bool  # ours, started for this: it tells how it fares
    asked: dict[str, Any]  # what was asked, for the evidence
    say: Callable[[Judged], None] = lambda _: None
    over: bool = False
    found: Found | None = None  # once it is over
    judged: list[Judged] = field(default_factory=list)
    doing: str = "starting"  # for the display
    trouble: Words | None = None  # why it ended before its time
    at_ease: int | None = None  # µs that a journey, or an attempt, takes when a rung held
    took: int = 0  # µs of the run
    calm: list[Sample] = field(default_factory=list)  # the attempts of the first rung that held

    def begin(self, folder: Path, t0: int, reached: Reach, journal: Journal) -> None:
        """Make ready; ceilings of an authorisation bound the search."""
        write_json(folder / "raw" / SEARCH, self.asked)
        self._work, self._t0, self._journal = folder / "work", t0, journal
        self._feeds = Feeds(self._work, self.workers)
        self._sight = Sight(self.workers)
        self._now = self._came = 0
        ceilings = [granted.document.ceilings for granted in reached.granted]
        self._visits_left = min((c.people for c in ceilings), default=10**9)
        if not self.quest.standing:
            most = min([self.quest.wanted.most, *(c.arrivals_per_second for c in ceilings)])
            self.quest = replace(self.quest, wanted=replace(self.quest.wanted, most=most))
        self._warm = self.quest.warm
        self._course = self._lead()

    def take(self, blocks: Sequence[Block], now: int) -> None:
        """One look: what came in, and what is to be done next."""
        if self.over:
            return
        self._sight.take(blocks)
        self._now = self.took = now
        if now > self.quest.at_most + OVERTIME:
            self._end()
        else:
            next(self._course, None)
        self._feeds.flush()

    def platform_gone(self) -> None:
        """The platform that we started is dead: what the tries told until then stands."""
        self._end(GONE)

    @property
    def tries(self) -> list[Try]:
        """What came of each rung."""
        return [Try(one.rung.rate, one.outcome) for one in self.judged]

    def _end(self, trouble: Words | None = None) -> None:
        if self.over:
            return
        self.trouble = self.trouble or trouble
        self.found = self.found or so_far(self.tries, "time" if self.trouble is None else "trouble")
        self.over = True
        self._feeds.end()

    def _lead(self) -> Generator[None, None, None]:
        """The whole search; each `yield` is a look."""
        while isinstance(step := decide(self.tries, self.quest.wanted), Next):
            rung = self._rung(step)
            if self._ends(rung) > self.quest.at_most:
                break
            if not self._may_come(rung):
                self.trouble = TOO_MANY
                break
            if not (yield from self._gather(step.rate)):
                self.trouble = self._unmanned()
                break
            yield from self._try(self._rung(step))
            if self.trouble is not None:
                break
        if isinstance(step, Found):
            self.found = step
        self.doing = "ending"
        yield from self._out()
        self._end()

    def _rung(self, step: Next) -> Rung:
        """The rung that begins soon."""
        share = 0.5 if step.coarse else 1.0
        asked = self.quest.window * share
        length = min(max(asked, COUNT * share / step.rate * SECOND), LONGER * asked)
        begins = self._now + SECOND
        start = begins + round(max(self._warm * share, self._warm - self.quest.warm / 2))
        return Rung(len(self.judged) + 1, step.rate, begins, Span(start, start + round(length)))

    def _ends(self, rung: Rung) -> int:
        """By when, at least, a rung would be done with, and everybody out."""
        needed, present = self._needed(rung.rate), self._sight.present
        moving = rung.count if self.quest.only == SIGN_IN else 0
        if self.quest.standing:
            moving = max(0, needed - present) + max(needed, present)
        return rung.window.end + SLACK + round(moving / self._pace() * SECOND)

    def _may_come(self, rung: Rung) -> bool:
        """Whether so many more visits are allowed; counted here."""
        if self.quest.standing:
            return self._visits_left >= self._needed(rung.rate) - self._sight.present
        self._visits_left -= rung.count
        return self._visits_left >= 0

    def _try(self, rung: Rung) -> Generator[None, None, None]:
        self._sight.forget()
        came: dict[str, int] = {}
        stopped = yield from self._send(rung, came)
        self.doing = "waiting for the last answers"
        quiet = yield from self._drain()
        unfit = at_limit(self._sight.moments, rung.window)
        if self.sandbox:
            told = seconds_of(self._work / SECONDS, self._t0)
            window = Span(rung.window.start, min(rung.window.end, stopped or rung.window.end))
            unfit += starved(told, window)
        if not quiet:
            self.trouble = NEVER_FREE
            silent = self._now - min(self._sight.until.values(), default=0) > 5 * SECOND
            unfit += [SILENT] if silent else []
        rows = self._sight.rows + [
            row._replace(outcome="timeout") for row in self._sight.under_way.values() if not quiet
        ]
        rows = self._rows_of(rows)
        walked = came if self.quest.only is None else None
        judged = judge(
            rung, rows, self.quest.promises, came=walked, unfit=unfit, stopped_at=stopped
        )
        judged = self._warm_enough(judged, time_taken(rows, walked))
        self._keep(judged)
        if judged.outcome == "held" and not self.calm:
            self.calm = rows
        if self.quest.only == SIGN_IN:
            yield from self._out()
        if judged.outcome == "failed" and self.trouble is None:
            yield from self._calm_down()

    def _send(self, rung: Rung, came: dict[str, int]) -> Generator[None, None, int | None]:
        """Feed a rung; the moment at which it was given up, if it was."""
        k, quest = 0, self.quest
        in_all = round(rung.window.length / SECOND * rung.rate) * (
            quest.steps_each if quest.only is None else 1
        )
        while k < rung.count or self._now < rung.window.end:
            self.doing = "warming up" if self._now < rung.window.start else "measuring"
            while k < rung.count and rung.due(k) < self._now + AHEAD:
                self._one_more(k, rung.number, rung.due(k), came)
                k += 1
            yield
            rows, open_ = self._sight.rows, self._sight.under_way.values()
            if hopeless(rung, rows, open_, self._now, quest.promises, in_all=in_all):
                return self._now
        return None

    def _one_more(self, k: int, rung: int, due: int, came: dict[str, int]) -> None:
        """The k-th of a rung: somebody comes, or whoever is inside has a turn."""
        if self.quest.standing:
            self._feeds.put(k, Turn(due, str(self.quest.only)))
            return
        member = visit(self.people, k, rung, due)
        came[member.person] = due
        self._feeds.put(k, member)

    def _drain(self) -> Generator[None, None, bool]:
        """Wait for all that was begun to end; False: it does not."""
        until = self._now + max(DRAIN, self.quest.patience + DRAIN // 4)
        while self._now < until:
            walking = self.quest.only is None and self._sight.present > 0
            if self._sight.quiet_since(self._feeds.last) and not walking:
                return True
            yield
        return False

    def _calm_down(self) -> Generator[None, None, None]:
        """Until somebody alone gets through again, so that no rung pays for the one before."""
        self.doing = "letting the platform calm down"
        until = self._now + CALM
        while self._now < until:
            self._sight.forget()
            self._visits_left -= 1
            self._one_more(0, 0, self._now + SECOND // 2, {})
            if not (yield from self._drain()):
                break
            rows = self._rows_of(self._sight.rows)
            if self.quest.only == SIGN_IN:
                yield from self._out()
            timely = [p for p in self.quest.promises if isinstance(p, InTime)]
            if rows and not any(p.broken_by(r) for p in timely for r in rows if p.concerns(r)):
                return
        self.trouble = NEVER_CALM

    def _rows_of(self, rows: Sequence[Sample]) -> list[Sample]:
        """Those that are judged: of journeys all."""
        return [row for row in rows if self.quest.only in (None, row.step)]

    def _gather(self, rate: float) -> Generator[None, None, bool]:
        """Bring in as many as a rung needs; False: they do not come in."""
        for _ in range(3):
            lacking = self._needed(rate) - self._sight.present
            if lacking <= 0:
                return True
            self.doing = "people come in"
            self._sight.forget()
            self._visits_left -= lacking
            start, pace = self._now + SECOND, self._pace()
            for i in range(lacking):
                due = start + round(i / pace * SECOND)
                self._feeds.put(self._came, visit(self.people, self._came, 0, due))
                self._came += 1
            while not self._sight.quiet_since(self._feeds.last):
                if self._now > self._feeds.last + DRAIN:
                    return False
                yield
        return self._sight.present >= self._needed(rate) / SPARE

    def _out(self) -> Generator[None, None, None]:
        """Let everybody who is inside sign out."""
        start, pace, present = self._now + SECOND, self._pace(), self._sight.present
        if not present or self.quest.only is None:
            return
        self.doing = "people go out"
        for i in range(present + self.workers):  # they are not shared out exactly
            self._feeds.put(i, Turn(start + round(i / pace * SECOND), SIGN_OUT))
        while self._sight.present and self._now < self._feeds.last + DRAIN / 4:
            yield

    def _needed(self, rate: float) -> int:
        """How many must be inside so that a load that holds always finds somebody free."""
        if not self.quest.standing or self.quest.only is None:
            return 0
        limit = limit_of(self.quest.promises, self.quest.only)
        return min(len(self.people), math.ceil(rate * limit / SECOND * SPARE) + 2 * self.workers)

    def _unmanned(self) -> Words:
        """Why people do not come in, as they are told most often."""
        whys = Counter(why(row) or row.outcome for row in self._sight.rows if row.outcome != "ok")
        told = "".join(f" ({reason})" for reason, _ in whys.most_common(1))
        return both(lambda lang: UNMANNED[lang] + told)

    def _pace(self) -> float:
        """People a second who come in or go out between rungs."""
        best = so_far(self.tries).holds or self.quest.wanted.start
        return max(SLOWEST, best * (PACE_OUT if self.quest.only == SIGN_IN else PACE))

    def _keep(self, judged: Judged) -> None:
        self.judged.append(judged)
        rung = judged.rung
        self._journal.write(
            "rung", judged.outcome, t=rung.begins, number=rung.number, rate=rung.rate,
            window=[rung.window.start, rung.window.end], offered=judged.offered,
            ended=judged.ended, through=judged.through, p95=judged.p95, why=judged.why["en"],
            stopped=judged.stopped,
        )  # fmt: skip
        self.say(judged)

    def _warm_enough(self, judged: Judged, took: int) -> Judged:
        """What only lacks ends may have had too short a warm-up: then a longer one is tried.

        `took`: what a journey or an attempt took, µs. Once a rung has held, it is known how long
        that is at ease.
        """
        warm = judged.rung.window.start - judged.rung.begins
        if judged.outcome == "held" and self.at_ease is None:
            self.at_ease = took
            self._warm = min(DRAIN, max(self.quest.warm, round(took * WARMER)))
        kept = judged.outcome == "failed" and all(kind.kept for kind in judged.kinds)
        if not kept or self.at_ease is not None or took <= warm or self._warm >= DRAIN:
            return judged
        self._warm = min(DRAIN, round(took * WARMER))
        return replace(judged, outcome="unfit", why=too_short(took))
