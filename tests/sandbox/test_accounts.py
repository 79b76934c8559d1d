"""Accounts: the file, its mistakes, the demonstration school."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from rentree.errors import InvalidFileError
from rentree.sandbox.accounts import HEADER, demo_accounts, read_accounts, write_accounts

HEAD = ",".join(HEADER) + "\n"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """A file that we wrote gives the same accounts, commas and accents included."""
    person = demo_accounts()[0].person._replace(name='Élise, dite "Lise"')
    accounts = [demo_accounts()[0]._replace(person=person), *demo_accounts()[1:5]]
    write_accounts(tmp_path / "accounts.csv", accounts)
    assert read_accounts(tmp_path / "accounts.csv") == accounts


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("login;password\n", "1: the first line must be: login,password,name"),
        ("", "1: the first line must be"),
        (HEAD + "a,b,c\n", "2: has 3 fields, the header has 8"),
        (HEAD + ",b,c,pupil,t,s,l,k\n", "2: needs a login"),
        (HEAD + "a,b,c,pupli,t,s,l,k\n", "2: “pupli” is no role: did you mean “pupil”?"),
        (HEAD + "a,b,c,pupil,t,s,l,k\n" * 2, "3: the login “a” stands in line 2 already"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, text: str, says: str) -> None:
    """A wrong file says in which line, and what to write instead."""
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFileError) as caught:
        read_accounts(tmp_path / "a.csv")
    assert says in str(caught.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A file that is not there is a mistake in words."""
    with pytest.raises(InvalidFileError, match="cannot be read"):
        read_accounts(tmp_path / "none.csv")


def test_the_demonstration_school() -> None:
    """Ten classes of 24 pupils with a teacher each, and twenty parents, under unique logins."""
    people = [account.person for account in demo_accounts()]
    assert Counter(p.role for p in people) == {"pupil": 240, "teacher": 10, "parent": 20}
    classes = Counter(p.class_name for p in people if p.role == "pupil")
    assert set(classes.values()) == {24}
    assert set(classes) == {p.class_name for p in people if p.role == "teacher"}
    assert len({p.login for p in people}) == 270
    assert {"demo-pupil-001", "demo-teacher-01", "demo-parent-01"} <= {p.login for p in people}


def test_it_is_cheap_to_import() -> None:
    """Who only wants the accounts does not load the server."""
    heavy = "{'starlette', 'granian', 'polars', 'jinja2'}"
    code = f"import sys, rentree.sandbox.accounts; print({heavy} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
