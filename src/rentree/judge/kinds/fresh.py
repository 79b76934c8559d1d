"""Freshness: what was posted is on the pages of those whom it is for, soon. Pure.

The adapter tells of a post `{"posted": id}` and of a page of messages `{"seen": [id, ...]}`.
"""

from __future__ import annotations

import json
from collections import defaultdict

import polars as pl

from rentree.judge.case import Case
from rentree.judge.finding import of_share, window_of
from rentree.judge.unfit import inside
from rentree.slo import Fresh
from rentree.verdict import Finding
from rentree.words import Words, both, number, percent


def fresh(slo: Fresh, case: Case) -> list[Finding]:
    """The share of pages, asked for later than `within` after a post to the reader's class, that
    lacked one such post.

    A page may leave out what is older than the oldest that it shows: only newer posts are missed.
    A page that owed nothing is not counted.
    """
    classes = {
        row["person"]: (row["territory"], row["school"], row["class"])
        for row in case.people.select("person", "territory", "school", "class").iter_rows(
            named=True
        )
    }
    posts: dict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
    for row in case.told("posted").filter(pl.col("outcome") == "ok").iter_rows(named=True):
        posts[classes[row["person"]]].append(
            (row["done"], json.loads(row["detail"])["told"]["posted"])
        )
    pages = case.told("seen").filter(
        pl.col("outcome") == "ok", inside("due", window_of(slo, case.plan))
    )
    owed, missed = [], []
    for person, sent, detail in pages.select("person", "sent", "detail").iter_rows():
        seen = set(json.loads(detail)["told"]["seen"])
        due = [(t, post) for t, post in posts[classes[person]] if t + slo.within <= sent]
        shown = [t for t, post in due if post in seen]
        missing = [t for t, post in due if post not in seen and (not shown or t > min(shown))]
        owed.append(bool(due))
        missed.append(bool(missing))
    rows = pages.with_columns(
        owed=pl.Series(owed, dtype=pl.Boolean), broken=pl.Series(missed, dtype=pl.Boolean)
    ).filter("owed")
    return of_share(
        slo, case, rows, _said, tolerated=slo.tolerated(), of="attempts", limit=slo.share
    )


def _said(many: int, count: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"{number(many, lang)} pages périmées sur {number(count, lang)} "
            f"({percent(many / count, lang)})",
            "en": f"{number(many, lang)} stale pages of {number(count, lang)} "
            f"({percent(many / count, lang)})",
        }[lang]
    )
