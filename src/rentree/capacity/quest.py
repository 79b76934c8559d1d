"""What a search looks for, and by what rungs: a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rentree.capacity.promise import Kept
from rentree.capacity.search import Wanted
from rentree.sample import SIGN_IN


@dataclass(frozen=True)
class Quest:
    """What is looked for, and by what rungs. Times are µs."""

    wanted: Wanted
    promises: Sequence[Kept]
    only: str | None  # the one step that is tried; None: journeys
    steps_each: int  # of the longest journey
    warm: int
    window: int
    at_most: int  # from the run's beginning
    patience: int  # of people

    @property
    def standing(self) -> bool:
        """Whether people come in first and then take turns."""
        return self.only not in (None, SIGN_IN)
