"""The course of a run for a reader: stretches of equal length, and what happened in each. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from rentree.evidence import Evidence
from rentree.judge.sessions import level
from rentree.judge.unfit import said
from rentree.quantity import SECOND
from rentree.sample import SIGN_IN

BINS_MOST = 120
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)  # s that a stretch may last
BAD = ("refused", "waiting", "timeout", "error", "wrong", "leak")  # in the order they are drawn


@dataclass(frozen=True)
class Course:
    """`width` µs a stretch; every list has one value a stretch, from the run's start."""

    width: int
    starts: list[int]  # µs of the run
    arrivals: list[int]  # people due at the door
    knocks: list[int]  # sign-ins tried, each attempt
    signed_in: list[int]  # open sessions at the stretch's end
    median: list[float | None]  # s that attempts that were ok took, by due; None: there were none
    p95: list[float | None]
    outcomes: dict[str, list[int]]  # outcome → attempts due in the stretch
    floods: dict[str, list[dict[str, int]]]  # name → asked, on_time, answered, refused …


def course(evidence: Evidence) -> Course:
    """Cut a run into at most 120 stretches."""
    end = evidence.plan.end
    width = SECOND * next((s for s in _STEPS if end <= s * SECOND * BINS_MOST), _STEPS[-1])
    count = max(1, -(-end // width))
    at = (pl.col("due") // width).clip(0, count - 1).alias("bin")
    tried = evidence.judged.filter(~pl.col("outcome").is_in(["abandoned", "not_sent"]))
    ok = tried.filter(pl.col("outcome") == "ok", pl.col("done").is_not_null())
    took = ((pl.col("done") - pl.col("due")) / SECOND).alias("took")
    times = ok.group_by(at).agg(
        took.quantile(0.5, "higher").alias("median"), took.quantile(0.95, "higher").alias("p95")
    )
    counts = tried.group_by(at, "outcome").len()
    return Course(
        width=width,
        starts=[i * width for i in range(count)],
        arrivals=_whole(evidence.people.group_by(at).len(), "len", count),
        knocks=_whole(tried.filter(pl.col("step") == SIGN_IN).group_by(at).len(), "len", count),
        signed_in=_signed_in(evidence, width, count),
        median=_column(times, "median", count),
        p95=_column(times, "p95", count),
        outcomes={
            outcome: _whole(counts.filter(pl.col("outcome") == outcome), "len", count)
            for outcome in ("ok", *BAD)
            if not counts.filter(pl.col("outcome") == outcome).is_empty()
        },
        floods={
            name: _flood(evidence.floods.filter(pl.col("name") == name), width, count)
            for name in evidence.floods["name"].unique().sort()
        },
    )


def ended_at(evidence: Evidence) -> int:
    """When the run ended, µs of the run: at its plan's end, or before, when something ended it."""
    ends = [e["t"] for e in said(evidence, "run", "ended")]
    return min(ends[-1], evidence.plan.end) if ends else evidence.plan.end


@dataclass(frozen=True)
class WayIn:
    """How people fared at the door: each counted once, whatever else became of them.

    `due` = `never_started` + `got_in` + `gave_up`.
    """

    due: int  # people of the crowd
    never_started: int  # by our own doing: no attempt of theirs was sent
    waited: int  # of those who came: more than `PATIENT` s for one attempt, or in a queue
    refused: int  # turned away at least once
    got_in: int  # signed in, at whatever attempt
    at_once: int  # of them: at their first attempt
    gave_up: int  # came, and never got in


PATIENT = 5  # s after which a person is said to have waited


def way_in(evidence: Evidence) -> WayIn:
    """Count people by what became of their signing in."""
    rows = evidence.judged.filter(
        pl.col("step") == SIGN_IN, ~pl.col("outcome").is_in(["abandoned", "not_sent"])
    )
    took = (pl.col("done") - pl.col("due")) > PATIENT * SECOND
    people = rows.group_by("person").agg(
        inside=(pl.col("outcome") == "ok").any(),
        at_once=((pl.col("outcome") == "ok") & (pl.col("attempt") == 1)).any(),
        refused=(pl.col("outcome") == "refused").any(),
        waited=(
            took.fill_null(True)
            | (pl.col("outcome").is_in(["waiting", "timeout"]))
            | pl.col("queue_position").is_not_null()
        ).any(),
    )
    due = evidence.people.height
    came = evidence.judged.filter(pl.col("outcome") != "not_sent")["person"].n_unique()
    inside = int(people["inside"].sum())
    return WayIn(
        due=due,
        never_started=due - came,
        waited=int(people["waited"].sum()),
        refused=int(people["refused"].sum()),
        got_in=inside,
        at_once=int(people["at_once"].sum()),
        gave_up=came - inside,
    )


def territories(evidence: Evidence) -> list[dict[str, Any]]:
    """How each territory's people fared, the most hurt first.

    A row: territory, people, got_in (share), refused and in_trouble (shares of people),
    p95 (s, of first sign-ins; inf where it is beyond every limit; None: nobody signed in).
    """
    rows = []
    for name in evidence.plan.territories:
        samples = evidence.judged.filter(pl.col("territory") == name)
        people = evidence.people.filter(pl.col("territory") == name).height
        if not people:
            continue
        door = samples.filter(pl.col("step") == SIGN_IN, pl.col("attempt") == 1)
        door = door.filter(~pl.col("outcome").is_in(["abandoned", "not_sent"]))
        ok = (pl.col("outcome") == "ok") & pl.col("done").is_not_null()
        waited = door.select(
            pl.when(ok)
            .then((pl.col("done") - pl.col("due")) / SECOND)
            .otherwise(float("inf"))
            .quantile(0.95, "higher")
        ).item()
        inside = samples.filter(pl.col("step") == SIGN_IN, pl.col("outcome") == "ok")
        trouble = samples.filter(pl.col("outcome").is_in(BAD))
        refused = samples.filter(pl.col("outcome") == "refused")
        rows.append(
            {
                "territory": name,
                "people": people,
                "got_in": inside["person"].n_unique() / people,
                "refused": refused["person"].n_unique() / people,
                "in_trouble": trouble["person"].n_unique() / people,
                "p95": waited,
            }
        )
    return sorted(rows, key=lambda r: (r["got_in"], -r["in_trouble"], -(r["p95"] or 0.0)))


def _column(frame: pl.DataFrame, name: str, count: int) -> list[Any]:
    known = dict(zip(frame["bin"].to_list(), frame[name].to_list(), strict=True))
    return [known.get(i) for i in range(count)]


def _whole(frame: pl.DataFrame, name: str, count: int) -> list[int]:
    return [int(value or 0) for value in _column(frame, name, count)]


def _signed_in(evidence: Evidence, width: int, count: int) -> list[int]:
    open_at = level(evidence.judged, evidence.plan.window(None))
    ends = pl.DataFrame({"t": [min((i + 1) * width, evidence.plan.end) - 1 for i in range(count)]})
    steps = pl.DataFrame({"t": open_at.starts, "open": open_at.open})
    over = ended_at(evidence)
    found = ends.join_asof(steps, on="t")["open"].to_list()
    return [int(n or 0) if i * width < over else 0 for i, n in enumerate(found)]


def _flood(rows: pl.DataFrame, width: int, count: int) -> list[dict[str, int]]:
    at = (pl.col("t") // width).clip(0, count - 1).alias("bin")
    sums = rows.group_by(at).agg(pl.exclude("t", "name").sum())
    known = {row.pop("bin"): row for row in sums.to_dicts()}
    return [known.get(i, {}) for i in range(count)]
