"""What the sandbox keeps on disk: accounts and the homework that was handed in (SQLite, WAL)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from rentree.sandbox.accounts import Account, Person

_TABLES = """
DROP TABLE IF EXISTS account;
CREATE TABLE account (login TEXT PRIMARY KEY, proof BLOB NOT NULL, name TEXT, role TEXT,
    territory TEXT, school TEXT, level TEXT, class TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS homework (id INTEGER PRIMARY KEY AUTOINCREMENT, login TEXT NOT NULL,
    name TEXT NOT NULL, school TEXT NOT NULL, class TEXT NOT NULL, text TEXT NOT NULL,
    sha256 TEXT NOT NULL, handed_in REAL NOT NULL);
CREATE INDEX IF NOT EXISTS homework_of_pupil ON homework (login, id);
CREATE INDEX IF NOT EXISTS homework_of_class ON homework (school, class, id);
"""
_LARGEST = 2**63 - 1  # SQLite's integers end there
_COLUMNS = "id, login, name, school, class, text, sha256, handed_in"


class Homework(NamedTuple):
    """One piece of homework as it was handed in."""

    id: int
    login: str
    name: str
    school: str
    class_name: str
    text: str
    sha256: str  # of the text in UTF-8, hex
    handed_in: float  # s since the epoch


class Store:
    """One database file. Homework of an earlier process stays; accounts are loaded anew."""

    def __init__(self, path: Path, accounts: Iterable[Account]) -> None:
        # Not bound to one thread: reads come from the loop, writes from one thread beside it,
        # and sqlite3 (built threadsafe, as CPython demands) has them wait for one another.
        self._reader = _connect(path)
        self._writer = _connect(path)
        self._key = secrets.token_bytes(32)
        with self._writer:
            self._writer.executescript(_TABLES)
        self.add(accounts)

    def add(self, accounts: Iterable[Account]) -> None:
        """Add accounts; one whose login is known replaces it."""
        with self._writer:
            self._writer.executemany(
                "INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                ((p.login, self._proof(p.login, password), *p[1:]) for p, password in accounts),
            )

    def sign_in(self, login: str, password: str) -> Person | None:
        """The person whom login and password prove."""
        row = self._reader.execute("SELECT * FROM account WHERE login = ?", (login,)).fetchone()
        given = self._proof(login, password)
        if row is None or not hmac.compare_digest(row[1], given):
            return None
        return Person(row[0], *row[2:])

    def hand_in(self, pupil: Person, text: str, now: float) -> int:
        """Store homework, committed on return, and say its number; `now` s since the epoch."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        with self._writer:
            cursor = self._writer.execute(
                "INSERT INTO homework (login, name, school, class, text, sha256, handed_in)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (pupil.login, pupil.name, pupil.school, pupil.class_name, text, digest, now),
            )
        assert cursor.lastrowid is not None  # noqa: S101  # a row was inserted
        return cursor.lastrowid

    def homework(self, number: int) -> Homework | None:
        """One piece of homework, if there is one of that number."""
        if number > _LARGEST:
            return None
        rows = self._homework("id = ? LIMIT 1", number)
        return rows[0] if rows else None

    def homework_of(self, pupil: Person, at_most: int = 20) -> list[Homework]:
        """What a pupil handed in, the latest first."""
        return self._homework("login = ? ORDER BY id DESC LIMIT ?", pupil.login, at_most)

    def homework_of_class(self, teacher: Person, at_most: int = 50) -> list[Homework]:
        """What the class of a teacher handed in, the latest first."""
        where = "school = ? AND class = ? ORDER BY id DESC LIMIT ?"
        return self._homework(where, teacher.school, teacher.class_name, at_most)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()
        self._writer.close()

    def _homework(self, where: str, *values: object) -> list[Homework]:
        query = f"SELECT {_COLUMNS} FROM homework WHERE {where}"  # noqa: S608  # our own words
        return [Homework(*row) for row in self._reader.execute(query, values)]

    def _proof(self, login: str, password: str) -> bytes:
        # A real platform hashes slowly on purpose. Here the capacity model stands for that cost
        # (`service: sign-in`), so that it is the preset's and not this machine's; the accounts
        # are made up, and the key dies with the process.
        text = f"{login}\0{password}".encode()
        return hashlib.blake2b(text, key=self._key, digest_size=16).digest()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, timeout=5)
    connection.execute("PRAGMA journal_mode = WAL")
    # NORMAL: a commit outlives the death of this process, which is what we break; a power cut
    # is not among our faults, and a sync a commit would make this machine's disk the platform.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection
