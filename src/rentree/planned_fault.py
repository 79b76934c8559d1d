"""A fault of one run: what, whom, when, with settings that its injector has checked."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from rentree.quantity import Span


class PlannedFault(BaseModel):
    """A fault with its window and its settings, checked by its injector."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str
    fault: str  # the kind: the word its injector answers to
    hits: dict[str, str]  # {"territory": …}, or {"platform": …, "step": …}
    start: int
    end: int
    settings: dict[str, Any]  # the keys of its kind; durations in µs
    told: dict[str, str] = Field(default_factory=dict)  # language → the settings in words
    sends: float = 0.0  # requests a second that it sends by itself
    source: str | None = None
    part_of: str = ""  # the fault of the profile, when that is repeated or ramped

    @property
    def span(self) -> Span:
        """The window that was asked, [start, end)."""
        return Span(self.start, self.end)
