"""Promises on what people were shown: writes, posts, queues, tickets, others' data."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np

from .found import Findings, Run, Slo, allowed, figures, is_ok, name, share
from .tables import SECOND, Rows, inside, told

OWN = ("own", "own, again", "own, restarted")  # views in which people read their own
LEAST = 5  # people of each kind without whom a step tells nothing


def _telling(rows: Rows, key: str) -> Rows:
    """The attempts of which the adapter told something, with it, in the order of sending."""
    said = told(rows, key)
    rows = rows.plus(said=np.array([*said, None], dtype=object)[:-1])
    rows = rows.where(np.array([value is not None for value in said], dtype=bool))
    return rows.where(np.argsort(rows["sent"], kind="stable"))


def fresh(slo: Slo, run: Run) -> Findings:
    """Pages that lacked a post to the reader's class, made long enough before."""
    samples, columns = run.folder.samples, ("territory", "school", "class")
    class_of = {person: key for person, *key in run.people.each("person", *columns)}
    posts = _telling(samples, "posted")
    posts = posts.where(is_ok(posts))
    made = [(class_of[p], done, post) for p, done, post in posts.each("person", "done", "said")]
    pages = _telling(samples, "seen")
    pages = pages.where(is_ok(pages) & inside(pages["due"], run.window(slo)))
    owed, lacked = [], []
    for person, sent, seen in pages.each("person", "sent", "said"):
        due = [(t, post) for c, t, post in made
               if c == class_of[person] and t + slo["within"] <= sent]  # fmt: skip
        oldest = min((t for t, post in due if post in seen), default=-np.inf)
        owed.append(bool(due))
        lacked.append(any(post not in seen and t > oldest for t, post in due))
    pages = pages.plus(broken=np.array(lacked, dtype=bool)).where(np.array(owed, dtype=bool))
    return share(slo, run, pages, allowed(slo), good=True)


def queue_fair(slo: Slo, run: Run) -> Findings:
    """People overtaken, people whose rank rose, people who were told a wrong wait."""
    rows = _telling(run.folder.samples, "queue")
    rows = rows.where(inside(rows["due"], run.window(slo)))
    looks, give = list(rows["said"]), slo["give"]
    came = np.array([seen[0][0] for seen in looks], dtype=float)
    let_in = np.array([s[-1][0] if s[-1][1] == 0 else np.inf for s in looks], dtype=float)
    last = np.array([seen[-1][0] for seen in looks], dtype=float)
    overtaken = [
        bool(np.any((came > came[i] + give) & (let_in + give < min(let_in[i], last[i] + give))))
        for i in range(len(looks))
    ]
    rose = [
        any(b > a for a, b in pairwise(ranks))
        for ranks in ([look[1] for look in seen if look[1]] for seen in looks)
    ]
    parts = [("order", rows, overtaken), ("position", rows, rose)]
    wrong = [_misled(seen, give, run.plan["clock"]) for seen in looks]
    known = np.array([value is not None for value in wrong], dtype=bool)
    if known.any():
        parts.append(("estimate", rows.where(known), [bool(w) for w in wrong if w is not None]))
    found: Findings = {}
    for part, some, broken in parts:
        marked = some.plus(broken=np.array(broken, dtype=bool))
        found |= share(slo, run, marked, allowed(slo), good=True, part=part)
    return found


def _misled(looks: list[list[int]], give: float, clock: float) -> bool | None:
    """The first wait told, over twice or under half the real one; None: there is none."""
    first = next((look for look in looks if look[1] and look[2] >= 0), None)
    if first is None or looks[-1][1]:
        return None
    said, real = round(first[2] * SECOND / clock), looks[-1][0] - first[0]
    return abs(said - real) > give and not real / 2 <= said <= real * 2


def single_use(slo: Slo, run: Run) -> Findings:
    """Of each step that must be refused: how often it was taken."""
    rows = run.samples.where(inside(run.samples["due"], run.window(slo)))
    found: Findings = {}
    for step in slo["steps"]:
        here = rows["outcome"][rows["step"] == step]
        taken, of = int(np.sum(here == "wrong")), int(np.sum((here == "wrong") | (here == "ok")))
        found[name(slo, {}, part=step)] = figures(float(taken) if of else None, of, 0.0)
    return found


def no_leak(slo: Slo, run: Run) -> Findings:
    """Pages of others, sessions given to two people, pages that a shared cache may keep."""
    rows = run.samples.where(inside(run.samples["due"], run.window(slo)))
    tried = int(np.sum([o not in ("not_sent", "abandoned") for o in rows["outcome"]]))
    leaks = int(np.sum(rows["outcome"] == "leak"))
    given, kept = (_telling(run.folder.samples, key) for key in ("session", "cacheable"))
    holders: dict[str, set[str]] = {}
    for person, session in given.each("person", "said"):
        holders.setdefault(session, set()).add(person)
    twice = sum(len(people) > 1 for people in holders.values())
    parts = {"pages": (leaks, tried), "sessions": (twice, len(given)), "caches": (len(kept), tried)}
    return {
        name(slo, {}, part=part): figures(float(bad) if of else None, of, 0.0)
        for part, (bad, of) in parts.items()
    }


