"""The database of a sandbox: SQLite in its work folder, or a PostgreSQL that is given by URL.

One dialect serves both: `?` for a value, `RETURNING`, `ON CONFLICT`; {id}, {blob} and {real} in
`create` stand for the words in which they differ.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

Row = tuple[Any, ...]


class Database(Protocol):
    """What the store needs of one. Every method may be called from any thread."""

    alone: bool  # nobody else has it: what an earlier process left may be replaced
    connections: int  # that may work at once; 1: answers come at once, from memory or a file

    def create(self, tables: str) -> None:
        """Run statements that make what is missing."""

    def read(self, query: str, *values: object) -> list[Row]:
        """The rows of a query."""

    def write(self, statement: str, *values: object) -> list[Row]:
        """One statement, committed on return, and the rows that it returns."""

    def write_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """One statement for many rows, all or none."""

    def close(self) -> None:
        """Close all connections."""


class Sqlite:
    """One file, in WAL mode: a reader never waits for the writer."""

    alone = True
    connections = 1

    def __init__(self, path: Path) -> None:
        # Not bound to one thread: reads come from the loop, writes from one thread beside it,
        # and sqlite3 (built threadsafe, as CPython demands) has them wait for one another.
        self._reader = _connect(path)
        self._writer = _connect(path)

    def create(self, tables: str) -> None:
        """Run statements that make what is missing."""
        words = {"id": "INTEGER PRIMARY KEY AUTOINCREMENT", "blob": "BLOB", "real": "REAL"}
        with self._writer:
            self._writer.executescript(tables.format(**words))

    def read(self, query: str, *values: object) -> list[Row]:
        """The rows of a query."""
        return self._reader.execute(query, values).fetchall()

    def write(self, statement: str, *values: object) -> list[Row]:
        """One statement, committed on return, and the rows that it returns."""
        with self._writer:
            return self._writer.execute(statement, values).fetchall()

    def write_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """One statement for many rows, all or none."""
        with self._writer:
            self._writer.executemany(statement, rows)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()
        self._writer.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, timeout=5)
    connection.execute("PRAGMA journal_mode = WAL")
    # NORMAL: a commit outlives the death of this process, which is what we break; a power cut
    # is not among our faults, and a sync a commit would make this machine's disk the platform.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection
