"""One situation of docs/verdict.md: told once, with what the judge must say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rentree.testing import Story

PASS, FAIL, DOUBT, UNFIT = "pass", "fail", "undecided", "invalid"


@dataclass(frozen=True)
class Situation:
    """One situation: its folder, a sentence, the run, and what must be said of it."""

    name: str
    sentence: str
    tell: Callable[[], Story]
    decision: str
    findings: dict[str, str] = field(default_factory=dict)  # id → decision, those that matter
    gates: tuple[str, ...] = ()  # "gate window", in any order
    exit_code: int | None = None  # where it is not plain from the decision