def same_for_all(slo: Slo, run: Run) -> Findings:
    """The larger distance of two medians, bytes and requests, from the control people's."""
    people, rows = run.people, run.folder.samples
    control = set(people["person"][people["control"]])
    few: dict[str, int] = {}
    for persona in people["persona"][people["control"]]:
        few[persona] = few.get(persona, 0) + 1
    rows = rows.where(is_ok(rows) & (rows["attempt"] == 1) & inside(rows["due"], run.window(slo)))
    got: dict[tuple[str, str], dict[bool, list[tuple[float, int]]]] = {}
    for persona, step, person, size, detail in rows.each(
        "persona", "step", "person", "bytes", "detail"
    ):
        if few.get(persona, 0) >= LEAST:
            both = got.setdefault((persona, step), {True: [], False: []})
            both[person in control].append((size, len(json.loads(detail).get("hops", []))))
    found = {}
    for (persona, step), both in sorted(got.items()):
        ours, others = both[False], both[True]
        key = name(slo, {}, part=f"{persona}/{step}")
        found[key] = figures(None, min(len(ours), len(others)), slo["apart"])
        if min(len(ours), len(others)) >= LEAST:
            apart = []
            for a, b in zip(np.median(ours, axis=0), np.median(others, axis=0), strict=True):
                apart.append(abs(a - b) / b if b else float(a != b))
            found[key] = figures(max(apart), len(others), slo["apart"])
    return found or {name(slo, {}, part="home"): figures(None, 0, slo["apart"])}


def nothing_lost(slo: Slo, run: Run) -> Findings:
    """Acknowledged writes that are not as they were acknowledged, and writes of nobody."""
    writes: dict[str, dict[str, Any]] = {}
    columns = ("event", "kind", "marker", "person", "size", "sha256")
    for path in sorted((run.folder.raw / "ledger").glob("*.parquet")):
        ledger = run.folder.table(f"ledger/{path.stem}")
        for event, kind, marker, person, size, digest in ledger.each(*columns) if ledger else ():
            if kind == slo["kind"]:
                write = {"person": person, "size": size, "sha256": digest}
                before = writes.setdefault(marker, {**write, "ok": False})
                before["ok"] = event == "ok" if event != "tried" else before["ok"]
    acknowledged = sum(write["ok"] for write in writes.values())
    bad = _spoiled(writes, run)
    key = name(slo, {}, of=slo["kind"])
    return {key: figures(float(bad) if acknowledged else None, acknowledged, 0.0)}


def _spoiled(writes: dict[str, dict[str, Any]], run: Run) -> int:
    """Lost, changed, twice there, under another name, or never written by anybody."""
    names = dict(run.people.each("person", "name"))
    reads = run.folder.table("reads")
    readings: dict[tuple[str, str], list[tuple[Any, ...]]] = {}  # (view, reader) → what it showed
    if reads is not None:
        reads = reads.where(np.argsort(reads["t"], kind="stable"))
        for view, reader, *piece in reads.each(
            "view", "reader", "outcome", "marker", "size", "sha256", "owner"
        ):
            readings.setdefault((view, reader), []).append(tuple(piece))
    under: dict[str, set[str]] = {}  # marker → names it was shown under
    own: dict[str, list[dict[str, list[tuple[float, str]]]]] = {}  # reader → each view's pieces
    for (view, reader), pieces in readings.items():
        if view in OWN and not any(outcome == "ok" for outcome, *_ in pieces):
            continue
        shown: dict[str, list[tuple[float, str]]] = {}
        for _, marker, size, digest, owner in pieces:
            if marker is not None:
                shown.setdefault(marker, []).append((size, digest))
                said = names.get(reader, reader) if view in OWN else owner
                under.setdefault(marker, set()).add(said)
        if view in OWN:
            own.setdefault(reader, []).append(shown)
    bad = sum(marker not in writes for marker in under)
    for marker, write in writes.items():
        views = own.get(write["person"], [])
        copies = [copy for shown in views for copy in shown.get(marker, [])]
        twice = any(len(shown.get(marker, [])) > 1 for shown in views)
        strange = under.get(marker, set()) - {names.get(write["person"], write["person"])}
        missing = bool(views) and marker not in views[-1]
        changed = any(digest != write["sha256"] for _, digest in copies)
        bad += twice or bool(strange) or (write["ok"] if missing else bool(views) and changed)
    return bad
