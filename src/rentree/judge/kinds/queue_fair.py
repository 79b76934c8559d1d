"""Queues: nobody overtaken, positions that only fall. Pure.

Every look of a person at a queue is told by the adapter: `{"queue": [[t, rank, wait], ...]}`, µs of
the run, and the wait that was told, s (-1: none); the last with rank 0 when they were let in.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import polars as pl

from rentree.judge.case import Case
from rentree.judge.finding import of_share, window_of
from rentree.judge.unfit import inside
from rentree.quantity import SECOND
from rentree.slo import QueueFair
from rentree.verdict import Finding
from rentree.words import Words, both, number, percent

_PARTS: dict[str, Words] = {
    "order": {"fr": "dans l’ordre", "en": "in order"},
    "position": {"fr": "le rang ne fait que décroître", "en": "positions only fall"},
    "estimate": {"fr": "l’attente annoncée est juste", "en": "the wait that is told is right"},
}


def queue_fair(slo: QueueFair, case: Case) -> list[Finding]:
    """Findings, shares of people who queued: `order` (overtaken), `position` (it rose), and
    where a wait is told `estimate` (the first one was over twice or under half the real one).

    Overtaken: somebody who came more than `give` later was let in more than `give` earlier; people
    learn it when they next ask, so less cannot be told. Who never was let in cannot be overtaken
    but by who was.
    """
    told = case.told("queue").filter(inside("due", window_of(slo, case.plan)))
    looks = [json.loads(text)["told"]["queue"] for text in told["detail"]]
    rows = told.with_columns(
        rose=pl.Series([_rose(seen) for seen in looks], dtype=pl.Boolean),
        broken=pl.Series(_overtaken(looks, slo.give), dtype=pl.Boolean),
    )
    parts: list[tuple[str, pl.DataFrame, Words]] = [
        ("order", rows, {"fr": "doublées", "en": "overtaken"}),
        (
            "position",
            rows.with_columns(broken="rose"),
            {"fr": "dont le rang a augmenté", "en": "whose position rose"},
        ),
    ]
    astray = pl.Series(
        [_astray(seen, slo.give, case.plan.clock) for seen in looks], dtype=pl.Boolean
    )
    estimated = rows.with_columns(broken=astray).filter(pl.col("broken").is_not_null())
    if not estimated.is_empty():
        words = {"fr": "à l’attente mal annoncée", "en": "told a wrong wait"}
        parts.append(("estimate", estimated, words))
    return [
        finding
        for name, part, what in parts
        for finding in of_share(
            slo, case, part, _saying(what), tolerated=slo.tolerated(), of="people",
            limit=slo.share, part=(name, _PARTS[name]),
        )
    ]  # fmt: skip


def _rose(looks: list[list[int]]) -> bool:
    ranks = [look[1] for look in looks if look[1]]
    return any(later > before for before, later in pairwise(ranks))


def _astray(looks: list[list[int]], give: int, clock: float) -> bool | None:
    """Whether the first wait that was told was far off; None: none was told, or nobody knows."""
    first = next((look for look in looks if look[1] and look[2] >= 0), None)
    if first is None or looks[-1][1]:
        return None
    told, real = round(first[2] * SECOND / clock), looks[-1][0] - first[0]
    return abs(told - real) > give and not real / 2 <= told <= real * 2


def _overtaken(looks: list[list[list[int]]], give: int) -> np.ndarray:
    """Who was passed by somebody: came by `give` later, in by `give` earlier."""
    far = np.iinfo(np.int64).max // 2
    came = np.array([seen[0][0] for seen in looks], dtype=np.int64)
    let_in = np.array([s[-1][0] if s[-1][1] == 0 else far for s in looks], dtype=np.int64)
    last = np.array([seen[-1][0] for seen in looks], dtype=np.int64)  # still asking then
    order = np.argsort(came)
    # the earliest entry of all who came at or after each place of the order
    soonest = np.minimum.accumulate(let_in[order][::-1])[::-1]
    after = np.searchsorted(came[order], came + give, side="right")
    first = np.append(soonest, far)[after]
    return first + give < np.minimum(let_in, last + give)


def _saying(what: Words) -> Callable[[int, int], Words]:
    def said(many: int, count: int) -> Words:
        return both(
            lambda lang: {
                "fr": f"{number(many, lang)} personnes {what['fr']}, sur {number(count, lang)} en "
                f"file ({percent(many / count, lang)})",
                "en": f"{number(many, lang)} people {what['en']}, of {number(count, lang)} who "
                f"queued ({percent(many / count, lang)})",
            }[lang]
        )

    return said
