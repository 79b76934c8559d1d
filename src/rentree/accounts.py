"""Who of the crowd signs in as whom on a platform that is not ours.

Passwords never stand here: the target names the variable of the environment that holds them.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rentree.crowd import Member
from rentree.errors import InvalidFileError, Problem, UsageError
from rentree.target import Accounts, reserved
from rentree.words import Words, number
from rentree.yamltext import nearest

COLUMNS = ("login", "name", "persona", "territory")


class Account(NamedTuple):
    """One row of the file; an empty persona or territory fits everybody."""

    login: str
    name: str
    persona: str
    territory: str


def read_accounts(path: Path, mail_domain: str | None) -> list[Account]:
    """Read a CSV of accounts (comma or semicolon, UTF-8, a header line).

    Raises:
        InvalidFileError: every row that cannot be used, with its line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFileError([Problem(str(path), 1, f"cannot be read: {error}")]) from error
    first = text.partition("\n")[0]
    rows = csv.DictReader(text.splitlines(), delimiter=";" if ";" in first else ",", strict=True)
    header = [name.strip() for name in rows.fieldnames or []]
    rows.fieldnames = header
    problems = [
        Problem(str(path), 1, f"unknown column “{name}”: {_hint(name)}")
        for name in header
        if name not in COLUMNS
    ]
    if "login" not in header:
        problems.append(Problem(str(path), 1, "the column “login” is missing"))
    if problems:
        raise InvalidFileError(problems)
    accounts: list[Account] = []
    seen: dict[str, int] = {}
    try:
        for row in rows:
            account = Account(*((row.get(name) or "").strip() for name in COLUMNS))
            if why := _wrong(account, seen, mail_domain):
                problems.append(Problem(str(path), rows.line_num, why))
            seen.setdefault(account.login, rows.line_num)
            accounts.append(account)
    except csv.Error as error:
        problems.append(Problem(str(path), rows.line_num, f"not CSV: {error}"))
    if not accounts and not problems:
        problems.append(Problem(str(path), 1, "there is no account in it"))
    if problems:
        raise InvalidFileError(problems)
    return accounts


def assign(
    members: Sequence[Member], accounts: Accounts, file: Path | None
) -> tuple[list[Member], list[Words]]:
    """Give everybody an account; also returns what the report must say of it.

    Accounts go in the order of the file to people in the order of their coming, those that name
    a persona or a territory to such people only. With fewer accounts than people it is an error,
    unless the target says `when_short: share`: then they go round, and the report says so.

    Raises:
        UsageError: not enough accounts, and they may not be shared.
    """
    if file is None:
        name = accounts.login
        shared = [m._replace(login=name, name=name or m.name) for m in members]
        return shared, [_all_share(len(members))]
    known = read_accounts(file, accounts.mail_domain)
    free: dict[tuple[str, str], list[Account]] = defaultdict(list)
    for account in reversed(known):
        free[account.persona, account.territory].append(account)
    given = [_next(free, member) for member in members]
    short = Counter(m.persona for m, own in zip(members, given, strict=True) if own is None)
    if not short:
        return [_as(m, own) for m, own in zip(members, given, strict=True) if own], []
    if accounts.when_short == "refuse":
        raise UsageError(_too_few(file, len(known), len(members), short))
    turn: Counter[str] = Counter()
    sharing = [
        _as(m, own or _in_turn(known, m, turn, file)) for m, own in zip(members, given, strict=True)
    ]
    return sharing, [_some_share(len(known), len(members), short.total())]


def _as(member: Member, account: Account) -> Member:
    return member._replace(login=account.login, name=account.name or account.login)


def _in_turn(known: list[Account], member: Member, turn: Counter[str], file: Path) -> Account:
    """An account that others have too: those that fit go round."""
    fits = [a for a in known if _fits(a, member)]
    if not fits:
        who = f"{member.person} ({member.persona}, {member.territory})"
        raise UsageError(f"{file}:1: no account for anybody like {who}, not even to share")
    kind = f"{member.persona}/{member.territory}"
    turn[kind] += 1
    return fits[(turn[kind] - 1) % len(fits)]


def _too_few(file: Path, accounts: int, people: int, short: Counter[str]) -> str:
    who = ", ".join(f"{count} {persona}" for persona, count in sorted(short.items()))
    share = int((people - short.total()) / people * 100)
    fewer = f"bring fewer people (--scale {share}%, a rehearsal), " if share else ""
    return (
        f"{file}:1: {accounts} accounts for {people} people: {who} would have none. Add accounts, "
        f"{fewer}or let people share them (`when_short: share` in the target; the report says so)"
    )


def _all_share(people: int) -> Words:
    return {
        "fr": f"Toutes les personnes ({number(people, 'fr')}) partagent un seul compte\u00a0: ce "
        "qui dépend du compte n’est pas vérifié.",
        "en": f"All {number(people, 'en')} people share one account: what depends on the account "
        "is not checked.",
    }


def _some_share(accounts: int, people: int, sharing: int) -> Words:
    return {
        "fr": f"{number(accounts, 'fr')} comptes pour {number(people, 'fr')} personnes\u00a0: "
        f"{number(sharing, 'fr')} d’entre elles partagent un compte avec d’autres.",
        "en": f"{number(accounts, 'en')} accounts for {number(people, 'en')} people: "
        f"{number(sharing, 'en')} of them share one with others.",
    }


def _next(free: dict[tuple[str, str], list[Account]], member: Member) -> Account | None:
    """The next free account that fits, the most particular kind first."""
    for persona in (member.persona, ""):
        for territory in (member.territory, ""):
            if left := free.get((persona, territory)):
                return left.pop()
    return None


def _fits(account: Account, member: Member) -> bool:
    return account.persona in ("", member.persona) and account.territory in ("", member.territory)


def _wrong(account: Account, seen: dict[str, int], mail_domain: str | None) -> str:
    """Why an account cannot be used; empty when it can."""
    login = account.login
    if not login:
        return "a row without a login"
    if login in seen:
        return f"the account “{login}” stands in line {seen[login]} already"
    if "@" not in login:
        return ""
    domain = login.rpartition("@")[2]
    if not reserved(domain):
        return (
            f"“{login}” may be a real person's address: fictitious people live at .invalid, "
            ".test, .example or .localhost"
        )
    if mail_domain and domain.lower() != mail_domain.lower():
        return f"“{login}” is not at {mail_domain}, where the target says that all accounts are"
    return ""


def _hint(name: str) -> str:
    if "pass" in name.lower() or "mot" in name.lower():
        return "passwords stand in the environment only (`password: env NAME` in the target)"
    return nearest(name, COLUMNS)
