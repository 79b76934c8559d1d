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

    Nothing passes and nothing fails then: what we measured is not the platform. A row stands for
    the seconds since the worker's last one: who is starved writes fewer. A column that the
    evidence does not have asks nothing.
    """
    since = (pl.col("t") - pl.col("t").shift()).over("worker").fill_null(SECOND)
    rows = evidence.monitor.sort("t").with_columns(
        stands=(since / SECOND).round().clip(lower_bound=1).cast(pl.Int64)
    )
    rows = rows.filter(inside("t", span))
    for column, limit in (("cpu", BUSY), ("loop_lag", LAG), ("line", FULL)):
        over = rows.group_by("worker").agg(
            some=pl.col("stands").filter(pl.col(column) >= limit).sum(), of=pl.col("stands").sum()
        )
        over = over.filter(
            (pl.col("some") > LET_PASS) & (pl.col("some") > pl.col("of") * SHARE + 1e-9)
        ).sort(pl.col("some") / pl.col("of"), "worker", descending=[True, False])
        if over.height:
            worker = over.row(0, named=True)
            yield Unfit("g", _words(column, worker, _advice(rows, evidence.plan.workers)))


def _advice(rows: pl.DataFrame, workers: int) -> Words:
    """How many processes would have been enough, or that they were not what was short."""
    peak = rows.group_by(pl.col("t") // SECOND).agg(pl.col("cpu").sum())["cpu"].max()
    assert isinstance(peak, float)  # noqa: S101  # there are rows
    enough = math.ceil(peak / EASE)
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
