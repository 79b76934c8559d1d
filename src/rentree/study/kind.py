"""The study: what all kinds share. A kind is one file in `rentree.study.kinds`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

from rentree.profile import Section, Title
from rentree.study.measure import Measure
from rentree.study.outcome import Outcome
from rentree.words import Words
from rentree.yamltext import Place


class Ran(Section):
    """One run of a study: a profile on a preset, or on several (`ent=PRESET cned=PRESET`)."""

    profile: str
    sandbox: str


class Study(Section):
    """`profiles/studies/NAME.yaml`: several runs of one seed that together answer one question."""

    explains: ClassVar[str] = ""

    study: str
    replaces: Literal["starter"] | None = None
    title: Title
    kind: str
    measure: Measure
    runs: Sequence[Ran]

    def labels(self) -> list[Words]:
        """What each run is called in the table."""
        raise NotImplementedError

    def mistakes(self) -> Iterator[tuple[Place, str]]:
        """Place and sentence of what cannot be."""
        if len(self.runs) < 2:
            yield ("runs",), "a study has two runs or more: one alone is `rentree run`"
        seen: set[tuple[str, str]] = set()
        for i, ran in enumerate(self.runs):
            if (ran.profile, ran.sandbox) in seen:
                text = f"“{ran.profile}” on “{ran.sandbox}” stands twice: it would be one run"
                yield ("runs", i, "profile"), text
            seen.add((ran.profile, ran.sandbox))

    def unlike(self, sizes: Sequence[tuple[float, float]]) -> str:
        """Why runs of these scales and clocks do not answer the question; empty: they do."""
        del sizes
        return ""

    def lines(self, outcomes: Sequence[Outcome], lang: str) -> Iterator[str]:
        """What follows from the runs, below their table."""
        raise NotImplementedError

    def told(self, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """The same as data."""
        raise NotImplementedError


def one_preset(runs: Sequence[Ran]) -> Iterator[tuple[Place, str]]:
    """All runs try one platform."""
    for i, ran in enumerate(runs):
        if ran.sandbox != runs[0].sandbox:
            text = (
                f"the runs of such a study try one platform, “{runs[0].sandbox}”: what differs "
                "between them is then what came to it"
            )
            yield ("runs", i, "sandbox"), text
