"""When a fault is in force: from one anchor to another, once, repeated, or at drawn moments. Pure.

    during: bell                              a phase
    during: baseline to recovery              from the start of one to the end of the other
    during: bell + 10 s to recovery - 5 s     relative to phases
    during: 09:00 - 10 s to 09:00 + 20 s      relative to a bell, by its time

Times are the scenario's, in µs since midnight, until `spans` puts them on the run's clock.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rentree.quantity import SECOND, Count, Duration, Span, parse_duration, parse_time
from rentree.yamltext import nearest

SHORTEST = 2 * SECOND  # of the run: a shorter burst is not seen often enough to be proven
MOST = 60  # bursts of one fault
_ANCHOR = re.compile(r"(?P<name>.+?)(?:\s+(?P<sign>[+-])\s+(?P<by>\d.*))?")


class Repeat(BaseModel):
    """A fault that comes and goes within its window: `{times: 20, for: 5 s}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    for_: Duration = Field(alias="for")
    times: Count | None = None  # so many, spread over the window
    every: Duration | None = None  # or one every so often
    at: Literal["even", "random"] = "even"  # random: drawn, by the run's seed

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if (self.times is None) == (self.every is None):
            raise ValueError("say how often: either `times`, or `every`")
        if self.every is not None and self.at == "random":
            raise ValueError("`at: random` goes with `times`: what is drawn has no rhythm")
        if self.every is not None and self.every < self.for_:
            raise ValueError("`every` must not be shorter than `for`: bursts do not overlap")
        if self.for_ <= 0 or (self.times is not None and self.times < 1):
            raise ValueError("a burst lasts some time, and there is one at least")
        return self


def window(during: str, phases: Mapping[str, Span]) -> Span:
    """The window that `during` names, in the times of `phases`.

    Raises:
        ValueError: no such phase, not a duration, or it ends before it begins.
    """
    if during in phases:
        return phases[during]
    first, to, last = during.partition(" to ")
    if not to:
        hint = nearest(during, phases)
        raise ValueError(
            f"no phase “{during}”: {hint}"
            if hint
            else f"“{during}” is neither a phase nor a "
            "stretch: write it as in bell, baseline to recovery, or bell + 10 s to 09:00 + 1 min"
        )
    span = Span(_moment(first.strip(), phases, end=False), _moment(last.strip(), phases, end=True))
    if span.end <= span.start:
        raise ValueError(f"“{during}” ends before it begins")
    whole = Span(min(p.start for p in phases.values()), max(p.end for p in phases.values()))
    if span.start < whole.start or span.end > whole.end:
        raise ValueError(f"“{during}” reaches beyond the phases")
    return span


def _moment(text: str, phases: Mapping[str, Span], *, end: bool) -> int:
    found = _ANCHOR.fullmatch(text)
    name = found["name"] if found else text
    if name in phases:
        anchor = phases[name].end if end else phases[name].start
    else:
        try:
            anchor = parse_time(name)
        except ValueError:
            raise ValueError(
                f"“{name}” is neither a phase nor a time of day: {nearest(name, phases)}"
            ) from None
    by = parse_duration(found["by"]) if found and found["by"] else 0
    return anchor - by if found and found["sign"] == "-" else anchor + by


def spans(
    whole: Span, repeat: Repeat | None, put: Callable[[int], int], clock: float, seed: str
) -> list[Span]:
    """The stretches of the run, µs, in which a fault is in force; repeated ones on whole seconds.

    `put` brings a scenario time onto the run's clock, which is `clock` times faster. `seed`: what
    random moments are drawn from.

    Raises:
        ValueError: a burst that is too short to be seen, bursts that do not fit, or too many.
    """
    on_run = Span(put(whole.start), put(whole.end))
    if repeat is None:
        return [on_run]
    length = round(repeat.for_ / clock)
    if length < SHORTEST:
        raise ValueError(
            f"a burst of {length / SECOND:g} s of the run cannot be seen: {SHORTEST // SECOND} s "
            "at least"
        )
    if repeat.every is not None:
        every = round(repeat.every / clock)
        starts = list(range(on_run.start, on_run.end - length + 1, every))
    else:
        starts = _spread(on_run, length, repeat.times or 1, repeat.at, seed)
    if not starts or len(starts) > MOST:
        raise ValueError(f"{len(starts)} bursts: from 1 to {MOST} fit into a run")
    return [Span(start, start + length) for start in map(_whole_second, starts)]


def _spread(on_run: Span, length: int, times: int, at: str, seed: str) -> list[int]:
    free = on_run.length - times * (length + SECOND)  # whole seconds may move one by half of one
    if free < 0:
        raise ValueError(
            f"{times} bursts of {length / SECOND:g} s do not fit into "
            f"{on_run.length / SECOND:g} s of the run"
        )
    if at == "even":
        gaps = [round(free * i / times) for i in range(times)]
    else:
        drawn = random.Random(seed)  # repeatable on purpose
        gaps = sorted(drawn.randrange(free + 1) for _ in range(times))
    return [on_run.start + gap + i * (length + SECOND) for i, gap in enumerate(gaps)]


def _whole_second(moment: int) -> int:
    return -(-moment // SECOND) * SECOND
