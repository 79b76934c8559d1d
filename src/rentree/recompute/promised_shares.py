"""Promises of shares: of people, of attempts, of classes."""

from __future__ import annotations

import math

import numpy as np

from .found import (
    Findings,
    Run,
    Slo,
    allowed,
    each_person,
    figures,
    first_of,
    grouped,
    is_ok,
    name,
    seconds,
    share,
    through,
)  # fmt: skip
from .shares import beyond, decided, interval, quantile
from .tables import Array, Rows, among, inside


def _tried(run: Run) -> Rows:
    return run.samples.where(run.samples["outcome"] != "not_sent")


def _due(slo: Slo, run: Run, rows: Rows) -> Rows:
    return rows.where(inside(rows["due"], run.window(slo)))


def response(slo: Slo, run: Run) -> Findings:
    """First attempts and `abandoned` rows of a step; what was not ok is longer than any limit."""
    step = _tried(run)
    step = step.where(step["step"] == slo["step"])
    doing = set(step["persona"])
    crowd = run.people.where(among(run.people["persona"], doing)) if doing else run.people
    first = step.where((step["attempt"] == 1) | (step["outcome"] == "abandoned"))
    found, span = {}, run.window(slo)
    for group, rows in grouped(slo, _due(slo, run, first), crowd):
        key, limit = name(slo, group, of=slo["step"]), seconds(slo["below"])
        found[key] = figures(None, len(rows), limit)
        if len(rows):
            took = np.nan_to_num(rows["done"] - rows["due"], nan=np.inf)
            waited = np.where(is_ok(rows), took, np.inf)
            over, touching = waited > slo["below"], waited >= slo["below"]
            bounds, p = decided(over, touching, rows["due"], span, round(1 - slo["quantile"], 12))
            measured = seconds(quantile(waited, slo["quantile"]))
            found[key] = figures(measured, len(rows), limit, bounds, p)
    return found


def met(slo: Slo, run: Run) -> Findings:
    """`refused` and its like: people who met the outcome once, or attempts that did."""
    real = ~among(run.samples["outcome"], {"not_sent", "abandoned"})
    rows = _due(slo, run, run.samples.where(real))
    rows = rows.plus(broken=rows["outcome"] == slo["slo"])
    if slo["of"] == "people":
        tried, bad = set(rows["person"]), set(rows["person"][rows["broken"]])
        people = _due(slo, run, run.people)
        people = people.where(among(people["person"], tried))
        rows = people.plus(broken=among(people["person"], bad))
    return share(slo, run, rows, slo["share_below"], good=False, of=slo["of"])


def _never_sent(run: Run) -> set[str]:
    sent = set(run.samples["person"][run.samples["outcome"] != "not_sent"])
    return set(run.samples["person"]) - sent


def punctual(slo: Slo, run: Run) -> Findings:
    """First ok sign-in within the time; who was never sent is left out, who has no row is late."""
    rows, people = run.samples, run.people
    if slo["of"] != "people":
        people = people.where(people["convened"])
    ins = rows.where((rows["step"] == "sign in") & is_ok(rows))
    first = first_of(ins["person"], ins["done"])
    left = set(rows["person"][rows["outcome"] == "abandoned"])
    due = _due(slo, run, people)
    due = due.where(~among(due["person"], _never_sent(run)))
    came = each_person(due["person"], first)
    late = ~(came - due["due"] <= slo["within"])
    over = due["due"] + slo["within"] <= run.folder.end
    sure = late & (~np.isnan(came) | among(due["person"], left) | over)
    due = due.plus(broken=late, sure=sure)
    return share(slo, run, due, allowed(slo), good=True, crowd=people)


def goodput(slo: Slo, run: Run) -> Findings:
    """Every attempt and `abandoned` row that was due, through in time."""
    rows = _due(slo, run, _tried(run))
    rows = rows.plus(broken=~through(rows, slo["within"]))
    return share(slo, run, rows, allowed(slo), good=True)


def classes(slo: Slo, run: Run) -> Findings:
    """Classes with a teacher and enough pupils there by the time; of those that came at all."""
    rows, people = run.samples, run.folder.people
    teaches = slo["teacher"] or slo["step"]
    step = np.where(rows["persona"] == "teacher", teaches, slo["step"])
    known = among(rows["persona"], {"pupil", "teacher"})
    there = set(rows["person"][known & (rows["step"] == step) & is_ok(rows)
                               & (rows["done"] <= slo["by"])])  # fmt: skip
    gone, came = _never_sent(run), set(run.people["person"])
    of: dict[tuple[str, ...], dict[str, list[tuple[bool, float, bool]]]] = {}
    columns = ("territory", "level", "school", "class")
    for *place, person, persona, convened, due in people.each(
        *columns, "person", "persona", "convened", "due"
    ):
        if convened and persona in ("pupil", "teacher") and person not in gone:
            members = of.setdefault(tuple(place), {"pupil": [], "teacher": []})
            members[persona].append((person in there, due, person in came))
    kept = []
    for key, members in sorted(of.items()):
        pupils, teachers = members["pupil"], members["teacher"]
        enough = math.ceil(round(len(pupils) * slo["pupils"], 9))
        some = any(c for *_, c in teachers) and sum(c for *_, c in pupils) >= enough
        if pupils and some:
            ready = any(t for t, *_ in teachers) and sum(t for t, *_ in pupils) >= enough
            kept.append((*key, max(due for _, due, _ in pupils), not ready))
    names = (*columns, "due", "broken")
    kinds = [object] * 4 + [float, bool]
    table = Rows({n: np.array([row[i] for row in kept], dtype=kinds[i])
                  for i, n in enumerate(names)})  # fmt: skip
    return share(slo, run, _due(slo, run, table), allowed(slo), good=True, of=slo["step"])


def fair(slo: Slo, run: Run) -> Findings:
    """A group's share not through, less that of all others; the doubts squared and added."""
    rows, span = _due(slo, run, _tried(run)), run.window(slo)
    rows = rows.plus(broken=~through(rows, slo["within"]), place=np.arange(len(rows)))
    found = {}
    for group, here in grouped(slo, rows, run.people):
        others = rows.where(~np.isin(rows["place"], here["place"]))
        key = name(slo, group)
        found[key] = figures(None, len(here), slo["apart"])
        if len(here) and len(others):
            (a, low, high), (b, b_low, b_high) = (_doubt(part, span) for part in (here, others))
            bounds = (
                max(-1.0, a - b - math.hypot(a - low, b_high - b)),
                min(1.0, a - b + math.hypot(high - a, b - b_low)),
            )
            p = 1.0
            if a - b > slo["apart"]:
                p = beyond(a - b, a - b - bounds[0], slo["apart"])
            found[key] = figures(a - b, len(here), slo["apart"], bounds, p)
    return found


def resilient(slo: Slo, run: Run) -> Findings:
    """The share completed in the window over that of the baseline; the worst of both doubts."""
    tried, span, base = _tried(run), run.window(slo), run.folder.window(slo["baseline"])
    within = slo["within"] or run.plan["behaviour"]["patience"]
    tried = tried.plus(broken=~through(tried, within))
    found = {}
    for group, rows in grouped(slo, tried, run.people):
        here, before = (rows.where(inside(rows["due"], s)) for s in (span, base))
        key = name(slo, group)
        found[key] = figures(None, len(here), slo["share"])
        if not len(here) or not len(before) or before["broken"].all():
            continue
        a, low, high = (1 - value for value in _doubt(here, span))
        b, b_low, b_high = (1 - value for value in _doubt(before, base))
        # 1 - value turned the ends round: `low` is the upper one now
        bounds = (high / b_low, low / b_high if b_high > 0 else math.inf)
        p = beyond(a / b, bounds[1] - a / b, slo["share"]) if a / b < slo["share"] else 1.0
        found[key] = figures(a / b, len(here), slo["share"], bounds, p)
    return found


def _doubt(rows: Rows, span: tuple[float, float]) -> tuple[float, float, float]:
    broken: Array = rows["broken"]
    return float(np.count_nonzero(broken) / len(broken)), *interval(broken, rows["due"], span)
