"""The ledger: every write that people attempted, and what the platform acknowledged of it.

A row is written before the attempt is sent ("tried"), and one when it ends: "ok" (acknowledged),
"no" (surely not done), "unknown". It stands in a file of the worker's own at once, and is chained:
each row bears SHA-256 of the one before and of itself: none can be changed, left out or added.
The words are Jepsen's: set and set-full (https://github.com/jepsen-io/jepsen, checker.clj).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from rentree.block import BlockReader

LEDGER = pl.Schema(
    {"n": pl.Int64, "worker": pl.Int32, "t": pl.Int64, "event": pl.String, "kind": pl.String,
     "marker": pl.String, "person": pl.String, "size": pl.Int64, "sha256": pl.String,
     "request_id": pl.String, "chain": pl.String}
)  # fmt: skip
READS = pl.Schema(
    {"t": pl.Int64, "view": pl.String, "reader": pl.String, "outcome": pl.String,
     "marker": pl.String, "size": pl.Int64, "sha256": pl.String, "owner": pl.String}
)  # fmt: skip
MARKER = re.compile(r"\[rn-[0-9a-f]{16}\]")


class Entry(NamedTuple):
    """One row; `chain` closes it."""

    n: int  # counts from 0 in each worker
    worker: int
    t: int  # µs of the run
    event: str  # tried, ok, no, unknown
    kind: str  # of write: "homework"
    marker: str  # names the attempt, and stands in what was written
    person: str
    size: int  # bytes of the text, its spaces as `plain` leaves them
    sha256: str  # of that text
    request_id: str
    chain: str


def plain(text: str) -> str:
    """A text with its spaces as platforms may change them: single, none at the ends."""
    return " ".join(text.split())


def digest(text: str) -> tuple[int, str]:
    """Size in bytes and SHA-256 of a text, but for its spaces."""
    data = plain(text).encode()
    return len(data), hashlib.sha256(data).hexdigest()


def marked(text: str, *words: object) -> tuple[str, str]:
    """The text with a marker before it that no other attempt has, and the marker."""
    said = "\x1f".join(map(str, words)).encode()
    marker = f"[rn-{hashlib.blake2b(said, digest_size=8).hexdigest()}]"
    return f"{marker} {text}", marker


def link(previous: str, row: Iterable[Any]) -> str:
    """The chain's next link: SHA-256 of the last one and of the row's canonical bytes, hex."""
    text = json.dumps(list(row), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


class Ledger:
    """The ledger of one worker, in a file of its own; nothing is kept open until it is needed."""

    def __init__(self, path: Path, worker: int) -> None:
        self._path, self._worker = path, worker
        self._count, self._chain = 0, ""
        self._new: list[Entry] = []

    def write(
        self, t: int, event: str, kind: str, marker: str, person: str, text: str, request_id: str
    ) -> None:
        """Add a row; it is with the system when this returns. Raises OSError: a full disk."""
        row = (self._count, self._worker, t, event, kind, marker, person, *digest(text), request_id)
        entry = Entry(*row, link(self._chain, row))
        with self._path.open("ab", buffering=0) as file:
            file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        self._count, self._chain = self._count + 1, entry.chain
        self._new.append(entry)

    def new(self) -> list[Entry]:
        """What was added since the last call, for the blocks."""
        new, self._new = self._new, []
        return new


def rows_of(work: Path) -> dict[int, list[Entry]]:
    """Worker → its rows so far: from its own file here, or from what came in its blocks."""
    found: dict[int, list[Entry]] = {}
    for path in sorted(work.glob("worker-*.blocks")):
        number = int(path.stem.removeprefix("worker-"))
        own = path.with_name(f"ledger-{number}.jsonl")
        rows = list(_lines(own)) if own.exists() else _of_blocks(path)
        if rows:
            found[number] = rows
    return found


def _lines(path: Path) -> Iterator[Entry]:
    for line in path.read_bytes().splitlines():
        try:
            yield Entry(*json.loads(line))
        except (ValueError, TypeError):  # torn by a death
            return


def _of_blocks(path: Path) -> list[Entry]:
    return [Entry(*row) for block in BlockReader(path).new() for row in block.ledger]


def table(rows: Iterable[Entry]) -> pl.DataFrame:
    """Rows as they stand in the evidence."""
    return pl.DataFrame(list(rows), schema=LEDGER, orient="row")


def breaks(rows: pl.DataFrame) -> list[str]:
    """What is wrong with a worker's chain, a sentence each; empty when it is whole."""
    previous, wrong = "", []
    for place, row in enumerate(rows.iter_rows()):
        if row[0] != place:
            wrong.append(f"row {place} is number {row[0]}: rows are missing, or were added")
            break
        if link(previous, row[:-1]) != row[-1]:
            wrong.append(f"row {place} ({row[5]}) does not follow from the one before")
            break
        previous = row[-1]
    return wrong
