"""Promises on sessions: how many, how long, who is let in and who is put out."""

from __future__ import annotations

from typing import Any

import numpy as np

from .found import Findings, Run, Slo, allowed, figures, first_of, grouped, is_ok, name, share
from .tables import SECOND, Array, Rows, among, inside, together, told, why

LOST = "session lost"


def levels(rows: Rows, span: tuple[float, float]) -> tuple[Array, Array]:
    """Moments of a window, from its start, and how many sessions are open from each on.

    Open: from an ok sign-in to the end of the sign-out, to `abandoned`, or to a lost session. At
    one and the same moment the closing counts last.
    """
    opens = (rows["step"] == "sign in") & is_ok(rows) & ~np.isnan(rows["done"])
    closes = (rows["step"] == "sign out") | (rows["outcome"] == "abandoned") | (why(rows) == LOST)
    ended = np.where(np.isnan(rows["done"]), rows["due"], rows["done"])
    turns = [
        *((person, t, 0) for person, t in rows.where(opens).each("person", "done")),
        *((person, t, 1) for person, t in rows.plus(t=ended).where(closes).each("person", "t")),
    ]
    change: dict[float, int] = {span[0]: 0}
    inside_now: dict[str, bool] = {}
    for person, t, closing in sorted(turns):
        was, now = inside_now.get(person, False), not closing
        inside_now[person] = now
        if now != was and t < span[1]:
            at = max(t, span[0])
            change[at] = change.get(at, 0) + (1 if now else -1)
    moments = np.array(sorted(change))
    return moments, np.cumsum([change[t] for t in moments])


def _leavings(run: Run) -> Rows:
    """What tells at other platforms that somebody of this one left: an abandoned sign-out."""
    rows = run.everywhere
    away = (rows["step"] == "sign out") & (rows["outcome"] == "abandoned")
    rows = rows.where(away & (rows["platform"] != run.only))
    return rows.where(among(rows["person"], set(run.people["person"])))


def at_once(slo: Slo, run: Run) -> Findings:
    """The largest number of open sessions that was held for so long."""
    rows, people, span = run.samples, run.people, run.window(slo)
    if run.only is not None:
        rows = together([rows, _leavings(run)])
    if slo["persona"] is not None:
        rows = rows.where(rows["persona"] == slo["persona"])
        people = people.where(people["persona"] == slo["persona"])
    found = {}
    for group, here in grouped(slo, rows, people):
        sent = (here["step"] == "sign in") & (here["outcome"] != "not_sent")
        count = len(set(here["person"][sent]))
        measured = None
        if count:
            moments, levels_ = levels(here, span)
            measured = float(_held(np.append(moments, span[1]), levels_, slo["held"]))
        key = name(slo, group, of=slo["persona"] or "everybody")
        found[key] = figures(measured, count, float(slo["at_least"]))
    return found


def _held(edges: Array, level: Array, long: float) -> int:
    """The largest level under which the number never fell for so long a stretch."""
    for wanted in sorted(set(level.tolist()), reverse=True):
        since = None
        for i, value in enumerate(level):
            since = (edges[i] if since is None else since) if value >= wanted else None
            if since is not None and edges[i + 1] - since >= long:
                return int(wanted)
    return 0


class Open:
    """Stretches [opened, closed) of sessions: how many at a moment, and at most in a stretch."""

    def __init__(self, stretches: list[tuple[float, float]]) -> None:
        self.opened = np.sort([a for a, _ in stretches])
        self.closed = np.sort([b for _, b in stretches])

    def at(self, t: Array) -> Array:
        """How many are open."""
        came = np.searchsorted(self.opened, t, side="right")
        return came - np.searchsorted(self.closed, t, side="right")

    def most(self, since: Array, until: Array) -> Array:
        """The most at once in [since, until]: just after somebody came, or at its beginning."""
        peaks = []
        for a, b in zip(since, until, strict=True):
            turns = self.opened[(self.opened > a) & (self.opened <= b)]
            peaks.append(self.at(np.append(turns, a)).max())
        return np.array(peaks, dtype=float)


def surely(rows: Rows) -> Open:
    """From the end of an ok sign-in to the sending of that person's last ok step."""
    ok = rows.where(is_ok(rows))
    came = ok.where(ok["step"] == "sign in")
    start, end = first_of(came["person"], came["done"]), first_of(ok["person"], ok["sent"], False)
    return Open([(t, end[who]) for who, t in start.items() if end.get(who, t) > t])


def possibly(rows: Rows, end: float) -> Open:
    """From the sending of a sign-in that was not refused to what surely closed it, or the end."""
    no = {"refused", "waiting", "abandoned", "not_sent"}
    tried = rows.where((rows["step"] == "sign in") & ~among(rows["outcome"], no))
    out = rows.where(((rows["step"] == "sign out") & is_ok(rows)) | (why(rows) == LOST))
    closed = first_of(out["person"], out["done"])
    started = first_of(tried["person"], tried["sent"])
    return Open([(t, closed.get(who, end)) for who, t in started.items()])


def quota(slo: Slo, run: Run) -> Findings:
    """Never more surely open than the quota; refusals while fewer were possibly open."""
    rows, span = run.samples, run.window(slo)
    refused = rows.where((rows["outcome"] == "refused") & inside(rows["due"], span))
    refused = refused.where(among(_told(refused, "by"), {None, "quota"}))
    peak = surely(rows).most([span[0]], [span[1]])[0]
    kept = figures(float(peak), len(refused), float(slo["at_most"]))
    times = (np.nan_to_num(refused[column], nan=0.0) for column in ("sent", "done"))
    possible = possibly(rows, run.folder.end).most(*times)
    refused = refused.plus(broken=possible < slo["at_most"])
    given = share(slo, run, refused, slo["share_below"], good=False, part="given")
    return {name(slo, {}, part="kept"): kept, **given}


