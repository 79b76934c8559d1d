"""Gate (d), the part of docs/verdict.md on the control near the platform: slow together, our line.

A control that is slow while the platform is not says nothing, and neither does a platform that is
slow while the control is not: that is the platform.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from rentree.evidence import Evidence
from rentree.judge.impossible import SPARE
from rentree.judge.unfit import Unfit, inside, moment
from rentree.quantity import SECOND, Span
from rentree.words import both, number, things

SLOWER = 100_000  # µs beyond what is usual
USUAL = 0.1  # quantile of the control's answers in the whole run that counts as usual
HALF = 0.5  # of the attempts sent in a second, not ok or slower than usual: the platform is slow


def slow_together(evidence: Evidence, span: Span, share: float) -> Iterator[Unfit]:
    """(d): more than `share` of the window's seconds in which control and platform were slow."""
    asked = evidence.probes.filter(pl.col("probe") == "control", pl.col("name") == "url")
    if asked.is_empty():
        return
    usual = asked["rtt"].quantile(USUAL, "higher")
    slow = asked.filter(
        pl.col("rtt").is_null() | (pl.col("rtt") > (usual or 0) + SLOWER), inside("t", span)
    )
    seconds = sorted(set((slow["t"] // SECOND).to_list()) & _platform_slow(evidence))
    of = max(1, (span.end - span.start) // SECOND)
    if not seconds or len(seconds) <= round(share * of, 9):
        return
    yield Unfit(
        "d",
        both(
            lambda lang: {
                "fr": "la ligne vers la plateforme a été lente pendant "
                f"{things(len(seconds), lang, 'seconds')} sur {number(of, lang)}, la première à "
                f"{moment(seconds[0] * SECOND, lang)}\u00a0: notre témoin près d’elle l’a été "
                "en même temps qu’elle",
                "en": "the line to the platform was slow in "
                f"{things(len(seconds), lang, 'seconds')} of {number(of, lang)}, first at "
                f"{moment(seconds[0] * SECOND, lang)}: our control near it was slow together "
                "with it",
            }[lang]
        ),
    )


def _platform_slow(evidence: Evidence) -> set[int]:
    """The seconds in which half of the attempts that were sent were not ok, or not as usual.

    An attempt belongs to every second that it was under way in.
    """
    last = evidence.plan.end + evidence.plan.behaviour.patience + SPARE  # later is no measurement
    rows = (
        evidence.judged.select("sent", "done", "outcome")
        .filter(pl.col("sent").is_not_null(), ~pl.col("outcome").is_in(["abandoned", "not_sent"]))
        .select("sent", "outcome", done=pl.col("done").fill_null(pl.col("sent")))
        .filter(pl.col("sent") >= 0, pl.col("done") <= last)
    )
    took = pl.col("done") - pl.col("sent")
    usual = rows.filter(pl.col("outcome") == "ok").select(took.median()).item() or 0
    seconds = rows.select(
        second=pl.int_ranges(pl.col("sent") // SECOND, pl.col("done") // SECOND + 1),
        bad=(pl.col("outcome") != "ok") | (took > usual + SLOWER),
    ).explode("second")
    counts = seconds.group_by("second").agg(pl.col("bad").mean())
    return set(counts.filter(pl.col("bad") >= HALF)["second"].to_list())
