"""The files of an evidence folder as numpy arrays. polars reads Parquet here, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

SECOND = 1_000_000  # µs; all times are µs of the run
COLUMNS = (
    "seq", "worker", "territory", "school", "level", "persona", "person", "platform", "step",
    "attempt", "due", "sent", "done", "outcome", "bytes", "request_id", "detail",
)  # fmt: skip
Array = Any  # numpy arrays: times as float64 with NaN for none, texts as objects with None


class Rows:
    """A table: columns of one length."""

    def __init__(self, columns: dict[str, Array]) -> None:
        self.columns = columns

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def where(self, mask: Array) -> Rows:
        """The rows that a mask, or places, pick."""
        return Rows({name: column[mask] for name, column in self.columns.items()})

    def plus(self, **columns: Array) -> Rows:
        """The same rows with more columns."""
        return Rows({**self.columns, **columns})

    def each(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """The values of some columns, row by row."""
        return zip(*(self.columns[name] for name in names), strict=True)


def read(path: Path, columns: list[str] | None = None) -> Rows:
    """A Parquet file, or some columns of it."""
    frame = pl.read_parquet(path, columns=columns)
    return Rows({name: _array(frame[name]) for name in frame.columns})


def _array(column: pl.Series) -> Array:
    if column.dtype.is_numeric():
        return column.cast(pl.Float64).to_numpy()  # exact: no time of a run is over 2**53 µs
    if column.dtype == pl.Boolean:
        return column.to_numpy()
    once: dict[Any, Any] = {}  # a text that many rows bear is kept once
    texts = [once.setdefault(text, text) for text in column.to_list()]
    return np.array([*texts, None], dtype=object)[:-1]


def together(parts: list[Rows]) -> Rows:
    """Tables of the same columns, one after the other."""
    names = parts[0].columns if parts else {}
    return Rows({name: np.concatenate([p[name] for p in parts]) for name in names})


def inside(times: Array, span: tuple[float, float]) -> Array:
    """Which moments lie in [start, end)."""
    return (times >= span[0]) & (times < span[1])


def among(column: Array, words: set[Any]) -> Array:
    """Which values are among some."""
    return np.array([value in words for value in column], dtype=bool)


class Folder:
    """What the figures are made of."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, ValueError: it is no evidence folder, or a file cannot be read."""
        self.raw = path / "raw"
        self.plan: dict[str, Any] = json.loads((self.raw / "plan.json").read_bytes())
        self.people = read(self.raw / "people.parquet")
        files = sorted((self.raw / "samples").glob("*.parquet"))
        self.samples = (
            together([read(file, list(COLUMNS)) for file in files]) if files else _nothing()
        )
        self.journal = list(self._journal())
        self.end = float(self.plan["phases"][-1]["end"])

    def table(self, name: str) -> Rows | None:
        """Another table of raw/; None: the run has none."""
        path = self.raw / f"{name}.parquet"
        return read(path) if path.exists() else None

    def window(self, phase: str | None) -> tuple[float, float]:
        """[start, end) of a phase, or of the whole run."""
        if phase is None:
            return float(self.plan["phases"][0]["start"]), self.end
        return next((p["start"], p["end"]) for p in self.plan["phases"] if p["name"] == phase)

    def said(self, event: str, state: str) -> list[dict[str, Any]]:
        """The journal's entries of one kind."""
        return [e for e in self.journal if e.get("event") == event and e.get("state") == state]

    def _journal(self) -> Iterator[dict[str, Any]]:
        path = self.raw / "journal.jsonl"
        for line in path.read_bytes().splitlines() if path.exists() else []:
            try:
                yield json.loads(line)
            except ValueError:  # torn by a death
                continue


_NUMBERS = ("seq", "worker", "attempt", "due", "sent", "done", "bytes")


def _nothing() -> Rows:
    kind = {name: float if name in _NUMBERS else object for name in COLUMNS}
    return Rows({name: np.empty(0, dtype=kind[name]) for name in COLUMNS})


def told(rows: Rows, key: str) -> list[Any]:
    """What the platform's adapter told of each attempt under that key; None: nothing."""
    return [
        json.loads(detail).get("told", {}).get(key) if f'"{key}"' in (detail or "") else None
        for detail in rows["detail"]
    ]


def why(rows: Rows) -> Array:
    """The words of what was not ok; "" where there are none."""
    found = [
        json.loads(detail).get("why", "") if detail and outcome != "ok" else ""
        for detail, outcome in rows.each("detail", "outcome")
    ]
    return np.array(found, dtype=object)
