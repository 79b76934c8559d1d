"""The plan of one run: what is going to happen, on the run's own clock, with every figure final.

`rentree.profile` makes it from a profile, a scale and a clock factor; `raw/plan.json` keeps
it; the judge reads nothing else of what was asked. All times are int µs since the run began.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rentree.planned_fault import PlannedFault
from rentree.quantity import Day, Span
from rentree.slo import AnySlo
from rentree.stop import StopRule
from rentree.words import day

__all__ = [
    "Basis", "Behaviour", "Fallback", "Figure", "NotChecked", "Phase", "Plan", "PlannedFault",
    "dump",
]  # fmt: skip


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Phase(_Value):
    """A named stretch of the run."""

    name: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        """The stretch [start, end)."""
        return Span(self.start, self.end)


class NotChecked(_Value):
    """A promise that this run does not check, and why: in words, or by one of two reasons."""

    ref: str
    text: str
    why: str | None = None
    needs: str | None = None  # it gives no figure: what it would take to test it
    from_: Day | None = Field(default=None, alias="from")  # it holds only from that day on

    @model_validator(mode="after")
    def _one_reason(self) -> Self:
        if sum(reason is not None for reason in (self.why, self.needs, self.from_)) != 1:
            raise ValueError(
                "say why it is not checked: `why`, or `needs` (what a promise without a figure "
                "would take to be testable), or `from` (the day from which it holds)"
            )
        return self

    def because(self, language: str) -> str:
        """The reason in words; what the profile says itself is as it stands there."""
        if self.from_ is not None:
            since = day(self.from_, language)
            return {
                "fr": f"promis à partir du {since} seulement",
                "en": f"promised from {since} only",
            }[language]
        if self.needs is not None:
            return {
                "fr": "non testable\u00a0: la promesse ne donne aucun chiffre\u00a0; il faudrait "
                f"{self.needs}",
                "en": f"not testable: the promise gives no figure; it would take {self.needs}",
            }[language]
        return self.why or ""


Basis = Literal["sourced", "convention", "hypothèse"]


class Figure(_Value):
    """A figure of the profile, and where it comes from (`rentree.provenance`)."""

    what: dict[str, str]  # language → text
    value: dict[str, str]
    source: str  # as the profile says it; empty: it says none
    kind: Basis
    record: list[str] = Field(default_factory=list)  # what the record says, French as its sources
    disputed: bool = False  # of the record, not of the profile: its sources do not agree


class Fallback(_Value):
    """Who gives a platform up for good and does what is left elsewhere."""

    from_: str = Field(alias="from")
    to: str
    share: float  # of those who give it up


class Behaviour(_Value):
    """How people bear with the platform, µs."""

    patience: int  # for one attempt
    retry_after: int
    retry_jitter: int
    retry_at_most: int  # further attempts
    stay_until: int  # moment at which people who are inside sign out
    stay_at_most: int | None = None  # or before, so long after they were due
    fallback: Fallback | None = None

    def leaves(self, due: int, until: int) -> int:
        """When somebody leaves who was due then, and would stay `until`."""
        return until if self.stay_at_most is None else min(until, due + self.stay_at_most)


class Plan(_Value):
    """Everything the run does and the judge needs."""

    profile: str
    title: dict[str, str]  # language → text
    disclaimer: bool = False  # a reconstruction of ours after the press (`rentree.reconstruction`)
    seed: int
    challenge: str = ""
    scale: float  # of people
    clock: float  # compression factor
    verdict_at: dict[str, float]  # {"scale": 1.0, "clock": 1.0}: below it, a rehearsal
    rehearsal_asked: bool = False
    people: int  # in this run
    people_in_full: int  # at scale 1
    starts_at: int  # µs since midnight, scenario time of run moment 0
    zone: str
    day: Day | None = None  # that the profile plays
    phases: list[Phase] = Field(min_length=1)
    behaviour: Behaviour
    faults: list[PlannedFault]
    slos: list[AnySlo]  # counts scaled, `held` compressed
    stops: list[StopRule] = Field(default_factory=list)
    not_checked: list[NotChecked] = Field(default_factory=list)
    expects: dict[str, str] = Field(default_factory=dict)
    steps_at: dict[str, str] = Field(default_factory=dict)  # step → platform, if not where they are
    journeys_apart: bool = False  # a territory has journeys of its own: what others did is not owed
    territories: dict[str, dict[str, str]]  # id → {"fr": …, "en": …}
    workers: int
    sandbox: str | None  # the preset, when we started the platform ourselves
    target: str = ""  # the name of the target, or the URL of a sandbox that was running
    tells_refusal: bool = True  # the adapters know what a refusal looks like
    identifies: bool = True  # they can tell whose page they are shown
    notes: list[dict[str, str]] = Field(default_factory=list)  # language → what reports must say
    named: list[str] = Field(default_factory=list)  # real platforms that the profile's name has
    figures: list[Figure] = Field(default_factory=list)  # of the profile, with their sources
    documents: dict[str, str] = Field(default_factory=dict)  # S-number in these → which it is

    @property
    def end(self) -> int:
        """The end of the last phase."""
        return self.phases[-1].end

    @property
    def rehearsal(self) -> bool:
        """Whether scale or clock are below what the profile's verdict counts at."""
        return self.scale < self.verdict_at["scale"] or self.clock != self.verdict_at["clock"]

    def faults_named(self, name: str) -> list[PlannedFault]:
        """A fault of the profile: itself, or all its bursts or steps."""
        return [fault for fault in self.faults if name in (fault.name, fault.part_of)]

    def window(self, phase: str | None) -> Span:
        """The stretch of a phase, or of the whole run."""
        if phase is None:
            return Span(self.phases[0].start, self.end)
        return next(p.span for p in self.phases if p.name == phase)

    def phase_at(self, moment: int) -> str:
        """The name of the phase that a moment lies in; the last one after the end."""
        for phase in self.phases:
            if moment < phase.end:
                return phase.name
        return self.phases[-1].name


def dump(plan: Plan) -> dict[str, Any]:
    """The plan as JSON-ready data; `Plan.model_validate` reads it back."""
    return plan.model_dump(mode="json", by_alias=True)
