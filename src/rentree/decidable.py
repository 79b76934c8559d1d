"""The smallest crowd that can decide a promise, told before anything is sent. Pure.

With fewer rows than 3 over the share that may break it a promise can fail and never pass
(docs/verdict.md). How many rows a run can have at most is known from its crowd and journeys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rentree.crowd import Crowd
from rentree.i18n import Language, translator
from rentree.judge.statistics import rows_needed
from rentree.plan import Plan
from rentree.quantity import Span
from rentree.sample import CREATE_ACCOUNT
from rentree.schedule import Floats, Ints
from rentree.slo import AnySlo, ClassesCanStart, Punctual, Refused, Response
from rentree.walks import walked
from rentree.words import PERSONAS, number, people_word, percent

Steps = Mapping[str, Sequence[str]]  # persona (`rentree.walks`) → the steps of its journey


@dataclass(frozen=True)
class Need:
    """What one promise needs in each of its groups, and what the smallest group can have."""

    slo: AnySlo
    needed: int  # rows: people, attempts or classes
    have: int  # at most, in the smallest group
    where: str  # that group; empty: the whole

    @property
    def scale(self) -> float:
        """The share of this crowd with which it could just pass; above 1: it cannot."""
        return self.needed / self.have if self.have else np.inf


def needs(plan: Plan, crowd: Crowd, steps: Steps) -> list[Need]:
    """For each promise of a share, in the plan's order, what it takes to pass."""
    found = []
    for slo in plan.slos:
        tolerated = slo.tolerated()
        least = rows_needed(tolerated) if tolerated is not None else None
        if least is None:
            continue
        have, where = min(_rows(slo, plan, crowd, steps), default=(0, ""))
        found.append(Need(slo, least, have, where))
    return found


def said(need: Need, language: Language = "en") -> str:
    """“60 are needed in each group, the smallest, grand-est, has 436 at most: it can pass …”."""
    _ = translator(language)
    known = _("{needed} are needed in each group, the smallest{where} has {have} at most").format(
        needed=number(need.needed, language), have=number(need.have, language),
        where=f", {_named(need.where, language)}," if need.where else "",
    )  # fmt: skip
    if need.have < need.needed:
        return _("TOO FEW: {known}: it can fail, never pass").format(known=known)
    return _("{known}: it can pass from {share} of this crowd on").format(
        known=known, share=percent(need.scale, language, apart_from=0.0, decimals=0)
    )


def _named(where: str, language: Language) -> str:
    """A group with its persona in words; other names are as they stand in the profile."""
    parts = where.split(", ")
    return ", ".join(people_word(2, language, p) if p in PERSONAS else p for p in parts)


def smallest(found: Sequence[Need]) -> float | None:
    """The share of this crowd in which every promise can pass; None: no share of it."""
    most = max((need.scale for need in found), default=0.0)
    return most if most <= 1 else None


def _rows(slo: AnySlo, plan: Plan, crowd: Crowd, steps: Steps) -> Iterator[tuple[int, str]]:
    """(rows at most, name) of each group of a promise."""
    span = plan.window(slo.phase)
    names, codes = _grouped(slo, crowd)
    present = np.bincount(codes, minlength=len(names)) > 0
    if isinstance(slo, ClassesCanStart):  # a class is one row, however many are in it
        rows = np.bincount(codes[_classes(crowd, span)], minlength=len(names)).astype(float)
    else:
        per_person = _per_person(slo, plan, crowd, steps)
        rows = np.bincount(codes, weights=per_person, minlength=len(names))
    yield from ((round(rows[i]), names[i]) for i in np.flatnonzero(present))


def _classes(crowd: Crowd, span: Span) -> Ints:
    """Of each class that is judged in a stretch of time, the last pupil (`judge.kinds.classes`)."""
    pupils, teachers = (
        np.flatnonzero(
            crowd.convened & np.array([g.persona == who for g in crowd.groups])[crowd.group]
        )
        for who in ("pupil", "teacher")
    )
    last = np.full(len(crowd.school), -1)
    last[crowd.class_[pupils]] = pupils  # people are in the order of their due times
    called = last[np.unique(crowd.class_[teachers])]
    called = called[called >= 0]
    due = crowd.due[called]
    found: Ints = called[(due >= span.start) & (due < span.end)]
    return found


def _per_person(slo: AnySlo, plan: Plan, crowd: Crowd, steps: Steps) -> Floats:
    """How many rows of a promise each person can have at most."""
    span = plan.window(slo.phase)
    if isinstance(slo, Punctual) or (isinstance(slo, Refused) and slo.of == "people"):
        per_person: Floats = np.ones(len(crowd))
        counted = (crowd.due >= span.start) & (crowd.due < span.end)
        if isinstance(slo, Punctual) and slo.of == "people convened":
            counted &= crowd.convened
    else:  # a step may be due long after its person: whoever came before the window's end counts
        only = slo.step if isinstance(slo, Response) else None
        walks = [walked(steps, group.territory, group.persona) for group in crowd.groups]
        tried = [[s for s in walk if only in (None, s)] for walk in walks]
        per_person = np.array([len(t) for t in tried], dtype=float)[crowd.group]
        if only in (None, CREATE_ACCOUNT):
            per_person = per_person + crowd.new_account
        counted = crowd.due < span.end
    return per_person * counted


def _grouped(slo: AnySlo, crowd: Crowd) -> tuple[list[str], Ints]:
    """The names of a promise's groups, and each person's place among them."""
    names, codes = [""], np.zeros(len(crowd), dtype=np.int64)
    for column in slo.groups():
        values, place = _column(column, crowd)
        names = [f"{name}, {value}".lstrip(", ") for name in names for value in values]
        codes = codes * len(values) + place
    return names, codes


def _column(column: str, crowd: Crowd) -> tuple[list[str], Ints]:
    if column == "school":
        return crowd.schools, crowd.school[crowd.class_]
    if column == "level":
        values = sorted(set(crowd.levels))
        of_school = np.array([values.index(level) for level in crowd.levels])
        return values, of_school[crowd.school[crowd.class_]]
    told = [getattr(group, column) for group in crowd.groups]
    values = sorted(set(told))
    return values, np.array([values.index(value) for value in told])[crowd.group]
