"""How a study's tables are written: columns of text, points, marks with their words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rentree.judge.statistics import Interval
from rentree.verdict import Decision
from rentree.words import Words, number, unit

SPACE = "\u00a0"  # before a French colon and semicolon
DECISIONS: dict[Decision, Words] = {
    "pass": {"fr": "✓ tenu", "en": "✓ held"},
    "fail": {"fr": "✗ non tenu", "en": "✗ not held"},
    "undecided": {"fr": "? indéterminé", "en": "? undecided"},
    "invalid": {"fr": "∅ non valable", "en": "∅ not valid"},
}


def columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows of as many cells, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def points(share: float, lang: str, sign_of: str = "pt") -> str:
    """A difference of shares, “−12,5 pt”, or another figure that may be negative."""
    size = share * 100
    decimals = 1 if abs(size) < 10 else 0
    rounded = round(size, decimals)
    sign = "−" if rounded < 0 else "+" if rounded > 0 else ""
    return sign + unit(number(abs(size), lang, decimals), sign_of, lang)


def interval(ends: Interval, write: Callable[[float], str]) -> str:
    """“97 % … 100 %”."""
    return " … ".join(map(write, ends))
