"""What the sandbox keeps: accounts, and homework that outlives the process."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from rentree.sandbox.accounts import demo_accounts
from rentree.sandbox.database import Database, Sqlite
from rentree.sandbox.forms import Upload
from rentree.sandbox.store import Store

New = Callable[[], Database]
PUPIL, OTHER_CLASS = demo_accounts()[0].person, demo_accounts()[30].person
TEACHER = demo_accounts()[240].person


def test_sign_in(new_database: New) -> None:
    """The right password gives the person; a wrong one, another's login or none gives nobody."""
    store = Store(new_database(), demo_accounts())
    assert store.sign_in("demo-pupil-001", "bac-a-sable") == PUPIL
    assert store.sign_in("demo-pupil-001", "wrong") is None
    assert store.sign_in("nobody", "bac-a-sable") is None
    assert store.sign_in("", "") is None


def test_no_password_lies_in_the_file(tmp_path: Path) -> None:
    """Nobody reads a password, or a hash that a table of hashes knows, from the database."""
    Store(Sqlite(tmp_path / "db"), demo_accounts()).close()
    content = (tmp_path / "db").read_bytes()
    assert b"demo-pupil-001" in content
    assert b"bac-a-sable" not in content
    assert hashlib.blake2b(b"bac-a-sable", digest_size=16).digest() not in content


def test_homework_is_kept_as_it_was(new_database: New) -> None:
    """Text comes back unchanged, with its SHA-256, to its pupil and to the class's teacher."""
    store = Store(new_database(), demo_accounts())
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


def test_homework_is_committed_when_hand_in_returns(tmp_path: Path) -> None:
    """Another connection sees it at once: nothing hangs in an open transaction."""
    store = Store(Sqlite(tmp_path / "db"), demo_accounts())
    store.hand_in(PUPIL, "rendu", now=1)
    other = sqlite3.connect(tmp_path / "db")
    assert other.execute("SELECT text FROM homework").fetchall() == [("rendu",)]
    other.close()
    store.close()


def test_homework_outlives_the_store_and_accounts_do_not(new_database: New) -> None:
    """A sandbox that starts again in its folder knows its homework and the new accounts only."""
    first = Store(new_database(), demo_accounts())
    number = first.hand_in(PUPIL, "d’hier", now=1)
    second = Store(new_database(), demo_accounts()[:1])
    work = second.homework(number)
    assert work is not None
    assert work.text == "d’hier"
    assert second.sign_in("demo-pupil-001", "bac-a-sable") == PUPIL
    alone = second.database.alone  # several nodes share the other: none throws accounts away
    assert (second.sign_in("demo-pupil-002", "bac-a-sable") is None) == alone


def test_files_and_posts_are_kept(new_database: New) -> None:
    """A file byte by byte, and what the teacher posted, for this class only."""
    store = Store(new_database(), demo_accounts())
    data = bytes(range(256))
    work = store.homework(store.hand_in(PUPIL, "", 1, Upload("récit.odt", data)))
    assert work is not None
    assert (work.file, work.sha256) == ("récit.odt", hashlib.sha256(data).hexdigest())
    assert store.file(work.id) == data
    assert store.file(work.id + 1) == b""
    store.post(TEACHER, "À lundi", 2)
    assert [(p.author, p.text) for p in store.posts_of(PUPIL)] == [(TEACHER.name, "À lundi")]
    assert store.posts_of(OTHER_CLASS) == []
    assert store.territories() == ["demonstration"]
    assert store.classmate_of(PUPIL) == demo_accounts()[1].person
