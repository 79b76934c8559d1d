"""The platform's count of sessions beside that of its people (F33): a census. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from rentree.judge.case import Case
from rentree.judge.finding import facts_of, window_of, without_rows
from rentree.judge.presence import possibly, surely
from rentree.judge.unfit import inside
from rentree.presets import presets_of
from rentree.quantity import SECOND, Span
from rentree.slo import Agrees
from rentree.verdict import Finding
from rentree.words import Words, both, number, percent

SLACK = 2  # sessions, whatever the share


def agrees(slo: Agrees, case: Case) -> list[Finding]:
    """One finding: the share of seconds in which the platform's count is out of bounds.

    Its count of a second was taken some time in it: so it may be as low as what was surely open at
    any moment of the second around, and as high as what was possibly open.
    """
    compared = compare(case, window_of(slo, case.plan), slo.apart, slo.platform)
    count = 0 if compared is None else compared.of
    facts = facts_of(slo, {}, limit=slo.seconds_below, unit="share", count=count)
    if compared is None:
        finding = without_rows(facts)
        several = len(presets_of(case.plan.sandbox or "")) > 1
        return [finding.model_copy(update={"reasons": [_each_its_own() if several else _untold()]})]
    share = compared.apart / compared.of
    return [
        Finding(
            **facts, decision="pass" if share < slo.seconds_below else "fail", measured=share,
            interval=None, measured_text=_said(*compared),
        )
    ]  # fmt: skip


class Compared(NamedTuple):
    """In how many of the seconds that the platform told its count is out of bounds; its peak."""

    apart: int
    of: int
    peak: int


def compare(case: Case, span: Span, slack: float, platform: str | None = None) -> Compared | None:
    """A platform's count beside what was surely and possibly open; None: it told none.

    Where each platform has a sandbox, each counts its own sessions: only `platform`'s are beside
    the samples of it.
    """
    told = None if case.evidence is None else case.evidence.platform
    if told is not None:
        told = told.filter(pl.col("platform").eq_missing(pl.lit(platform, pl.String)))
    rows = None if told is None else told.filter(inside("t", span)).drop_nulls("sessions")
    if rows is None or rows.is_empty():
        return None
    at, says = rows["t"].to_numpy(), rows["sessions"].to_numpy()
    sure, may = surely(case.samples), possibly(case.samples, case.plan.end)
    low = np.minimum.reduce([sure.at(at + k * SECOND) for k in (-1, 0, 1)])
    high = may.most(at - SECOND, at + SECOND)
    out = (says < low * (1 - slack) - SLACK) | (says > high * (1 + slack) + SLACK)
    return Compared(int(out.sum()), rows.height, int(says.max()))


def _said(apart: int, of: int, peak: int) -> Words:
    return both(
        lambda lang: {
            "fr": f"en désaccord pendant {number(apart, lang)} s sur {number(of, lang)} "
            f"({percent(apart / of, lang)}) ; elle en compte {number(peak, lang)} au plus",
            "en": f"apart in {number(apart, lang)} of {number(of, lang)} s "
            f"({percent(apart / of, lang)}); it counts {number(peak, lang)} at most",
        }[lang]
    )


def _each_its_own() -> Words:
    return {
        "fr": "il y a plusieurs plateformes, et chacune ne compte que ses propres sessions",
        "en": "there are several platforms, and each counts its own sessions only",
    }


def _untold() -> Words:
    return {
        "fr": "la plateforme ne dit pas combien de sessions elle compte",
        "en": "the platform does not tell how many sessions it counts",
    }
