"""A site in memory, for tests that ask one part of the sandbox for its numbers."""

from __future__ import annotations

import textwrap
from pathlib import Path

from rentree.sandbox.accounts import Account, Person, demo_accounts
from rentree.sandbox.settings import changed, checked
from rentree.sandbox.site import Site, open_site
from rentree.yamltext import read_text

OPEN = textwrap.dedent("""
    sandbox: memory
    title: {fr: "Essai", en: "Trial"}
    capacity: {servers: 4, queue: 10}
    service: {sign-in: 40 ms, page: 10 ms, asset: 1 ms, write: 20 ms}
    quota: none
    session: {idle: 30 min, at_most: none}
    overload: {retry_after: none}
""")
TWO_TERRITORIES = [
    Account(Person(f"p-{t}", "P", "pupil", t, "s", "lycée", "1"), "x") for t in ("alpha", "beta")
]


def make_site(
    work: Path,
    changes: dict[str, str] | None = None,
    *,
    defects: tuple[str, ...] = (),
    scale: float = 1.0,
    clock: float = 1.0,
    accounts: list[Account] | None = None,
) -> Site:
    """A site as `OPEN` says, with some settings changed."""
    data = changed(read_text(OPEN, "memory").data, changes or {})
    people = demo_accounts() if accounts is None else accounts
    return open_site(
        checked(data), data, people, work=work, scale=scale, clock=clock, defects=frozenset(defects)
    )
