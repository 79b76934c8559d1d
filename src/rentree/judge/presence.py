"""How many sessions were surely open, and how many possibly, at every moment. Pure.

The platform opens and closes a session somewhere between our request and its answer. Surely open:
from the `done` of an ok sign-in to the `sent` of that person's last ok step. Possibly open: from
the `sent` of a sign-in that was not refused to the `done` of an ok sign-out or of an answer that
asked the person to sign in again; else to the end. What is proven of one bound needs no doubt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rentree.judge.sessions import SESSION_LOST, WHY
from rentree.sample import SIGN_IN, SIGN_OUT

Moments = NDArray[np.int64]


@dataclass(frozen=True)
class Open:
    """Opening and closing moments, µs, each sorted: how many are open follows from their counts."""

    opened: Moments
    closed: Moments

    def at(self, moments: Moments) -> Moments:
        """How many are open at each moment; who leaves at it is gone."""
        came = np.searchsorted(self.opened, moments, side="right")
        return came - np.searchsorted(self.closed, moments, side="right")

    def most(self, since: Moments, until: Moments) -> Moments:
        """The most that were open at once in each stretch [since, until]."""
        turns = np.unique(self.opened)
        levels = self.at(turns)
        first = np.searchsorted(turns, since, side="right")
        last = np.searchsorted(turns, until, side="right")
        peaks = self.at(since)
        for i in range(len(since)):
            if last[i] > first[i]:
                peaks[i] = max(peaks[i], levels[first[i] : last[i]].max())
        return peaks


def surely(samples: pl.DataFrame) -> Open:
    """Sessions that were open beyond doubt."""
    ok = samples.filter(pl.col("outcome") == "ok")
    ins = ok.filter(pl.col("step") == SIGN_IN).group_by("person").agg(start=pl.col("done").min())
    seen = ok.group_by("person").agg(end=pl.col("sent").max())
    both = ins.join(seen, on="person").filter(pl.col("end") > pl.col("start"))
    return Open(_sorted(both["start"]), _sorted(both["end"]))


def possibly(samples: pl.DataFrame, end: int) -> Open:
    """Sessions that may have been open, to the run's `end` where nothing says when they closed."""
    tried = samples.filter(
        pl.col("step") == SIGN_IN,
        ~pl.col("outcome").is_in(["refused", "waiting", "abandoned", "not_sent"]),
        pl.col("sent").is_not_null(),
    )
    ins = tried.group_by("person").agg(start=pl.col("sent").min())
    lost = (pl.col("detail").str.extract(WHY) == SESSION_LOST).fill_null(False)
    out = (pl.col("step") == SIGN_OUT) & (pl.col("outcome") == "ok")
    outs = samples.filter(out | lost).group_by("person").agg(end=pl.col("done").min())
    both = ins.join(outs, on="person", how="left").with_columns(pl.col("end").fill_null(end))
    return Open(_sorted(both["start"]), _sorted(both["end"]))


def _sorted(moments: pl.Series) -> Moments:
    return np.sort(moments.to_numpy().astype(np.int64))
