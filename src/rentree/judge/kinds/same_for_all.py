"""Whether the crowd is treated as control people are, who look like no tester. Pure."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from rentree.judge import sentence
from rentree.judge.case import Case
from rentree.judge.finding import facts_of, half, window_of
from rentree.judge.unfit import inside
from rentree.slo import SameForAll
from rentree.verdict import Decision, Finding
from rentree.words import Words, both, number, step

LEAST = 5  # people of each kind without whom a step tells nothing (convention)


def same_for_all(slo: SameForAll, case: Case) -> list[Finding]:
    """A finding a step: the medians of bytes and of requests, over first attempts that were ok.

    Of personas with a few control people nothing is asked, unless there are no others. Pages differ
    from person to person; a page without its pictures differs by much more. The larger of the two
    distances counts, relative to what the control people got.
    """
    control = (
        case.people.filter("control").select("person").with_columns(control=pl.lit(value=True))
    )
    rows = (
        case.whole.filter(
            pl.col("outcome") == "ok", pl.col("attempt") == 1,
            inside("due", window_of(slo, case.plan)),
        )
        .select("person", "persona", "step", "bytes", "detail")
        .join(control, on="person", how="left")
        .with_columns(pl.col("control").fill_null(value=False))
    )  # fmt: skip
    rows = rows.with_columns(
        requests=pl.Series(
            [len(json.loads(d).get("hops", [])) for d in rows["detail"]], dtype=pl.Int64
        )
    )
    witnesses = case.people.filter("control").group_by("persona").len()
    some = witnesses.filter(pl.col("len") >= LEAST)["persona"].cast(pl.String).to_list()
    rows = rows.filter(pl.col("persona").cast(pl.String).is_in(some))
    kinds = [
        (str(p), str(s))
        for p, s in rows.select("persona", "step").unique().sort("persona", "step").iter_rows()
    ]
    return [_one(slo, rows, persona, name) for persona, name in kinds] or [_untold(slo, "home", 0)]


def _one(slo: SameForAll, rows: pl.DataFrame, persona: str, name: str) -> Finding:
    here = rows.filter(pl.col("persona") == persona, pl.col("step") == name)
    ours, others = here.filter(~pl.col("control")), here.filter("control")
    if min(ours.height, others.height) < LEAST:
        return _untold(slo, f"{persona}/{name}", min(ours.height, others.height))
    pairs = [
        (float(ours[key].median() or 0), float(others[key].median() or 0))  # type: ignore[arg-type]
        for key in ("bytes", "requests")
    ]
    apart = max(abs(a - b) / b if b else float(a != b) for a, b in pairs)
    facts = _facts(slo, f"{persona}/{name}", others.height)
    decision: Decision = "pass" if apart <= slo.apart else "fail"
    return Finding(
        **facts, decision=decision, measured=apart, interval=None,
        measured_text=_said(name, *pairs[0], *pairs[1]),
    )  # fmt: skip


def _facts(slo: SameForAll, name: str, count: int) -> dict[str, Any]:
    facts = facts_of(slo, {}, limit=slo.apart, unit="share", count=count)
    told = name.rpartition("/")[2]
    return half(facts, name, both(lambda lang: step(told, lang)))


def _untold(slo: SameForAll, name: str, count: int) -> Finding:
    return Finding(
        **_facts(slo, name, count), decision="undecided", measured=None, interval=None,
        measured_text=sentence.nothing(),
        reasons=[{"fr": f"moins de {LEAST} personnes de chaque sorte",
                  "en": f"fewer than {LEAST} people of each kind"}],
    )  # fmt: skip


def _said(name: str, ours: float, others: float, asked: float, control: float) -> Words:
    return both(
        lambda lang: {
            "fr": f"{step(name, lang)} : {number(ours, lang)} octets en {number(asked, lang)} "
            f"requêtes, {number(others, lang)} en {number(control, lang)} pour les témoins",
            "en": f"{step(name, lang)}: {number(ours, lang)} bytes in {number(asked, lang)} "
            f"requests, {number(others, lang)} in {number(control, lang)} for control people",
        }[lang]
    )
