"""Stop rules: when a run ends before its time, so that a platform that suffers is let be.

    stop:
      - {when: errors, share_above: 50 %, for: 10 s}
      - {when: health, platform: ent, path: /statut, for: 15 s}

A stop that the platform's own errors caused is a failing finding, never an excuse: the judge
counts them again. Times are real, whatever the clock. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from rentree.planned_fault import PlannedFault
from rentree.quantity import SECOND, Duration, Share
from rentree.words import duration, percent

BAD = ("error", "timeout", "wrong", "leak")  # outcomes; a refusal is the platform's own protection
LEAST = 20  # attempts, fewer of which stop nothing


class _Rule(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False
    )

    for_: Duration = Field(alias="for", ge=SECOND)


class Errors(_Rule):
    """So large a share of what people try goes wrong, for so long."""

    when: Literal["errors"]
    share_above: Share


class Health(_Rule):
    """A page of the platform does not answer with 2xx, once a second, for so long."""

    when: Literal["health"]
    platform: str
    path: str = Field(pattern="^/")


StopRule = Annotated[Errors | Health, Field(discriminator="when")]


class Tried(NamedTuple):
    """What a rule needs to know of an attempt; µs of the run."""

    ended: int
    outcome: str
    territory: str


def told(rule: Errors | Health, share: float | None = None) -> str:
    """The rule in the journal's words (`rentree.words` has them in French), and what was seen."""
    length = f"{rule.for_ / SECOND:g} s"
    if isinstance(rule, Health):
        return f"{rule.path} of {rule.platform} gave no good answer for {length}"
    seen = "" if share is None else f" ({share:.0%})"
    return f"more than {rule.share_above:.0%} of attempts went wrong for {length}{seen}"


def announced(rule: Errors | Health, language: str) -> str:
    """The rule in words before a run, to end “stops when …” with."""
    if language == "en":
        return told(rule)
    length = duration(rule.for_, language)
    if isinstance(rule, Health):
        return f"{rule.path} de {rule.platform} ne donne pas de bonne réponse pendant {length}"
    share = percent(rule.share_above, language)
    return f"plus de {share} des tentatives sont en échec pendant {length}"


def share_of_errors(
    tried: Iterable[Tried], faults: Sequence[PlannedFault], start: int, end: int
) -> float | None:
    """The share of attempts that ended in [start, end) and went wrong; None: too few to tell.

    People of a territory whose own line we break at that moment tell nothing of the platform.
    """
    ours = {
        fault.hits["territory"]
        for fault in faults
        if "territory" in fault.hits and fault.start < end and start < fault.end
    }
    outcomes = [
        one.outcome
        for one in tried
        if start <= one.ended < end
        and one.territory not in ours
        and one.outcome not in ("not_sent", "abandoned")
    ]
    if len(outcomes) < LEAST:
        return None
    return sum(outcome in BAD for outcome in outcomes) / len(outcomes)
