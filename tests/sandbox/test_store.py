"""What the sandbox keeps: accounts, and homework that outlives the process."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

from rentree.sandbox.accounts import demo_accounts
from rentree.sandbox.database import Sqlite
from rentree.sandbox.store import Store

PUPIL, OTHER_CLASS = demo_accounts()[0].person, demo_accounts()[30].person
TEACHER = demo_accounts()[240].person


def test_sign_in(tmp_path: Path) -> None:
    """The right password gives the person; a wrong one, another's login or none gives nobody."""
    store = Store(Sqlite(tmp_path / "db"), demo_accounts())
    assert store.sign_in("demo-pupil-001", "bac-a-sable") == PUPIL
    assert store.sign_in("demo-pupil-001", "wrong") is None
    assert store.sign_in("nobody", "bac-a-sable") is None
    assert store.sign_in("", "") is None
    store.close()


def test_no_password_lies_in_the_file(tmp_path: Path) -> None:
    """Nobody reads a password, or a hash that a table of hashes knows, from the database."""
    Store(Sqlite(tmp_path / "db"), demo_accounts()).close()
    content = (tmp_path / "db").read_bytes()
    assert b"demo-pupil-001" in content
    assert b"bac-a-sable" not in content
    assert hashlib.blake2b(b"bac-a-sable", digest_size=16).digest() not in content


def test_homework_is_kept_as_it_was(tmp_path: Path) -> None:
    """Text comes back unchanged, with its SHA-256, to its pupil and to the class's teacher."""
    store = Store(Sqlite(tmp_path / "db"), demo_accounts())
    text = "Ligne 1\r\nLigne 2 <b>œuvre</b> 🏫"
    number = store.hand_in(PUPIL, text, now=12.5)
    store.hand_in(OTHER_CLASS, "autre classe", now=13)
    work = store.homework(number)
    assert work is not None
    assert (work.text, work.login, work.handed_in) == (text, PUPIL.login, 12.5)
    assert work.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert store.homework_of(PUPIL) == [work]
    assert store.homework_of_class(TEACHER) == [work]
    assert store.homework(number + 99) is None
    assert store.homework(2**63) is None
    store.close()


def test_homework_is_committed_when_hand_in_returns(tmp_path: Path) -> None:
    """Another connection sees it at once: nothing hangs in an open transaction."""
    store = Store(Sqlite(tmp_path / "db"), demo_accounts())
    store.hand_in(PUPIL, "rendu", now=1)
    other = sqlite3.connect(tmp_path / "db")
    assert other.execute("SELECT text FROM homework").fetchall() == [("rendu",)]
    other.close()
    store.close()


def test_homework_outlives_the_store_and_accounts_do_not(tmp_path: Path) -> None:
    """A sandbox that starts again in its folder knows its homework and the new accounts only."""
    first = Store(Sqlite(tmp_path / "db"), demo_accounts())
    number = first.hand_in(PUPIL, "d’hier", now=1)
    first.close()
    second = Store(Sqlite(tmp_path / "db"), demo_accounts()[:1])
    work = second.homework(number)
    assert work is not None
    assert work.text == "d’hier"
    assert second.sign_in("demo-pupil-001", "bac-a-sable") == PUPIL
    assert second.sign_in("demo-pupil-002", "bac-a-sable") is None
    second.close()