def _told(rows: Rows, key: str) -> Array:
    """What an adapter told of each, as an array."""
    found = np.empty(len(rows), dtype=object)
    found[:] = told(rows, key)
    return found


def agrees(slo: Slo, run: Run) -> Findings:
    """Seconds in which the platform's own count lies beyond both bounds."""
    apart, of, _ = counts_apart(run.folder.table("platform"), run, run.window(slo), slo["apart"])
    return {name(slo, {}): figures(apart / of if of else None, of, slo["seconds_below"])}


def counts_apart(
    platform: Rows | None, run: Run, span: tuple[float, float], slack: float
) -> tuple[int, int, int]:
    """In how many of the seconds told, and the platform's greatest count.

    Its count was taken some time in its second: as low as what was surely open at any moment a
    second around, as high as what was possibly open; 2 sessions more or less are let pass.
    """
    if platform is not None:
        if "platform" in platform.columns:  # each counts its own sessions
            platform = platform.where(platform["platform"] == run.only)
        elif run.only is not None:
            return 0, 0, 0
        told_ = inside(platform["t"], span) & ~np.isnan(platform["sessions"])
        platform = platform.where(told_)
    if platform is None or not len(platform):
        return 0, 0, 0
    at, says = platform["t"], platform["sessions"]
    sure, may = surely(run.samples), possibly(run.samples, run.folder.end)
    low = np.minimum(np.minimum(sure.at(at - SECOND), sure.at(at)), sure.at(at + SECOND))
    high = may.most(at - SECOND, at + SECOND)
    out = (says < low * (1 - slack) - 2) | (says > high * (1 + slack) + 2)
    return int(np.count_nonzero(out)), len(out), int(says.max())


def gate(slo: Slo, run: Run) -> Findings:
    """Let in before the time, kept out who need not be, still kept out afterwards: people."""
    rows = run.samples
    rows = rows.where((rows["step"] == "sign in") & inside(rows["due"], run.window(slo)))
    rows = rows.where(~among(rows["outcome"], {"not_sent", "abandoned"}))
    shut = among(rows["persona"], set(slo["shuts"]))
    by_gate = (rows["outcome"] == "refused") & (_told(rows, "by") == "gate")
    before = rows["done"] < slo["until"] - slo["give"]
    after = rows["sent"] > slo["until"] + slo["give"]
    parts = {
        "keeps": (shut & before, is_ok(rows)),
        "spares": (~shut, by_gate),
        "opens": (shut & after, by_gate),
    }
    found = {}
    for part, (here, broken) in parts.items():
        count, bad = len(set(rows["person"][here])), len(set(rows["person"][here & broken]))
        measured = float(bad) if count else None
        found[name(slo, {}, part=part)] = figures(measured, count, 0.0)
    return found


def _in_order(rows: Rows) -> Rows:
    """Each person's sent attempts in order, with the `before` one's `done` and whether it was ok.

    `was_in`: somebody who had an ok sign-in before.
    """
    rows = rows.where(~np.isnan(rows["sent"]))
    when = list(rows.each("person", "sent"))
    rows = rows.where(np.array(sorted(range(len(rows)), key=lambda i: when[i]), dtype=int))
    before, was_ok, was_in = np.full(len(rows), np.nan), [], []
    last: dict[str, Any] = {}
    came: set[str] = set()
    fine = is_ok(rows)
    for i, person in enumerate(rows["person"]):
        j = last.get(person)
        before[i] = np.nan if j is None else rows["done"][j]
        was_ok.append(j is not None and bool(fine[j]))
        was_in.append(person in came)
        if fine[i] and rows["step"][i] == "sign in":
            came.add(person)
        last[person] = i
    return rows.plus(
        pause=rows["sent"] - before, was_ok=np.array(was_ok, dtype=bool),
        was_in=np.array(was_in, dtype=bool), lost=why(rows) == LOST,
    )  # fmt: skip


def session_time(slo: Slo, run: Run) -> Findings:
    """Who came back sooner and was out, who came back later and was still in."""
    rows = _in_order(run.samples)
    rows = rows.where(rows["was_in"] & rows["was_ok"] & (is_ok(rows) | rows["lost"]))
    rows = rows.where(inside(rows["due"], run.window(slo)))
    busy = rows["pause"] + (rows["done"] - rows["sent"])
    sooner = rows.where(busy < slo["idle"] - slo["give"])
    later = rows.where(rows["pause"] > slo["idle"] + slo["give"])
    found: Findings = {}
    for part, some, broken in (("lasts", sooner, sooner["lost"]), ("ends", later, ~later["lost"])):
        found |= share(
            slo, run, some.plus(broken=broken), slo["share_below"], good=False, part=part
        )
    return found


def refuses_well(slo: Slo, run: Run) -> Findings:
    """Refusals that took too long, refusals without a time, and people who were put out."""
    rows = run.samples.where(inside(run.samples["due"], run.window(slo)))
    refused = rows.where(rows["outcome"] == "refused")
    slow = refused["done"] - refused["sent"] > slo["within"]
    mute = np.array([after is None for after in told(refused, "after")], dtype=bool)
    found: Findings = {}
    for part, broken in (("fast", slow), ("when", mute)):
        found |= share(slo, run, refused.plus(broken=broken), allowed(slo), good=True, part=part)
    there = _in_order(rows)
    there = there.where(there["was_ok"])
    lost = there["lost"]
    if slo["idle"] is not None:
        lost = lost & (there["pause"] < slo["idle"])
    of, out = len(set(there["person"])), len(set(there["person"][lost]))
    found[name(slo, {}, part="in")] = figures(float(out) if of else None, of, 0.0)
    return found
