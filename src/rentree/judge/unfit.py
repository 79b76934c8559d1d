"""One reason why a window was not fit to be judged, and how the gates read the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from rentree.evidence import Evidence
from rentree.journal import Entry
from rentree.quantity import SECOND, Span
from rentree.words import Words, number, unit

Gate = Literal["a", "b", "c", "d", "e", "f", "g"]


@dataclass(frozen=True)
class Unfit:
    """One reason why a window is not fit."""

    gate: Gate
    why: Words
    fail_stands: bool = False


def said(evidence: Evidence, event: str, state: str) -> list[Entry]:
    """The journal's entries of one kind, in order."""
    return [e for e in evidence.journal if e.get("event") == event and e.get("state") == state]


def inside(column: str, span: Span) -> pl.Expr:
    """The rows of which a moment lies in [start, end)."""
    return (pl.col(column) >= span.start) & (pl.col(column) < span.end)


def moment(us: int, language: str) -> str:
    """A moment of the run, "55,2 s"."""
    return unit(number(us / SECOND, language, 1), "s", language)
