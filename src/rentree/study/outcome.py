"""What one run of a study came to: its verdict, the measure, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rentree.evidence import Evidence
from rentree.judge import findings_of, judge
from rentree.judge.kinds.classes import CLASS, SCHOOL
from rentree.judge.measure import measure as judged
from rentree.judge.statistics import SECTIONS, Counts, Interval, parted_interval
from rentree.plan import Plan
from rentree.slo import ClassesCanStart, Scaling
from rentree.study.measure import Measure
from rentree.verdict import Decision, Finding
from rentree.words import Words

_NOT_THERE: Words = {"fr": "pas d’essai dans ce dossier", "en": "there is no run of it"}


@dataclass(frozen=True)
class Outcome:
    """One run. A hole when `whys` says why: then nothing of it enters an effect."""

    measured: float  # the share, 0..1
    interval: Interval  # 95 %
    count: int  # people, attempts or classes that it rests on
    decision: Decision | None = None  # of the whole run; None: there is no run
    text: Words = field(default_factory=dict)  # what is measured, in words
    said: Words = field(default_factory=dict)  # the measure, in words
    whys: Sequence[Words] = ()
    folder: Path | None = None
    facts: dict[str, Any] = field(default_factory=dict)  # seed, scale, clock, manifest, rehearsal

    @property
    def sound(self) -> bool:
        """Whether it is no hole."""
        return not self.whys


NO_RUN = Outcome(0.0, (0.0, 1.0), 0, whys=(_NOT_THERE,))


def outcome_of(run: Evidence, measure: Measure) -> Outcome:
    """Judge a run, and the measure in it by the same rules.

    Raises:
        RentreeError: the folder cannot be judged. ValueError: it has no phase of that name.
    """
    verdict, plan = judge(run), run.plan
    finding = findings_of(_here(measure, plan), run)[0]
    whys: list[Words] = []
    if finding.decision == "invalid" or finding.interval is None:
        whys = finding.reasons
    elif verdict.decision == "invalid":
        whys = [window.why for window in verdict.invalid]
        whys = whys or [why for f in verdict.findings for why in f.reasons]
    facts = {
        "seed": plan.seed, "scale": plan.scale, "clock": plan.clock, "people": plan.people,
        "manifest": verdict.manifest, "rehearsal": verdict.rehearsal,
    }  # fmt: skip
    return Outcome(
        finding.measured or 0.0, _interval(finding, measure, run), finding.count, verdict.decision,
        finding.text, finding.measured_text, list({why["en"]: why for why in whys}.values()),
        run.folder, facts,
    )  # fmt: skip


def _interval(finding: Finding, measure: Measure, run: Evidence) -> Interval:
    """The finding's interval, never narrower than one from the classes, nor one from the schools.

    A class comes to the same bell, and a school shares an address: either may fare alike. Fewer
    schools than there are sections tell nothing of it. Where a class is the row, the finding's own.
    """
    own = finding.interval or (0.0, 1.0)
    if isinstance(measure, ClassesCanStart):
        return own
    for each, least in ((CLASS, 2), (SCHOOL, SECTIONS)):
        parted = measure.model_copy(update={"each": each})
        found = judged(parted, run.plan, run.judged, run.people, run)
        parts = [(one.measured * one.count, one.count) for one in found if one.measured is not None]
        if parts:
            marked, rows = (np.rint(c).astype(np.int64) for c in zip(*parts, strict=True))
            own = widened(own, marked, rows, least)
    return own


def widened(own: Interval, marked: Counts, rows: Counts, least: int) -> Interval:
    """What it holds, or an interval from parts, within 0..1; `least`: fewer parts tell nothing."""
    if len(rows) < least:
        return own
    other = parted_interval(marked, rows)
    return max(0.0, min(own[0], other[0])), min(1.0, max(own[1], other[1]))


def _here(measure: Measure, plan: Plan) -> Measure:
    """The measure at the run's scale and clock, as a promise of its own profile would be."""
    share = plan.people / plan.people_in_full
    by = Scaling(lambda _: share, plan.clock, lambda at: round((at - plan.starts_at) / plan.clock))
    return measure.scaled(by)
