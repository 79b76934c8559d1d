"""A proof of the lab: homework through all of it, with the database plain, slow, gone and back."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.platform import Lab
from rentree import dropin
from rentree.client import Client, Failure, shared_context
from rentree.journal import read_journal
from rentree.platform import Account, Platform
from rentree.sandbox.accounts import demo_accounts
from rentree.sandbox.authority import trust
from rentree.workspace import find

_SLOW = 300  # ms
_PROFILE = "base-lente"


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
    rows.append(_run(lab, say))
    return rows


def _run(lab: Lab, say: Callable[[str], None]) -> Seen:
    """A whole run that makes the database slow, then gone, and puts it back: were both seen?"""
    say(f"slow, then gone: rentree run {_PROFILE}")
    began = time.monotonic()
    folder = lab.target.parent / "evidence"
    done = subprocess.run(
        [sys.executable, "-P", "-c", "from rentree.cli import main; main()", "run", _PROFILE,
         "--target", str(lab.target), "--evidence", str(folder), "--report", "json"],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    took = (time.monotonic() - began) * 1e3
    seen = Counter(
        entry["name"]
        for path in folder.glob("*/raw/journal.jsonl")
        for entry in read_journal(path)
        if (entry["event"], entry["state"]) == ("fault", "observed") and entry["in_force"]
    )
    outcome = ", ".join(f"{name} {count} s" for name, count in seen.items())
    ok = done.returncode in (0, 1, 3) and len(seen) == 2 and lab.plain()
    if not ok:
        say(done.stderr[-600:])
    return Seen("slow, then gone", f"run {_PROFILE}", outcome, took, "both seen, put back", ok)


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
