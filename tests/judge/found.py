"""The findings of one promise in a story, for tests of the kinds of SLO."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from rentree.evidence import PEOPLE, SAMPLES
from rentree.judge.measure import measure
from rentree.testing import Story, make_plan
from rentree.verdict import Finding

Tell = Callable[[Story], None]


def found(slo: dict[str, Any], tell: Tell, **plan: Any) -> dict[str, Finding]:
    """The findings by the part of their name that tells them apart."""
    story = Story(make_plan(slos=[slo], **plan))
    tell(story)
    samples = pl.DataFrame([r._asdict() for r in story.samples], schema=SAMPLES, orient="row")
    people = pl.DataFrame(story.people, schema=PEOPLE, orient="row")
    findings = measure(story.plan.slos[0], story.plan, samples, people)
    return {finding.id: finding for finding in findings}


def decisions(slo: dict[str, Any], tell: Tell, **plan: Any) -> dict[str, str]:
    """Name → decision."""
    return {name: finding.decision for name, finding in found(slo, tell, **plan).items()}


def only(slo: dict[str, Any], tell: Tell, **plan: Any) -> Finding:
    """The only finding."""
    [finding] = found(slo, tell, **plan).values()
    return finding


def spread(count: int, start: float = 10.0, length: float = 40.0) -> list[float]:
    """So many moments, evenly in a stretch, in s."""
    return [start + length * (i + 0.5) / count for i in range(count)]


def mixed(share: float, count: int) -> list[bool]:
    """So large a share of marks among `count`, evenly mixed."""
    return [int((i + 1) * share + 1e-9) > int(i * share + 1e-9) for i in range(count)]
