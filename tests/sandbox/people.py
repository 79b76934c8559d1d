"""People of the demonstration school at a sandbox's door, by the adapter that we ship."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from rentree import dropin
from rentree.client import Client
from rentree.platform import Account, Answer, Platform
from rentree.sandbox.accounts import demo_accounts
from rentree.workspace import find

PUPIL, CLASSMATE, TEACHER, PARENT = 0, 1, 240, 250


def clock() -> int:
    """µs, monotonic."""
    return time.monotonic_ns() // 1000


def person(
    url: str, number: int = PUPIL, *, allow: Collection[str] = (), secret: str = ""
) -> Platform:
    """The demonstration school's person of that number, outside yet."""
    who, password = demo_accounts()[number]
    account = Account(who.login, secret or password, who.name, who.role)
    made: Platform = dropin.adapter(find("platforms", "sandbox"))(
        Client(base=url, allow=allow, clock=clock), account
    )
    made.hosts = {"portal": url}
    return made


def do(platform: Platform, step: str, seconds: float = 10, **facts: Any) -> Answer:
    """One attempt."""
    platform.client.begin("0" * 31 + "1", clock() + round(seconds * 1e6))
    return platform.do(step, **facts)


def inside(url: str, number: int = PUPIL) -> Platform:
    """The same, signed in."""
    made = person(url, number)
    assert do(made, "sign in").outcome == "ok"
    return made
