"""Evidence of many rows, and what judging it takes.

    python -m benchmarks.judging MODE FOLDER [ROWS]

MODE is `make` (write a folder of so many rows), `ours` (judge it), `bare` (such quantiles by polars
alone, from a scan of the columns that they need), or `exact` (by numpy, as docs/verdict.md defines
them). The three last print a line of JSON: `wall` s, `memory` KiB at most, and the quantiles, µs.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from rentree.evidence import MONITOR, PEOPLE, SAMPLES, Evidence, seal, write_json
from rentree.judge import judge
from rentree.plan import dump
from rentree.quantity import SECOND
from rentree.testing import make_plan

TERRITORIES = [f"region-{i:02}" for i in range(20)]
STEPS = ["home", "messages", "read homework", "hand in"]
PEOPLE_MOST = 50_000
AT_ONCE = 2_500  # people whose rows are made together, and make one file
WINDOW = (60, 1_140)  # s of the bell; the run has 1,200


def make(folder: Path, rows: int) -> None:
    """Everybody signs in, takes steps evenly to the end, and signs out."""
    each = rows // PEOPLE_MOST
    start, end = WINDOW
    promises = [
        {"slo": "response", "step": step, "quantile": "95 %", "below": "5 s", "in": "bell",
         "each": ["territory"]}
        for step in ("home", "messages")
    ]  # fmt: skip
    plan = make_plan(
        slos=promises, people=PEOPLE_MOST, people_in_full=PEOPLE_MOST,
        phases={"baseline": (0, start), "bell": WINDOW, "recovery": (end, 1_200)},
        territories={name: {"fr": name, "en": name} for name in TERRITORIES},
    )  # fmt: skip
    raw = folder / "raw"
    (raw / "samples").mkdir(parents=True)
    write_json(raw / "plan.json", dump(plan))
    random = np.random.default_rng(1)
    people = _people(random)
    people.write_parquet(raw / "people.parquet")
    for number in range(PEOPLE_MOST // AT_ONCE):
        some = people.slice(number * AT_ONCE, AT_ONCE)
        frame = _samples(some, each, number * AT_ONCE * each, random)
        frame.write_parquet(raw / "samples" / f"worker-1-{number:03}.parquet", compression="zstd")
    MONITOR.to_frame().write_parquet(raw / "monitor.parquet")
    journal = [
        {"t": 0, "event": "run", "state": "started"},
        {"t": 1_200 * SECOND, "event": "worker", "state": "ended", "worker": 1},
        {"t": 1_200 * SECOND, "event": "run", "state": "ended", "why": "finished"},
    ]
    (raw / "journal.jsonl").write_text("".join(json.dumps(e) + "\n" for e in journal))
    seal(folder)


def ours(folder: Path) -> dict[str, float]:
    """What the judge finds, by step and territory."""
    verdict = judge(Evidence(folder))
    if verdict.decision != "pass":
        raise RuntimeError(f"the evidence is not sound: {verdict.decision} {verdict.invalid}")
    return {f.id: round((f.measured or 0) * SECOND) for f in verdict.findings}


def bare(folder: Path) -> dict[str, float]:
    """As many quantiles, and nothing else."""
    found = _rows(folder).agg(_TOOK.quantile(0.95, "higher")).collect()
    return {f"response/{s}/bell/territory={t}": float(v) for s, t, v in found.iter_rows()}


def exact(folder: Path) -> dict[str, float]:
    """The very quantiles, from every row, by numpy's inverted_cdf."""
    found = _rows(folder).agg(_TOOK).collect()
    return {
        f"response/{s}/bell/territory={t}": float(
            np.quantile(np.array(values), 0.95, method="inverted_cdf")
        )
        for s, t, values in found.iter_rows()
    }


_TOOK = (pl.col("done") - pl.col("due")).alias("took")


def _rows(folder: Path) -> pl.lazyframe.group_by.LazyGroupBy:
    """What the promises are about, by step and territory."""
    start, end = (edge * SECOND for edge in WINDOW)
    return (
        pl.scan_parquet(folder / "raw" / "samples" / "*.parquet")
        .filter(
            pl.col("step").is_in(["home", "messages"]), pl.col("outcome") == "ok",
            pl.col("due") >= start, pl.col("due") < end,
        )
        .group_by("step", "territory")
    )  # fmt: skip


def _people(random: np.random.Generator) -> pl.DataFrame:
    index = np.arange(PEOPLE_MOST)
    where = [TERRITORIES[i % len(TERRITORIES)] for i in index]
    who = [f"{t}/pupil-{i:06}" for i, t in zip(index, where, strict=True)]
    school = [f"{t}/lycée-{i % 50:02}" for i, t in zip(index, where, strict=True)]
    return pl.DataFrame(
        {
            "index": index, "person": who, "territory": where, "school": school,
            "level": "lycée", "class": "1", "persona": "pupil", "address": "127.16.0.1",
            "login": "", "name": "", "convened": True,
            "due": np.sort(random.integers(0, 60 * SECOND, PEOPLE_MOST)),
        },
        schema_overrides=PEOPLE,
    ).with_columns(control=pl.lit(value=False)).select(PEOPLE.names())  # fmt: skip


def _samples(
    people: pl.DataFrame, each: int, first: int, random: np.random.Generator
) -> pl.DataFrame:
    count = people.height * each
    turn = np.tile(np.arange(each), people.height)
    step = np.array(STEPS, dtype=object)[turn % len(STEPS)]
    step[turn == 0], step[turn == each - 1] = "sign in", "sign out"
    due = np.repeat(people["due"].to_numpy(), each) + turn * (1_135 * SECOND // each)
    sent = due + random.integers(0, 2_000, count)
    done = sent + random.lognormal(12.0, 0.7, count).astype(np.int64)
    who = ["person", "territory", "school", "level", "persona", "address"]
    repeated = people.select(pl.col(who).repeat_by(each).list.explode())
    words = random.integers(0, 2**63, (2, count))
    return repeated.with_columns(
        seq=pl.int_range(first, first + count), worker=pl.lit(1), phase=pl.lit("bell"),
        platform=pl.lit("ent"), step=pl.Series(step.tolist()), attempt=pl.lit(1),
        due=due, sent=sent, first_byte=done, done=done, outcome=pl.lit("ok"), status=pl.lit(200),
        bytes=pl.lit(20_000), route=pl.lit("straight"), queue_position=pl.lit(None),
        request_id=pl.format("{}{}", pl.Series(words[0]), pl.Series(words[1])),
        detail=pl.concat_str(
            pl.lit('{"why": "", "hops": [["GET", "/accueil", 200, '), pl.Series(done - sent),
            pl.lit("]]}"),
        ),
    ).select(SAMPLES.names()).cast(SAMPLES)  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        begun = time.monotonic()
        quantiles = {"ours": ours, "bare": bare, "exact": exact}[sys.argv[1]](Path(sys.argv[2]))
        wall = time.monotonic() - begun
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"wall": wall, "memory": memory, "quantiles": quantiles}))  # noqa: T201
