"""Sessions as the client saw them: how many people were signed in, at every moment.

A session is open from an ok sign-in's `done` until the person's `sign out` row is done, an
`abandoned` row says that they left (its `due`), a row says "session lost" (its `done`), or the
run ends. Times are int µs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rentree.quantity import Span
from rentree.sample import SIGN_IN, SIGN_OUT

WHY = r'"why"\s*:\s*"((?:[^"\\]|\\.)*)"'  # the words of a row's detail
SESSION_LOST = "session lost"  # detail.why of a row in which the platform had forgotten us


@dataclass(frozen=True)
class Level:
    """The number of open sessions as a step function on a window: exact, finer than each second."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    open: NDArray[np.int64]

    @property
    def peak(self) -> int:
        """The most that were open at once."""
        return int(self.open.max())

    def longest(self, at_least: int) -> int:
        """The longest stretch, µs, with at least so many open throughout."""
        enough = np.concatenate([[0], (self.open >= at_least).astype(np.int8), [0]])
        turns = np.flatnonzero(np.diff(enough))
        first, last = turns[::2], turns[1::2] - 1
        return int((self.ends[last] - self.starts[first]).max()) if len(first) else 0

    def held(self, long: int) -> int:
        """The largest number that was held for so long, µs."""
        levels = np.unique(self.open)
        low, high = 0, len(levels)  # longest() never grows with the number asked
        while low < high:
            middle = (low + high) // 2
            low, high = (
                (middle + 1, high) if self.longest(int(levels[middle])) >= long else (low, middle)
            )
        return int(levels[low - 1]) if low else 0


def level(samples: pl.DataFrame, span: Span) -> Level:
    """Count the open sessions of the people in `samples` through a window."""
    samples = samples.select("person", "step", "outcome", "due", "done", "detail")
    ended = pl.coalesce("done", "due")
    why = pl.col("detail").str.extract(WHY)
    opening = samples.filter(
        pl.col("step") == SIGN_IN, pl.col("outcome") == "ok", pl.col("done").is_not_null()
    ).select("person", t="done", open=1)
    closing = samples.filter(
        (pl.col("step") == SIGN_OUT)
        | (pl.col("outcome") == "abandoned")
        | (why == SESSION_LOST).fill_null(False)
    ).select("person", t=ended, open=0)
    # At one and the same moment the closing counts last: fewer are signed in, never more.
    changes = (
        pl.concat([opening, closing])
        .sort("person", "t", "open", descending=[False, False, True])
        .with_columns(change=pl.col("open") - pl.col("open").shift(1).over("person").fill_null(0))
        .filter(pl.col("change") != 0, pl.col("t") < span.end)
        .with_columns(t=pl.max_horizontal("t", pl.lit(span.start)))
        .group_by("t")
        .agg(pl.col("change").sum())
        .sort("t")
    )
    moments = changes["t"].to_numpy()
    counts = np.cumsum(changes["change"].to_numpy())
    if not len(moments) or moments[0] > span.start:
        moments = np.concatenate([[span.start], moments])
        counts = np.concatenate([[0], counts])
    starts = moments.astype(np.int64)
    return Level(starts, np.append(starts[1:], span.end), counts.astype(np.int64))
