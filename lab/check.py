"""A proof of the lab: homework through all of it, with the database plain, slow, gone and back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.platform import Lab
from rentree import dropin
from rentree.client import Client, Failure, shared_context
from rentree.platform import Account, Platform
from rentree.sandbox.accounts import demo_accounts
from rentree.sandbox.authority import trust
from rentree.workspace import find

_SLOW = 300  # ms


@dataclass(frozen=True)
class Seen:
    """What a pupil met."""

    database: str
    step: str
    outcome: str
    ms: float
    expected: str
    ok: bool


def clock() -> int:
    """µs, monotonic."""
    return time.monotonic_ns() // 1000


def check(lab: Lab, say: Callable[[str], None]) -> list[Seen]:
    """Look at each in turn."""
    pupil = _pupil(lab)
    rows: list[Seen] = []

    def look(database: str, step: str, expected: str, at_least: float = 0, **facts: Any) -> None:
        say(f"{database}: {step}")
        began = time.monotonic()
        pupil.client.begin("0" * 31 + "1", clock() + 20_000_000)
        try:
            outcome = pupil.do(step, **facts).outcome
        except Failure as failure:
            outcome = failure.kind
        took = (time.monotonic() - began) * 1e3
        ok = (outcome == "ok") == (expected == "ok") and took >= at_least
        rows.append(Seen(database, step, outcome, took, expected, ok))

    look("plain", "sign in", "ok")
    look("plain", "hand in", "ok", text="avant")
    lab.toxic("latency", latency=_SLOW)
    look("slow", "hand in", "ok", at_least=_SLOW, text="lent")
    lab.clear()
    lab.enable(False)
    look("gone", "hand in", "not ok", text="coupé")
    lab.enable(True)
    look("back", "hand in", "ok", text="après")
    rows.append(_kept(pupil))
    return rows


def _kept(pupil: Platform) -> Seen:
    """Of three pieces that were acknowledged, how many are there; a fourth was told as failed."""
    pupil.client.begin("0" * 31 + "1", clock() + 20_000_000)
    links = [
        n.attributes["href"] or "" for n in pupil.client.get("/devoirs").tree.css("#rendus + ul a")
    ]
    texts = [pupil.client.get(link).css_first("#texte") for link in links]
    found = {node.text().strip() for node in texts if node is not None}
    there = found >= {"avant", "lent", "après"}
    return Seen("back", "read back", "ok" if there else "lost", 0, "ok", there)


def _pupil(lab: Lab) -> Platform:
    who, secret = demo_accounts()[0]
    client = Client(base=lab.url, clock=clock, tls=shared_context(trust()))
    adapter = dropin.adapter(find("platforms", "sandbox"))
    made: Platform = adapter(client, Account(who.login, secret, who.name, who.role))
    made.hosts = {"portal": lab.url}
    return made
