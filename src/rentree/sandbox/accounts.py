"""The accounts of a sandbox: a CSV file, or a demonstration school. Every person is made up."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from rentree.errors import InvalidFileError, Problem
from rentree.yamltext import nearest

HEADER = ["login", "password", "name", "role", "territory", "school", "level", "class"]
ROLES = ("pupil", "teacher", "parent", "staff")

_DEMO_PASSWORD = "bac-a-sable"  # noqa: S105  # public on purpose: the people do not exist
_CLASSES = ["6e A", "6e B", "6e C", "5e A", "5e B", "5e C", "4e A", "4e B", "3e A", "3e B"]
_FIRST = ["Alma", "Basile", "Chloé", "Daoud", "Élise", "Farid", "Gaëlle", "Hugo", "Inès", "Jules"]
_LAST = ["Arnaud", "Benali", "Carpentier", "Diallo", "Etcheverry", "Fontaine", "Garnier"]


class Person(NamedTuple):
    """Who an account belongs to, without its password."""

    login: str
    name: str
    role: str  # pupil, teacher, parent, staff
    territory: str
    school: str
    level: str
    class_name: str


class Account(NamedTuple):
    """A person and the password that proves them; "": the account is still to be created."""

    person: Person
    password: str


def read_accounts(path: Path) -> list[Account]:
    """Read a CSV file (UTF-8, comma, the header above).

    Raises:
        InvalidFileError: every wrong line at once.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidFileError([Problem(str(path), 1, f"cannot be read: {error}")]) from error
    if not rows or rows[0] != HEADER:
        header = Problem(str(path), 1, f"the first line must be: {','.join(HEADER)}")
        raise InvalidFileError([header])
    accounts: list[Account] = []
    problems: list[Problem] = []
    known: dict[str, int] = {}
    for line, row in enumerate(rows[1:], start=2):
        if wrong := _wrong(row, known):
            problems.append(Problem(str(path), line, wrong))
            continue
        login, password, *others = row
        known[login] = line
        accounts.append(Account(Person(login, *others), password))
    if problems:
        raise InvalidFileError(problems)
    return accounts


def write_accounts(path: Path, accounts: Iterable[Account]) -> None:
    """Write what `read_accounts` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for person, password in accounts:
            writer.writerow([person.login, password, *person[1:]])


def demo_accounts() -> list[Account]:
    """A school of 10 classes of 24 pupils, with 10 teachers and 20 parents."""
    pupils = [_demo(f"demo-pupil-{i + 1:03}", i, "pupil", i // 24) for i in range(240)]
    teachers = [_demo(f"demo-teacher-{i + 1:02}", 240 + i, "teacher", i) for i in range(10)]
    parents = [_demo(f"demo-parent-{i + 1:02}", 250 + i, "parent", i % 10) for i in range(20)]
    return pupils + teachers + parents


def _demo(login: str, index: int, role: str, class_index: int) -> Account:
    name = f"{_FIRST[index % len(_FIRST)]} {_LAST[index % len(_LAST)]}"
    school = "college-de-demonstration"
    person = Person(login, name, role, "demonstration", school, "collège", _CLASSES[class_index])
    return Account(person, _DEMO_PASSWORD)


def _wrong(row: list[str], known: dict[str, int]) -> str:
    if len(row) != len(HEADER):
        return f"has {len(row)} fields, the header has {len(HEADER)}"
    login, role = row[0], row[3]
    if not login:
        return "needs a login"
    if login in known:
        return f"the login “{login}” stands in line {known[login]} already"
    if role not in ROLES:
        return f"“{role}” is no role: {nearest(role, ROLES)}"
    return ""
