"""Leaks: pages of others, sessions given twice, personal pages for shared caches. Exact. Pure.

One is enough, whatever our own fitness: we cannot have caused it.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict

import polars as pl

from rentree.judge import sentence
from rentree.judge.case import Case
from rentree.judge.finding import facts_of, half, window_of
from rentree.judge.unfit import inside
from rentree.slo import NoLeak
from rentree.verdict import Decision, Finding
from rentree.words import Words, both, number, thing

_DIGEST = r"sha256 ([0-9a-f]{16})"


def no_leak(slo: NoLeak, case: Case) -> list[Finding]:
    """Three findings: `pages` of somebody else, `sessions` that two people were given, and `caches`
    that may keep a personal page. Both requests of a leak are named in `listed`.
    """
    rows = case.samples.filter(inside("due", window_of(slo, case.plan)))
    told = case.told("session"), case.told("cacheable")
    tried = rows.filter(~pl.col("outcome").is_in(["not_sent", "abandoned"])).height
    leaks = rows.filter(pl.col("outcome") == "leak")
    return [
        _one(slo, "pages", tried, [_named(case, row) for row in leaks.iter_rows(named=True)],
             {"fr": "pages d’autrui", "en": "pages of others"}),
        _one(slo, "sessions", told[0].height, _twice(told[0]),
             {"fr": "sessions données deux fois", "en": "sessions given twice"}),
        _one(slo, "caches", tried, _kept(told[1]),
             {"fr": "pages personnelles qu’un cache partagé peut garder",
              "en": "personal pages that a shared cache may keep"}),
    ]  # fmt: skip


def _one(slo: NoLeak, name: str, count: int, found: list[str], what: Words) -> Finding:
    facts = facts_of(slo, {}, limit=0.0, unit="people", count=count)
    facts = half(facts, name, what)
    decision: Decision = "fail" if found else "pass" if count else "undecided"
    return Finding(
        **facts, decision=decision, measured=float(len(found)) if count else None, interval=None,
        measured_text=both(lambda lang: {
            "fr": f"{number(len(found), lang)} {what['fr']}, sur {number(count, lang)} "
            f"{thing(count, lang, 'attempts')}{_first(found)}",
            "en": f"{number(len(found), lang)} {what['en']}, in {number(count, lang)} "
            f"{thing(count, lang, 'attempts')}{_first(found)}"}[lang]),
        reasons=[sentence.no_rows()] if decision == "undecided" else [], listed=found,
    )  # fmt: skip


def _first(found: list[str]) -> str:
    return f" ({found[0]})" if found else ""


def _named(case: Case, row: dict[str, object]) -> str:
    """The request that was shown it, and the owner's own, where the digest tells the owner."""
    digest = pl.DataFrame({"d": [str(row["detail"])]}).select(pl.col("d").str.extract(_DIGEST))
    owner = _owners(case).get(str(digest.item()))
    shown = f"{row['person']}, {row['step']}: {_request(case, str(row['person']), row['seq'])}"
    if owner is None:
        return shown
    return f"{shown} ← {owner}: {_request(case, owner)}"


def _owners(case: Case) -> dict[str, str]:
    return {
        hashlib.sha256(login.encode()).hexdigest()[:16]: person
        for login, person in case.people.select("login", "person").iter_rows()
    }


def _request(case: Case, person: str, seq: object = None) -> str:
    """The trace-id of somebody's attempt: that one, or their last ok one."""
    rows = case.whole.filter(pl.col("person") == person)
    rows = rows.filter(pl.col("outcome") == "ok" if seq is None else pl.col("seq") == seq)
    ids = rows.sort("sent")["request_id"].to_list()
    return str(ids[-1]) if ids else "?"


def _twice(told: pl.DataFrame) -> list[str]:
    """Sessions that several people were given, each with its people and their requests."""
    holders: dict[str, dict[str, str]] = defaultdict(dict)
    for person, request, detail in told.select("person", "request_id", "detail").iter_rows():
        holders[json.loads(detail)["told"]["session"]].setdefault(person, request)
    return [
        " = ".join(f"{person}: {request}" for person, request in people.items())
        for people in holders.values()
        if len(people) > 1
    ]


def _kept(told: pl.DataFrame) -> list[str]:
    return [
        f"{person}, {step}: {json.loads(detail)['told']['cacheable']}"
        for person, step, detail in told.select("person", "step", "detail").iter_rows()
    ]
