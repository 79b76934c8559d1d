"""Who signs in as whom on a platform that is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentree.accounts import assign, read_accounts
from rentree.crowd import Member
from rentree.errors import InvalidFileError, UsageError
from rentree.target import Accounts


def member(i: int, persona: str = "pupil", territory: str = "north") -> Member:
    """Somebody of the crowd."""
    return Member(
        i, f"{territory}/{persona}-{i:05}", territory, "north/lycée-01", "lycée", "c01", persona,
        "127.16.0.1", f"{territory}.{persona}-{i:05}", f"Somebody {i}", True, i, "ent",
    )  # fmt: skip


def accounts(**said: str) -> Accounts:
    """The target's section, as it was written."""
    return Accounts.model_validate({"fictitious": "attested", "password": "env SECRET", **said})


def file_of(tmp_path: Path, text: str) -> Path:
    """A file of accounts."""
    path = tmp_path / "accounts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_accounts_go_in_order_to_people_in_order_of_coming(tmp_path: Path) -> None:
    """First come, first account; a name that the file gives is the person's."""
    file = file_of(tmp_path, "login,name\nada,Ada L.\nbob,\ncy,Cy\n")
    given, notes = assign([member(0), member(1)], accounts(file="accounts.csv"), file)
    assert [(m.login, m.name) for m in given] == [("ada", "Ada L."), ("bob", "bob")]
    assert notes == []


def test_an_account_that_names_a_persona_or_territory_is_for_such_people(tmp_path: Path) -> None:
    """The most particular account goes first; one that names nothing fits everybody."""
    file = file_of(
        tmp_path,
        "login;persona;territory\nany;;\nt;teacher;\ns;pupil;south\nn;pupil;north\np;pupil;\n",
    )
    crowd = [member(0), member(1), member(2, "teacher"), member(3, "pupil", "south"), member(4)]
    given, _ = assign(crowd, accounts(file="accounts.csv"), file)
    assert [m.login for m in given] == ["n", "p", "t", "s", "any"]


def test_fewer_accounts_than_people_is_said_with_what_to_do(tmp_path: Path) -> None:
    """How many of whom would have none, and the three ways out."""
    file = file_of(tmp_path, "login\na\nb\nc\n")
    with pytest.raises(UsageError, match="3 accounts for 4 people: 1 teacher would have none") as e:
        assign([member(0), member(1), member(2), member(3, "teacher")], accounts(file="x"), file)
    assert "--scale 75%" in str(e.value)
    assert "when_short: share" in str(e.value)


def test_accounts_may_be_shared_when_the_target_says_so(tmp_path: Path) -> None:
    """They go round among the people whom they fit, and the report says how many share."""
    file = file_of(tmp_path, "login,persona\na,pupil\nb,pupil\nt,teacher\n")
    crowd = [member(i) for i in range(5)] + [member(5, "teacher")]
    given, notes = assign(crowd, accounts(file="x", when_short="share"), file)
    assert [m.login for m in given] == ["a", "b", "a", "b", "a", "t"]
    assert notes[0]["en"] == "3 accounts for 6 people: 3 of them share one with others."
    assert "3\u00a0comptes" not in notes[0]["fr"]  # a count of people is plain there
    assert notes[0]["fr"].startswith("3 comptes pour 6 personnes\u00a0: 3 d’entre elles")


def test_nobody_shares_an_account_that_is_not_for_them(tmp_path: Path) -> None:
    """A teacher never signs in as a pupil."""
    file = file_of(tmp_path, "login,persona\na,pupil\n")
    with pytest.raises(UsageError, match="no account for anybody like north/teacher-00001"):
        assign([member(0), member(1, "teacher")], accounts(file="x", when_short="share"), file)


def test_one_password_for_all_is_one_account_that_all_share() -> None:
    """An application that knows a password only; the report says what that leaves unchecked."""
    given, notes = assign([member(0), member(1)], accounts(), None)
    assert [m.login for m in given] == ["", ""]
    assert notes[0]["en"].startswith("All 2 people share one account")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name\nAda\n", "1: the column “login” is missing"),
        ("login,password\na,b\n", "1: unknown column “password”: passwords stand in the environ"),
        ("login,mot de passe\na,b\n", "1: unknown column “mot de passe”: passwords stand in the"),
        ("login,persnoa\na,b\n", "1: unknown column “persnoa”: did you mean “persona”"),
        ("login\n", "1: there is no account in it"),
        ("login,name\n,Ada\n", "2: a row without a login"),
        ("login\na\nb\na\n", "4: the account “a” stands in line 2 already"),
        ("login\na@lycee-hugo.fr\n", "2: “a@lycee-hugo.fr” may be a real person's address"),
        ("login\na@gmail.com\n", "2: “a@gmail.com” may be a real person's address"),
        ("login\na@other.invalid\n", "2: “a@other.invalid” is not at eleves.invalid"),
        ("login\na@invalid.com\n", "2: “a@invalid.com” may be a real person's address"),
        ('login,name\na,"b\n', "not CSV"),
    ],
)
def test_a_bad_file_is_told_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    """What, where, what to do."""
    with pytest.raises(InvalidFileError) as error:
        read_accounts(file_of(tmp_path, text), "eleves.invalid")
    assert sentence in str(error.value)


def test_addresses_under_reserved_domains_are_nobodys(tmp_path: Path) -> None:
    """RFC 2606."""
    text = "login\na@eleves.invalid\nb@x.test\nc@example.org\nd@mail.example.com\ne@ent.example\n"
    assert len(read_accounts(file_of(tmp_path, text), None)) == 5


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """No traceback."""
    with pytest.raises(InvalidFileError, match="cannot be read"):
        read_accounts(tmp_path / "none.csv", None)
