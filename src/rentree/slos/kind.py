"""What all kinds of SLO share: promise, window, groups, words, and what scale and clock do.

A kind is one file: a class whose fields are its YAML keys. How it is measured is the file of the
same name in `rentree.judge.kinds`; who counts, in docs/verdict.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from rentree import words
from rentree.quantity import Day
from rentree.sample import CREATE_ACCOUNT

Group = Literal["territory", "level", "school", "persona"]
SPACE = "\u00a0"  # before a French colon and semicolon


class Promise(BaseModel):
    """The words of the contract that an SLO checks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ref: str  # e.g. "CCTP 4.3.2"
    text: str
    from_: Day | None = Field(default=None, alias="from")  # it holds only from that day on


@dataclass(frozen=True)
class Scaling:
    """What a run's scale and clock make of a promise."""

    share: Callable[[str | None], float]  # persona (None: everybody) → people here / in full
    clock: float
    moment: Callable[[int], int]  # time of day, µs → µs of the run


class Slo(BaseModel):
    """What all kinds share. `explains` is the sentence that `rentree list slos` prints."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    explains: ClassVar[str] = ""
    by_platform: ClassVar[bool] = True  # whether `platform` may be said

    promise: Promise | None = None
    source: str | None = None  # an F-number, "convention", a contract
    phase: str | None = Field(default=None, alias="in")  # name of a phase; None: the whole run
    each: list[Group] | Literal["none"] = ["territory"]
    platform: str | None = None  # only what was tried there, and the people who tried it

    @property
    def word(self) -> str:
        """The word that stands after `slo:`."""
        return str(getattr(self, "slo", ""))

    def groups(self) -> list[str]:
        """Columns that findings are made for; empty: the whole only."""
        return [] if self.each == "none" else list(self.each)

    def names(self) -> list[str]:
        """The parts of a finding's stable name before its window: the kind, and what it is of."""
        return [self.word]

    def says(self, lang: str) -> str:
        """The promise in words, with its figures, without its window."""
        raise NotImplementedError

    def where(self, lang: str) -> str:
        """The window in words."""
        at = f", {self.platform}" if self.platform else ""
        return f"({words.phase(self.phase or '', lang)}{at})"

    def told(self, lang: str) -> str:
        """The promise in words, with its window, and for when it was made if it has a day."""
        said = f"{self.says(lang)} {self.where(lang)}".rstrip()
        if self.promise is None or self.promise.from_ is None:
            return said
        day = words.day(self.promise.from_, lang)
        return {"fr": f"{said}, promis pour le {day}", "en": f"{said}, promised for {day}"}[lang]

    def holds_on(self, day: date | None) -> bool:
        """Whether it is promised on the day that a profile plays; one without a day always is."""
        since = None if self.promise is None else self.promise.from_
        return since is None or (day is not None and day >= since)

    def tolerated(self) -> float | None:
        """The share (0..1) of what is counted that may break the promise; None: a held count."""
        return None

    def limit_us(self) -> int | None:
        """The time limit of the promise, µs, if it has one (gate a of the validity rules)."""
        return None

    def step_of_its_own(self) -> str | None:
        """The step that it rests on: lateness in it alone must not drown among the others."""
        return None

    def windows(self) -> Sequence[Self]:
        """The promise once for each window that it rests on; most rest on their own alone."""
        return [self]

    def reaches(self, end: int) -> int:
        """How far beyond its window's `end` what is measured may lie, µs; at most the run's end."""
        del end
        return 0

    def settled_after(self, patience: int) -> int:
        """From when, µs after the window, an attempt of which nothing is stored has broken it."""
        del patience
        return 0

    def scaled(self, by: Scaling) -> Self:
        """The promise of a run at that scale and clock; most stay as they are."""
        del by
        return self

    def mistakes(self, around: Surroundings) -> Iterator[tuple[str, str]]:
        """Key and sentence of what cannot be, in the profile that it stands in."""
        del around
        yield from ()


@dataclass(frozen=True)
class Surroundings:
    """The sound sections of the profile that an SLO stands in; a missing one is None or empty."""

    parts: Mapping[str, Any]  # section → its value
    given: Mapping[str, Any]  # every section that is written, sound or not
    steps: Mapping[str, list[str]]  # persona → the steps of its journey

    @property
    def phases(self) -> Mapping[str, Any] | None:
        """Name → span of a phase, times of day in µs."""
        return self.parts.get("phases")

    @property
    def end(self) -> int:
        """The end of the last phase, µs since midnight."""
        return int(max(span.end for span in (self.phases or {}).values()))

    @property
    def personas(self) -> set[str] | None:
        """Who comes."""
        crowd = self.parts.get("crowd")
        return {persona for coming in crowd for persona in coming.come} if crowd else None

    @property
    def platforms(self) -> set[str]:
        """Where they go."""
        crowd, bearing = self.parts.get("crowd") or [], self.parts.get("behaviour")
        there = {coming.platform for coming in crowd}
        if there:
            there |= set((self.parts.get("steps_at") or {}).values())
        if bearing is not None and bearing.fallback and bearing.fallback.from_ in there:
            there.add(bearing.fallback.to)
        return there

    @property
    def moving(self) -> bool:
        """Whether one person may go to several of them."""
        bearing = self.parts.get("behaviour")
        return bool(self.parts.get("steps_at") or (bearing is not None and bearing.fallback))

    def tried(self) -> set[str]:
        """The steps that somebody who comes does."""
        walks, crowd = self.parts.get("journeys") or {}, self.parts.get("crowd")
        walked = {
            coming.journeys.get(persona) or walks.get(persona, persona)
            for coming in crowd or []
            for persona in coming.come
        }
        steps = {s for walk in (walked if crowd else self.steps) for s in self.steps.get(walk, [])}
        new = self.parts.get("new_accounts")
        return steps | ({CREATE_ACCOUNT} if new is not None and new.share else set())

    def people(self, persona: str | None = None) -> int:
        """How many come, of a persona or of all."""
        return sum(
            count
            for coming in self.parts.get("crowd") or []
            for one, count in coming.come.items()
            if persona in (None, one)
        )

    def sound(self, key: str) -> bool:
        """Whether a section is as it was meant: valid, or left out."""
        return key in self.parts or key not in self.given
