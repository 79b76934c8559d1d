"""SLOs: the promises a profile can check. One class a kind; its fields are its YAML keys.

How each kind is measured is in `rentree.judge.finding`; who counts, in docs/verdict.md.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from rentree.quantity import SECOND, Count, Duration, Share

Group = Literal["territory", "level", "school", "persona"]


class Promise(BaseModel):
    """The words of the contract that an SLO checks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ref: str  # e.g. "CCTP 4.3.2"
    text: str


class Slo(BaseModel):
    """What all kinds share. `explains` is the sentence that `rentree list slos` prints."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    explains: ClassVar[str] = ""

    promise: Promise | None = None
    source: str | None = None  # an F-number, "convention", a contract
    phase: str | None = Field(default=None, alias="in")  # name of a phase; None: the whole run
    each: list[Group] | Literal["none"] = ["territory"]

    def groups(self) -> list[str]:
        """Columns that findings are made for; empty: the whole only."""
        return [] if self.each == "none" else list(self.each)

    def tolerated(self) -> float | None:
        """The share (0..1) of what is counted that may break the promise; None: a held count."""
        return None

    def limit_us(self) -> int | None:
        """The time limit of the promise, µs, if it has one (gate a of the validity rules)."""
        return None


class Response(Slo):
    """`{slo: response, step: sign in, quantile: 95 %, below: 5 s, in: bell}`."""

    explains: ClassVar[str] = (
        "the quantile of a step's response time, from the moment a person meant to act, "
        "lies strictly below a limit; what was not ok counts as longer than any limit"
    )
    slo: Literal["response"]
    step: str
    quantile: Share
    below: Duration

    def tolerated(self) -> float:
        """1 - quantile."""
        return round(1 - self.quantile, 12)

    def limit_us(self) -> int:
        """The response limit."""
        return self.below


class Refused(Slo):
    """`{slo: refused, of: people, share_below: 1 %, in: bell}`."""

    explains: ClassVar[str] = (
        "the share of people (or attempts) whom the platform turned away, by quota or gate, "
        "lies strictly below a limit; a later success does not undo it"
    )
    slo: Literal["refused"]
    of: Literal["people", "attempts"] = "people"
    share_below: Share

    def tolerated(self) -> float:
        """The limit itself."""
        return self.share_below


class Punctual(Slo):
    """`{slo: punctual, share: 95 %, of: people convened, within: 5 min, each: [territory]}`."""

    explains: ClassVar[str] = (
        "the share of convened people who were inside within N minutes of being due, all "
        "attempts, quota and queue included, is at least a limit"
    )
    slo: Literal["punctual"]
    share: Share
    of: Literal["people convened", "people"] = "people convened"
    within: Duration

    def tolerated(self) -> float:
        """1 - share."""
        return round(1 - self.share, 12)

    def limit_us(self) -> int:
        """The time within which people must be inside."""
        return self.within


class SignedInAtOnce(Slo):
    """`{slo: signed-in-at-once, persona: pupil, at_least: 50 000, held: 20 min}`."""

    explains: ClassVar[str] = (
        "so many people were signed in at the same time, counted as open sessions as the "
        "client saw them, each second, for so long"
    )
    slo: Literal["signed-in-at-once"]
    persona: str | None = None  # None: everybody
    at_least: Count
    held: Duration
    each: list[Group] | Literal["none"] = "none"


class Goodput(Slo):
    """`{slo: goodput, share: 99 %, within: 5 s, in: disturbance}`."""

    explains: ClassVar[str] = (
        "of what people tried, every step and every attempt, at least a share came to its right "
        "end in time, whatever else came to the platform meanwhile (a flood is nobody's)"
    )
    slo: Literal["goodput"]
    share: Share
    within: Duration

    def tolerated(self) -> float:
        """1 - share."""
        return round(1 - self.share, 12)

    def limit_us(self) -> int:
        """The time within which a step must be through."""
        return self.within


class Recovers(Slo):
    """`{slo: recovers, after: hot-spot, within: 2 min}`."""

    explains: ClassVar[str] = (
        "within a time after the end of a fault, what people try comes to its right end again, "
        "and stays so for a while"
    )
    slo: Literal["recovers"]
    after: str  # name of a fault; of a repeated one, after its last burst
    within: Duration
    share: Share = 0.95  # of attempts; convention
    below: Duration | None = None  # in which they come to their end; None: people's patience
    hold: Duration = 10 * SECOND  # that it stays so; convention
    each: list[Group] | Literal["none"] = "none"


AnySlo = Annotated[
    Response | Refused | Punctual | SignedInAtOnce | Goodput | Recovers,
    Field(discriminator="slo"),
]
KINDS: dict[str, type[Slo]] = {
    "response": Response,
    "refused": Refused,
    "punctual": Punctual,
    "signed-in-at-once": SignedInAtOnce,
    "goodput": Goodput,
    "recovers": Recovers,
}
