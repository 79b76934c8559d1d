"""Refusals that are quick and say when to come again, and nobody put out meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from rentree.judge.case import Case
from rentree.judge.finding import facts_of, half, of_share, window_of
from rentree.judge.sessions import SESSION_LOST, WHY
from rentree.judge.unfit import inside
from rentree.slo import RefusesWell
from rentree.verdict import Decision, Finding
from rentree.words import Words, both, number, people, percent

_PARTS: dict[str, Words] = {
    "fast": {"fr": "vite", "en": "fast"},
    "when": {"fr": "en disant quand revenir", "en": "saying when to come again"},
    "in": {"fr": "sans évincer personne", "en": "putting nobody out"},
}
AFTER = r'"after"\s*:\s*([0-9.]+)'  # s, of a refusal's detail: its Retry-After


def refuses_well(slo: RefusesWell, case: Case) -> list[Finding]:
    """Three findings: `fast` and `when` are shares of the refusals; `in`, exact, is how many people
    were asked to sign in again soon after something had been ok.

    Nobody turned away is undecided for the first two: nothing shows how it refuses.
    """
    rows = case.samples.select("person", "outcome", "due", "sent", "done", "detail").filter(
        inside("due", window_of(slo, case.plan))
    )
    refused = rows.filter(pl.col("outcome") == "refused")
    slow = refused.with_columns(broken=(pl.col("done") - pl.col("sent") > slo.within))
    mute = refused.with_columns(broken=pl.col("detail").str.extract(AFTER).is_null())
    halves: list[tuple[str, pl.DataFrame, Words]] = [
        ("fast", slow, {"fr": "trop lents", "en": "too slow"}),
        ("when", mute, {"fr": "sans dire quand revenir", "en": "without a word of when to come"}),
    ]
    shares = [
        finding
        for name, part, what in halves
        for finding in of_share(
            slo, case, part, _saying(what), tolerated=slo.tolerated(), of="attempts",
            limit=slo.share, part=(name, _PARTS[name]),
        )
    ]  # fmt: skip
    return [*shares, _put_out(slo, rows)]


def _put_out(slo: RefusesWell, rows: pl.DataFrame) -> Finding:
    """People whose session was gone though something of theirs had just been ok."""
    why = pl.col("detail").str.extract(WHY)
    there = rows.filter(pl.col("sent").is_not_null()).sort("person", "sent")
    there = there.with_columns(
        pause=pl.col("sent") - pl.col("done").shift(1).over("person"),
        was_ok=(pl.col("outcome") == "ok").shift(1).over("person"),
    )
    lost = there.filter((why == SESSION_LOST).fill_null(value=False), pl.col("was_ok"))
    if slo.idle is not None:
        lost = lost.filter(pl.col("pause") < slo.idle)
    out, of = lost["person"].n_unique(), there.filter("was_ok")["person"].n_unique()
    facts = facts_of(slo, {}, limit=0.0, unit="people", count=of)
    facts = half(facts, "in", _PARTS["in"])
    decision: Decision = "fail" if out else "pass" if of else "undecided"
    return Finding(
        **facts, decision=decision, measured=float(out) if of else None, interval=None,
        measured_text=both(lambda lang: {
            "fr": f"{people(out, lang)} en session évincées, sur {people(of, lang)}",
            "en": f"{people(out, lang)} who were in put out, of {people(of, lang)}"}[lang]),
    )  # fmt: skip


def _saying(what: Words) -> Callable[[int, int], Words]:
    def said(many: int, count: int) -> Words:
        return both(
            lambda lang: {
                "fr": f"{number(many, lang)} refus {what['fr']}, sur {number(count, lang)} "
                f"({percent(many / count, lang)})",
                "en": f"{number(many, lang)} refusals {what['en']}, of {number(count, lang)} "
                f"({percent(many / count, lang)})",
            }[lang]
        )

    return said
