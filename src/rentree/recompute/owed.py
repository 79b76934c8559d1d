"""A run that the platform ended: what was still due ("The platform ended the run", verdict.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .tables import COLUMNS, Folder, Rows, among, inside, together, why

UNDER_WAY = "the worker was lost while this was under way"
BAD = {"error", "timeout", "wrong", "leak"}
LEAST = 20  # attempts, fewer of which stop nothing


@dataclass
class Stop:
    """When the platform ended the run, and since when it was not well, µs."""

    at: float
    since: float


def stop_of(folder: Folder) -> Stop | None:
    """Whether the platform ended the run, and the samples bear it out."""
    ends = folder.said("run", "ended")
    reason = ends[-1].get("why") if ends else None
    if reason == "stop rule":
        return _by_rule(folder)
    overs = [e for e in folder.said("authorization", "over") if e.get("ours") is False]
    if reason != "unreachable" or not overs:
        return None
    stop = Stop(overs[0]["t"], overs[0].get("since") or 0)
    rows = answered(folder, stop)
    tried = (rows["due"] >= stop.since) & (rows["due"] <= stop.at)
    tried &= ~among(rows["outcome"], {"not_sent", "abandoned"})
    went = np.count_nonzero(tried & (rows["outcome"] == "ok"))
    return None if went > np.count_nonzero(tried) - went else stop


def _by_rule(folder: Folder) -> Stop | None:
    overs, rules = folder.said("stop", "over"), folder.plan["stops"]
    number = int(overs[0].get("rule", -1)) if overs else -1
    if not 0 <= number < len(rules):
        return None
    rule, stop = rules[number], Stop(overs[0]["t"], overs[0].get("since") or 0)
    if rule["when"] == "errors":
        share = _errors(folder, stop, stop.since + rule["for"])
        return stop if share is not None and share > rule["share_above"] else None
    share = _errors(folder, stop, stop.at)
    return stop if share is None or share >= 0.5 else None


def _errors(folder: Folder, stop: Stop, until: float) -> float | None:
    """The share of attempts that ended in the stretch and went wrong, but where we broke lines."""
    ours = {
        f["hits"]["territory"] for f in folder.plan["faults"]
        if "territory" in f["hits"] and f["start"] < until and stop.since < f["end"]
    }  # fmt: skip
    rows = answered(folder, stop)
    ended = np.where(np.isnan(rows["done"]), rows["due"], rows["done"])
    here = inside(ended, (stop.since, until)) & ~among(rows["territory"], ours)
    here &= ~among(rows["outcome"], {"not_sent", "abandoned"})
    bad = among(rows["outcome"][here], BAD)
    return float(np.mean(bad)) if len(bad) >= LEAST else None


def answered(folder: Folder, stop: Stop) -> Rows:
    """The samples; what was under way when we ended the workers is an error."""
    at_work = {e["worker"] for e in folder.said("worker", "ended") if e["t"] >= stop.at}
    at_work |= {
        e["worker"] for e in folder.said("worker", "lost")
        if e["t"] >= stop.at and (e.get("last_stored") or 0) >= stop.at
    }  # fmt: skip
    rows = folder.samples
    cut = among(rows["worker"], at_work) & (rows["outcome"] == "not_sent")
    cut &= why(rows) == UNDER_WAY
    return rows.plus(outcome=np.where(cut, "error", rows["outcome"]).astype(object))


def with_owed(folder: Folder, stop: Stop) -> Rows:
    """The samples; an `error` for who was to come; `abandoned` for each step that others did."""
    rows, people = answered(folder, stop), folder.people
    came = set(rows["person"])
    over = (rows["step"] == "sign out") | among(rows["outcome"], {"abandoned", "not_sent"})
    gone = set(rows["person"][over])
    did = set(rows.each("person", "step"))
    alike = ("persona", "territory") if folder.plan.get("journeys_apart") else ("persona",)
    steps: dict[tuple[str, ...], set[str]] = {}
    for outcome, step, *like in rows.each("outcome", "step", *alike):
        if outcome != "not_sent" and step not in ("create account", "sign in"):
            steps.setdefault(tuple(like), set()).add(step)
    owed: list[dict[str, Any]] = []
    where = set(rows["platform"])
    names = ("person", "persona", "territory", "level", "school", "due")
    told = people.columns.get("new_account")
    new = set() if told is None else set(people["person"][told])
    for values in people.each(*names):
        one = {**dict.fromkeys(COLUMNS), **dict(zip(names, values, strict=True)), "attempt": 1}
        one["platform"] = next(iter(where)) if len(where) == 1 else None  # of several, nobody knows
        one["detail"] = '{"why": "the platform ended the run"}'
        to_come = one["person"] not in came and one["due"] >= stop.at
        if to_come:
            door = "create account" if one["person"] in new else "sign in"
            owed.append({**one, "step": door, "outcome": "error"})
        if to_come or (one["person"] in came and one["person"] not in gone):
            at = max(one["due"], stop.at)
            mine = steps.get(tuple(one[key] for key in alike), set()) | {"sign out"}
            mine |= {"sign in"} if one["person"] in new else set()
            owed += [
                {**one, "step": step, "outcome": "abandoned", "due": at, "done": at}
                for step in sorted(mine)
                if (one["person"], step) not in did
            ]
    if not owed:
        return rows
    columns = {key: np.array([row[key] for row in owed], dtype=rows[key].dtype) for key in COLUMNS}
    return together([Rows({key: rows[key] for key in COLUMNS}), Rows(columns)])
