"""Gate (g) of docs/verdict.md: whether the load processes themselves were at their limit.

Arrivals that are late are gate (a)'s. This one speaks where lateness does not show in them: a
process that is short of processor time reads answers late, and the platform looks slower than it
was. It names how many processes would have been enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import polars as pl

from rentree.evidence import Evidence
from rentree.judge.unfit import Unfit, inside
from rentree.quantity import SECOND, Span
from rentree.words import Words, both, number, percent, things

BUSY = 0.9  # cores: one process is one thread, and what the kernel does for it comes on top
LAG = 100_000  # µs that the event loop may be late, as much as an attempt may be (gate a)
FULL = 0.9  # of a line's speed
SHARE = 0.1  # of the window's seconds in which it may be so: a pause now and then is life
LET_PASS = 2  # seconds, in a window of a few
EASE = 0.7  # cores a process at most, when we say how many would have been enough


def at_limit(evidence: Evidence, span: Span) -> Iterator[Unfit]:
    """Each way in which a process was at its limit for too many of the window's seconds.

    Nothing passes and nothing fails then: what we measured is not the platform. A second is a
    worker's own (a block a second; one that stood still wrote a single block for many), and a
    column that the evidence does not have asks nothing.
    """
    rows = _weighed(evidence.monitor, span)
    for column, limit in (("cpu", BUSY), ("loop_lag", LAG), ("line", FULL)):
        over = rows.group_by("worker").agg(
            some=pl.col("seconds").filter(pl.col(column) >= limit).sum(),
            of=pl.col("seconds").sum(),
        )
        over = over.filter(
            (pl.col("some") > LET_PASS) & (pl.col("some") > pl.col("of") * SHARE + 1e-9)
        ).sort(pl.col("some") / pl.col("of"), "worker", descending=[True, False])
        if over.height:
            worker = over.row(0, named=True)
            yield Unfit("g", _words(column, worker, _advice(column, rows, evidence.plan.workers)))


def _weighed(monitor: pl.DataFrame, span: Span) -> pl.DataFrame:
    """The rows that tell of the window, and for how many of its seconds each speaks."""
    since = pl.col("t").shift(1).over("worker").fill_null(0).clip(span.start, span.end)
    covered = ((pl.col("t").clip(span.start, span.end) - since) / SECOND).round().cast(pl.Int64)
    return (
        monitor.fill_nan(None)  # gate (b) speaks of what is no number
        .sort("worker", "t")
        .with_columns(seconds=pl.max_horizontal(covered, inside("t", span).cast(pl.Int64)))
        .filter(pl.col("seconds") > 0)
    )


def _advice(column: str, rows: pl.DataFrame, workers: int) -> Words:
    """How many processes would have been enough, or that they were not what was short."""
    peak = rows.group_by(pl.col("t") // SECOND).agg(pl.col("cpu").sum())["cpu"].max()
    assert isinstance(peak, float)  # noqa: S101  # there are rows
    enough = math.ceil(peak / EASE)
    if column == "cpu":  # a process that had a whole core wanted more
        enough = max(enough, workers + 1)
    if enough > workers:
        return both(
            lambda lang: {
                "fr": f"il aurait fallu {things(enough, lang, 'processes')} (--workers {enough})",
                "en": f"{things(enough, lang, 'processes')} would have been enough "
                f"(--workers {enough})",
            }[lang]
        )
    return {
        "fr": "cette machine était prise par autre chose\u00a0: la libérer, ou en prêter une autre",
        "en": "this machine was busy with something else: free it, or lend another one",
    }


def _words(column: str, worker: dict[str, float], advice: Words) -> Words:
    some, of = int(worker["some"]), int(worker["of"])

    def say(lang: str) -> str:
        which, span = number(worker["worker"], lang), f"{things(some, lang, 'seconds')}"
        how = {
            "cpu": {
                "fr": f"a pris au moins {number(BUSY, lang, 1)} cœur",
                "en": f"took {number(BUSY, lang, 1)} core or more",
            },
            "loop_lag": {
                "fr": f"a eu plus de {LAG // 1000}\u00a0ms de retard",
                "en": f"was more than {LAG // 1000} ms late",
            },
            "line": {
                "fr": f"avait sa ligne prise à plus de {percent(FULL, lang)}",
                "en": f"had its line more than {percent(FULL, lang)} full",
            },
        }[column][lang]
        return {
            "fr": f"notre processus {which} {how} pendant {span} sur {number(of, lang)}\u00a0; "
            f"{advice[lang]}",
            "en": f"our worker {which} {how} in {span} of {number(of, lang)}; {advice[lang]}",
        }[lang]

    return both(say)
