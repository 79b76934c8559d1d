"""What a run would look like, reckoned before anything is sent: flows and sessions, if all is well.

If all is well every answer comes at once and nobody is refused: a person's session is open from
the moment they are due to their journey's end. Think times count with their mean. Pure; the crowd
is counted into bins once, and the rest is arithmetic on these, so that a country takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rentree.crowd import Crowd
from rentree.plan import Plan
from rentree.quantity import SECOND
from rentree.sample import CREATE_ACCOUNT, SIGN_IN, SIGN_OUT
from rentree.walks import key_of, persona_of

Counts = NDArray[np.float64]
Move = Sequence[str | float]  # ("step", name), ("think", least, most; s of the scenario), ("stay",)
Walks = Mapping[str, Sequence[Move]]  # persona (`rentree.walks`) → its journey, move by move

LEAVE_OVER = 0.8  # of what remains of the run after the stay (rentree.load.stage)
_BINS = 500_000
_AT_ONCE = 2_000_000  # people that are counted in one go
OFF = 0.1  # of Little's law: from here on the difference is worth a word


@dataclass(frozen=True)
class Little:
    """N = X·R (J. D. C. Little, 1961): mean flow times mean stay, beside the peak of sessions."""

    rate: float  # X: sign-ins a second, from the first to the last
    inside: float  # R: s that a session is open, mean
    stretch: float  # s from the first sign-in to the last
    left_meanwhile: float  # share of people who are gone when the last one comes
    peak: float  # sessions, by the crowd

    @property
    def expected(self) -> float:
        """Sessions that a steady flow of that rate and stay keeps open."""
        return self.rate * self.inside

    @property
    def off(self) -> float:
        """How far the peak is from it: 0.2 is a fifth more."""
        return self.peak / self.expected - 1 if self.expected else 0.0

    @property
    def why(self) -> str:
        """“”: it agrees; “gathering”: hardly anybody leaves meanwhile; “bunched”: no even flow."""
        if abs(self.off) <= OFF:
            return ""
        return "gathering" if self.left_meanwhile < OFF else "bunched"


@dataclass(frozen=True)
class Outlook:
    """The run on an axis of bins of `width` µs."""

    width: int
    end: int  # µs
    arrivals: dict[str, Counts]  # persona → people due in each bin
    sessions: Counts  # open at the end of each bin
    steps: dict[str, Counts]  # step → begun in each bin
    little: Little

    @property
    def due(self) -> Counts:
        """Everybody due in each bin."""
        everybody: Counts = np.sum([np.zeros_like(self.sessions), *self.arrivals.values()], axis=0)
        return everybody

    def per_second(self, counts: Counts) -> Counts:
        """The same, second by second of the run."""
        return _summed(counts, SECOND // self.width)

    def columns(self, counts: Counts, many: int) -> Counts:
        """Per second, mean over each of so many columns of equal width."""
        edges = np.linspace(0, len(counts), many + 1).round().astype(int)
        sums = np.concatenate([[0.0], np.cumsum(counts)])
        long = np.maximum(np.diff(edges), 1) * self.width / SECOND
        shown: Counts = np.diff(sums[edges]) / long
        return shown

    def highest(self, counts: Counts, many: int) -> Counts:
        """The most in each of so many columns."""
        edges = np.linspace(0, len(counts), many + 1).round().astype(int)
        return np.array([counts[a : max(b, a + 1)].max(initial=0.0) for a, b in _pairs(edges)])


def outlook(crowd: Crowd, plan: Plan, walks: Walks) -> Outlook:
    """The figures of a run of these people, who walk so."""
    width = next((w for w in (10_000, 100_000) if plan.end / w <= _BINS), SECOND)
    bins = max(1, -(-plan.end // width))
    bins += -bins % (SECOND // width)  # whole seconds
    arrivals: dict[str, Counts] = {}
    opened, closed = np.zeros(bins), np.zeros(bins)
    steps: dict[str, Counts] = {}
    for walk, due in _arrivals(crowd, walks, width, bins).items():
        persona = persona_of(walk)
        arrivals[persona] = arrivals.get(persona, 0.0) + due
        for kind, name, at in _walked(due, plan, walks.get(walk, ()), width):
            if kind == "step":
                steps[name] = steps.get(name, 0.0) + at
            elif kind == "opened":
                opened += at
            else:
                closed += at
    if crowd.new_account.any():
        at = np.clip(crowd.due[crowd.new_account] // width, 0, bins - 1)
        steps[CREATE_ACCOUNT] = np.bincount(at, minlength=bins).astype(float)
    sessions: Counts = np.cumsum(opened - closed)
    sessions = np.maximum(sessions, 0.0)  # rounding
    return Outlook(
        width, plan.end, arrivals, sessions, steps,
        _little(opened, closed, sessions, width),
    )  # fmt: skip


def _arrivals(crowd: Crowd, walks: Walks, width: int, bins: int) -> dict[str, Counts]:
    """Whose journey (`rentree.walks`) → people due in each bin; nobody without any."""
    whose = [key_of(walks, group.territory, group.persona) for group in crowd.groups]
    keys = sorted(set(whose))
    of_group = np.array([keys.index(key) for key in whose], dtype=np.int64)
    counts = np.zeros(len(keys) * bins, dtype=np.int64)
    for start in range(0, len(crowd), _AT_ONCE):
        here = slice(start, start + _AT_ONCE)
        at = np.clip(crowd.due[here] // width, 0, bins - 1)
        at += of_group[crowd.group[here]] * bins
        counts += np.bincount(at, minlength=len(counts))
    table = counts.reshape(len(keys), bins).astype(float)
    return {key: row for key, row in zip(keys, table, strict=True) if row.any()}


def _walked(
    due: Counts, plan: Plan, moves: Sequence[Move], width: int
) -> Iterator[tuple[str, str, Counts]]:
    """Each step of a persona's journey as (“step”, its name, how many begin it in each bin).

    So, too, when sessions are opened and closed.
    """
    stay, most = plan.behaviour.stay_until / width, plan.behaviour.stay_at_most
    people, offset, inside = due, 0.0, False
    for move in moves:
        now = _shifted(people, offset)
        if move[0] == "think":
            offset += (float(move[1]) + float(move[2])) / 2 * SECOND / plan.clock / width
        elif move[0] == "stay":
            at = max(offset, stay if most is None else most / width)
            soon = np.where(np.arange(len(now)) + at < stay, people, 0.0)
            last = _stayed(_shifted(people - soon, offset), stay, plan.end / width)
            people, offset = _shifted(soon, at) + last, 0.0
        else:
            name = str(move[1])
            if name != SIGN_OUT:  # what would begin after the stay is not made
                now = np.where(np.arange(len(now)) < stay, now, 0.0)
            if name == SIGN_IN and not inside:
                people, offset, inside = now, 0.0, True
                yield "opened", name, now
            yield "step", name, now
            if name == SIGN_OUT and inside:
                inside = False
                yield "closed", name, now


def _shifted(counts: Counts, offset: float) -> Counts:
    """So many bins later; what comes after the end of the run is not made."""
    by = round(offset)
    if by <= 0:
        return counts
    later = np.zeros_like(counts)
    if by < len(counts):
        later[by:] = counts[:-by]
    return later


def _stayed(counts: Counts, stay: float, end: float) -> Counts:
    """Those who are there by then leave one after another; those who are later, at once."""
    first = min(max(int(stay), 0), len(counts))
    over = max(1, round(LEAVE_OVER * max(0.0, end - stay)))
    left = np.where(np.arange(len(counts)) >= first, counts, 0.0)
    upto = min(first + over, len(counts))
    left[first:upto] += counts[:first].sum() / over
    return left


def _little(opened: Counts, closed: Counts, sessions: Counts, width: int) -> Little:
    came = np.flatnonzero(opened)
    if not len(came):
        return Little(0.0, 0.0, 0.0, 0.0, 0.0)
    bin_s, people = width / SECOND, float(opened.sum())
    stretch = (came[-1] - came[0] + 1) * bin_s
    gone = float(closed[: came[-1] + 1].sum()) / people
    return Little(
        people / stretch, float(sessions.sum()) * bin_s / people, stretch, gone,
        float(sessions.max()),
    )  # fmt: skip


def _summed(counts: Counts, many: int) -> Counts:
    summed: Counts = counts.reshape(-1, many).sum(axis=1)
    return summed


def _pairs(edges: NDArray[np.int64]) -> list[tuple[int, int]]:
    listed: list[int] = edges.tolist()
    return list(pairwise(listed))
