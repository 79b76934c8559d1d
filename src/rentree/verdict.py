"""Finding and verdict: the values, how they merge, and the exit code they end in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Decision = Literal["pass", "fail", "undecided", "invalid"]
RULES = "1"  # version of the rules of docs/verdict.md that this code applies


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Finding(_Value):
    """What was measured against one promise, for one group."""

    id: str  # stable within a profile: "response/sign in/bell/territory=grand-est"
    slo: str  # the kind
    text: dict[str, str]  # language → the promise in words: "95 % des …"
    group: dict[str, str]  # column → value; {} is the whole
    window: str  # phase name, or "" for the whole run
    decision: Decision
    measured: float | None  # in `unit`; None: no data. inf is written as the text "inf"
    measured_text: dict[str, str]  # language → "4,2 s : 95 élèves sur 100 ont attendu moins …"
    limit: float
    unit: Literal["s", "share", "people"]
    interval: tuple[float, float] | None  # 95 %, of the share that decides
    count: int  # rows or people it rests on
    reasons: list[dict[str, str]] = Field(default_factory=list)  # why not decided, why invalid


class InvalidWindow(_Value):
    """A stretch in which our own instrument was not fit, and why."""

    gate: Literal["a", "b", "c", "d", "e", "f"]
    window: str
    why: dict[str, str]


class Verdict(_Value):
    """All findings together."""

    rules: str = RULES
    decision: Decision
    rehearsal: bool
    rehearsal_asked: bool
    profile: str
    title: dict[str, str]  # language → the line a report opens with
    manifest: str  # sha256 of raw/MANIFEST.sha256
    interrupted: bool = False
    findings: list[Finding]
    invalid: list[InvalidWindow]
    figures: dict[str, Any] = Field(default_factory=dict)  # people, attempts, outcomes …


def merge(decisions: Iterable[Decision]) -> Decision:
    """fail > invalid > undecided > pass; nothing checked is undecided."""
    present = set(decisions)
    for decision in ("fail", "invalid", "undecided", "pass"):
        if decision in present:
            return decision
    return "undecided"


def exit_code(verdict: Verdict) -> int:
    """0 pass · 1 fail · 3 undecided, invalid, or a rehearsal that nobody asked for."""
    if verdict.rehearsal and not verdict.rehearsal_asked:
        return 3
    return {"pass": 0, "fail": 1, "undecided": 3, "invalid": 3}[verdict.decision]
