"""What the sandbox keeps: accounts, and the homework that was handed in."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import NamedTuple

from rentree.sandbox.accounts import Account, Person
from rentree.sandbox.database import Database
from rentree.sandbox.forms import Upload
from rentree.state import sandbox_key

_TABLES = """
CREATE TABLE IF NOT EXISTS account (login TEXT PRIMARY KEY, proof {blob} NOT NULL, name TEXT,
    role TEXT, territory TEXT, school TEXT, level TEXT, class TEXT);
CREATE TABLE IF NOT EXISTS homework (id {id}, login TEXT NOT NULL,
    name TEXT NOT NULL, school TEXT NOT NULL, class TEXT NOT NULL, text TEXT NOT NULL,
    sha256 TEXT NOT NULL, handed_in {real} NOT NULL, file TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS file (homework BIGINT PRIMARY KEY, data {blob} NOT NULL);
CREATE TABLE IF NOT EXISTS post (id {id}, school TEXT NOT NULL, class TEXT NOT NULL,
    author TEXT NOT NULL, text TEXT NOT NULL, posted {real} NOT NULL);
CREATE INDEX IF NOT EXISTS post_of_class ON post (school, class, id);
CREATE INDEX IF NOT EXISTS homework_of_pupil ON homework (login, id);
CREATE INDEX IF NOT EXISTS homework_of_class ON homework (school, class, id);
"""
_ADD = """INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (login) DO UPDATE SET
    proof = excluded.proof, name = excluded.name, role = excluded.role,
    territory = excluded.territory, school = excluded.school, level = excluded.level,
    class = excluded.class"""
_LABEL = b"rentree-password"
_NO_PROOF = b""  # of an account that is still to be created: no password has it
_LARGEST = 2**63 - 1  # integers of a database end there
_PERSON = "login, name, role, territory, school, level, class"
_COLUMNS = "id, login, name, school, class, text, sha256, handed_in, file"


class Homework(NamedTuple):
    """One piece of homework as it was handed in."""

    id: int
    login: str
    name: str
    school: str
    class_name: str
    text: str
    sha256: str  # of the text in UTF-8, or of the file, hex
    handed_in: float  # s since the epoch
    file: str  # its name; empty: handed in as text


class Post(NamedTuple):
    """What a teacher posted to a class."""

    id: int
    author: str
    text: str
    posted: float  # s since the epoch


class Store:
    """On one database. Homework of an earlier process stays; accounts are loaded anew."""

    def __init__(self, database: Database, accounts: Iterable[Account]) -> None:
        self.database = database
        # This user's key, so that several nodes on one database know the same passwords.
        self._key = sandbox_key()
        database.create(_TABLES)
        if database.alone:
            database.write("DELETE FROM account")
        self.add(accounts)

    def add(self, accounts: Iterable[Account]) -> None:
        """Add accounts; one whose login is known replaces it."""
        rows = (
            (p.login, self._proof(p.login, password) if password else _NO_PROOF, *p[1:])
            for p, password in accounts
        )
        self.database.write_many(_ADD, rows)

    def territories(self) -> list[str]:
        """The territories of the accounts, sorted."""
        rows = self.database.read("SELECT DISTINCT territory FROM account ORDER BY territory")
        return [str(row[0]) for row in rows]

    def sign_in(self, login: str, password: str) -> Person | None:
        """The person whom login and password prove."""
        rows = self.database.read("SELECT * FROM account WHERE login = ?", login)
        given = self._proof(login, password)
        if not rows or not hmac.compare_digest(bytes(rows[0][1]), given):
            return None
        return Person(rows[0][0], *rows[0][2:])

    def create_account(self, login: str, password: str) -> bool:
        """Whether an account was still to be created; by this password they sign in from now on.

        Committed on return.
        """
        rows = self.database.write(
            "UPDATE account SET proof = ? WHERE login = ? AND proof = ? RETURNING login",
            self._proof(login, password), login, _NO_PROOF,
        )  # fmt: skip
        return bool(rows)

    def person(self, login: str) -> Person | None:
        """Who has that login."""
        rows = self.database.read(
            f"SELECT {_PERSON} FROM account WHERE login = ?",  # noqa: S608  # our own words
            login,
        )
        return Person(*rows[0]) if rows else None

    def hand_in(self, pupil: Person, text: str, now: float, upload: Upload | None = None) -> int:
        """Store homework, committed on return, and say its number; `now` s since the epoch."""
        digest = hashlib.sha256(text.encode() if upload is None else upload.data).hexdigest()
        name = "" if upload is None else upload.name
        rows = self.database.write(
            f"INSERT INTO homework ({_COLUMNS.partition(', ')[2]})"  # noqa: S608  # our own words
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            pupil.login, pupil.name, pupil.school, pupil.class_name, text, digest, now, name,
        )  # fmt: skip
        number = int(rows[0][0])
        if upload is not None:
            self.database.write("INSERT INTO file VALUES (?, ?)", number, upload.data)
        return number

    def forget(self, number: int) -> None:
        """Lose a piece of homework (a defect)."""
        self.database.write("DELETE FROM homework WHERE id = ?", number)

    def file(self, number: int) -> bytes:
        """The file of a piece of homework; empty when it has none."""
        rows = self.database.read("SELECT data FROM file WHERE homework = ?", number)
        return bytes(rows[0][0]) if rows else b""

    def classmate_of(self, pupil: Person) -> Person | None:
        """Another pupil of the same class, if there is one."""
        rows = self.database.read(
            f"SELECT {_PERSON} FROM account"  # noqa: S608  # our own words
            " WHERE school = ? AND class = ? AND role = 'pupil' AND login <> ?"
            " ORDER BY login LIMIT 1",
            pupil.school, pupil.class_name, pupil.login,
        )  # fmt: skip
        return Person(*rows[0]) if rows else None

    def post(self, teacher: Person, text: str, now: float) -> None:
        """Store a message to a teacher's class, committed on return."""
        self.database.write(
            "INSERT INTO post (school, class, author, text, posted) VALUES (?, ?, ?, ?, ?)",
            teacher.school, teacher.class_name, teacher.name, text, now,
        )  # fmt: skip

    def posts_of(self, person: Person, at_most: int = 20) -> list[Post]:
        """What was posted to a person's class, the latest first."""
        rows = self.database.read(
            "SELECT id, author, text, posted FROM post WHERE school = ? AND class = ?"
            " ORDER BY id DESC LIMIT ?",
            person.school, person.class_name, at_most,
        )  # fmt: skip
        return [Post(*row) for row in rows]

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
        """Close the database."""
        self.database.close()

    def _homework(self, where: str, *values: object) -> list[Homework]:
        query = f"SELECT {_COLUMNS} FROM homework WHERE {where}"  # noqa: S608  # our own words
        return [Homework(*row) for row in self.database.read(query, *values)]

    def _proof(self, login: str, password: str) -> bytes:
        # A real platform hashes slowly on purpose. Here the capacity model stands for that cost
        # (`service: sign-in`), so that it is the preset's and not this machine's; the
        # accounts are made up.
        text = f"{login}\0{password}".encode()
        return hashlib.blake2b(text, key=self._key, person=_LABEL, digest_size=16).digest()
