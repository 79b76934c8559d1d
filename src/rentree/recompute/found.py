"""What every kind of promise is reckoned with: names, groups, shares, after verdict.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .shares import decided
from .tables import SECOND, Array, Folder, Rows, among

Figures = dict[str, Any]  # measured, count, limit, interval, p
Findings = dict[str, Figures]  # the finding's stable name → its figures
Slo = dict[str, Any]  # as raw/plan.json has it
GROUPS = ("territory", "level", "school", "persona")


@dataclass
class Run:
    """What a promise is reckoned from."""

    folder: Folder
    samples: Rows  # with what a run that the platform ended still owed
    only: str | None = None  # the platform of which alone they are
    whole: Rows | None = None  # then: the samples of all platforms

    @property
    def plan(self) -> dict[str, Any]:
        """What was asked."""
        return self.folder.plan

    @property
    def people(self) -> Rows:
        """The crowd; of one platform, those who tried anything there."""
        people = self.folder.people
        return people if self.only is None else people.where(self._there(people))

    def at(self, platform: str | None) -> Run:
        """The same run, as far as it was of one platform."""
        if platform is None:
            return self
        here = self.samples.where(self.samples["platform"] == platform)
        return Run(self.folder, here, platform, self.samples)

    @property
    def everywhere(self) -> Rows:
        """The samples of all platforms."""
        return self.samples if self.whole is None else self.whole

    def _there(self, people: Rows) -> Array:
        return among(people["person"], set(self.samples["person"]))

    def window(self, slo: Slo) -> tuple[float, float]:
        """The promise's window."""
        return self.folder.window(slo["in"])


def figures(
    measured: float | None, count: int, limit: float,
    interval: tuple[float, float] | None = None, p: float | None = None,
) -> Figures:  # fmt: skip
    """The figures of one finding; exact ones have no interval and no p."""
    bounds = None if interval is None else list(interval)
    return {"measured": measured, "count": count, "limit": limit, "interval": bounds, "p": p}


def name(slo: Slo, group: dict[str, str], *, of: str = "", part: str = "") -> str:
    """ "refused/people/bell/territory=grand-est"; a part of a promise: "quota/kept/bell"."""
    words = [slo["slo"] + (f"/{part}" if part else ""), *([of] if of else []), slo["in"] or "run"]
    at = {"platform": slo["platform"]} if slo.get("platform") else {}
    return "/".join([*words, *(f"{key}={value}" for key, value in {**at, **group}.items())])


def grouped(slo: Slo, rows: Rows, crowd: Rows) -> Iterator[tuple[dict[str, str], Rows]]:
    """Each group that has rows or people, with its rows; the whole when none is asked."""
    columns = [] if slo["each"] == "none" else list(slo["each"])
    present = {tuple(row) for part in (rows, crowd) for row in part.each(*columns)}
    if not columns or not present:
        yield {}, rows
        return
    keys = list(rows.each(*columns))
    for group in sorted(present):
        mask = np.array([key == group for key in keys], dtype=bool)
        yield dict(zip(columns, group, strict=True)), rows.where(mask)


def share(
    slo: Slo, run: Run, rows: Rows, tolerated: float, *, good: bool,
    of: str = "", part: str = "", crowd: Rows | None = None,
) -> Findings:  # fmt: skip
    """A finding a group: how many rows are `broken`; `sure` ones alone make a fail.

    `good`: the promise speaks of the share that is not broken.
    """
    found, span = {}, run.window(slo)
    for group, here in grouped(slo, rows, run.people if crowd is None else crowd):
        limit = slo["share"] if good else tolerated
        key = name(slo, group, of=of, part=part)
        found[key] = figures(None, len(here), limit)
        if not len(here):
            continue
        broken = here["broken"]
        sure = here.columns.get("sure", broken)
        (low, high), p = decided(sure, broken, here["due"], span, tolerated)
        bad = np.count_nonzero(broken) / len(broken)
        found[key] = figures(
            1 - bad if good else bad, len(here), limit,
            (1 - high, 1 - low) if good else (low, high), p,
        )  # fmt: skip
    return found


def allowed(slo: Slo) -> float:
    """What a promise of a good share lets be broken."""
    return float(round(1 - slo["share"], 12))


def is_ok(rows: Rows) -> Array:
    """What came to its right end."""
    return rows["outcome"] == "ok"


def through(rows: Rows, within: float) -> Array:
    """What was ok, so soon after it was due."""
    return is_ok(rows) & (rows["done"] - rows["due"] <= within)


def first_of(keys: Array, values: Array, least: bool = True) -> dict[str, float]:
    """Of each key its least, or its greatest, value."""
    found: dict[str, float] = {}
    pick = min if least else max
    for key, value in zip(keys, values, strict=True):
        if not np.isnan(value):
            found[key] = pick(found.get(key, value), value)
    return found


def each_person(people: Array, values: dict[str, float]) -> Array:
    """Everybody's value; NaN for who has none."""
    return np.array([values.get(person, np.nan) for person in people], dtype=float)


def seconds(us: float) -> float:
    """µs as s."""
    return us / SECOND
