"""Idle time of sessions: who comes back too late is out, who comes back in time is in. Pure."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from rentree.judge.case import Case
from rentree.judge.finding import of_share, window_of
from rentree.judge.sessions import SESSION_LOST, WHY
from rentree.judge.unfit import inside
from rentree.sample import SIGN_IN
from rentree.slo import SessionTime
from rentree.verdict import Finding
from rentree.words import Words, both, number, percent


def session_time(slo: SessionTime, case: Case) -> list[Finding]:
    """Two findings, on attempts of people who were in: `lasts` (back sooner and still in) and
    `ends` (back later and asked to sign in again).

    The pause is from the `done` of what was last ok to the `sent` of the next attempt: at most so
    much, and at least so much less that attempt's own time, was the session idle.
    """
    why = pl.col("detail").str.extract(WHY)
    rows = (
        case.samples.select(
            "person", "step", "outcome", "due", "sent", "done", "detail", *slo.groups()
        )
        .filter(pl.col("sent").is_not_null())
        .sort("person", "sent")
        .with_columns(
            lost=(why == SESSION_LOST).fill_null(False),
            ok=pl.col("outcome") == "ok",
        )
    )
    rows = rows.with_columns(
        was_in=(pl.col("ok") & (pl.col("step") == SIGN_IN)).cum_sum().shift(1).over("person") > 0,
        was_ok=pl.col("ok").shift(1).over("person"),
        pause=pl.col("sent") - pl.col("done").shift(1).over("person"),
    ).filter(
        pl.col("was_in"), pl.col("was_ok"), pl.col("ok") | pl.col("lost"),
        inside("due", window_of(slo, case.plan)),
    )  # fmt: skip
    sooner = rows.filter(
        pl.col("pause") + (pl.col("done") - pl.col("sent")) < slo.idle - slo.give
    ).with_columns(broken="lost")
    later = rows.filter(pl.col("pause") > slo.idle + slo.give).with_columns(broken=~pl.col("lost"))
    halves: list[tuple[str, pl.DataFrame, Words]] = [
        ("lasts", sooner, {"fr": "mises dehors trop tôt", "en": "put out too early"}),
        ("ends", later, {"fr": "encore en session trop tard", "en": "still in too late"}),
    ]
    return [
        finding
        for name, part, what in halves
        for finding in of_share(
            slo,
            case,
            part,
            _saying(what),
            tolerated=slo.share_below,
            of="people",
            part=(name, what),
        )
    ]


def _saying(what: Words) -> Callable[[int, int], Words]:
    def said(many: int, count: int) -> Words:
        return both(
            lambda lang: {
                "fr": f"{number(many, lang)} sur {number(count, lang)} {what['fr']} "
                f"({percent(many / count, lang)})",
                "en": f"{number(many, lang)} of {number(count, lang)} {what['en']} "
                f"({percent(many / count, lang)})",
            }[lang]
        )

    return said
