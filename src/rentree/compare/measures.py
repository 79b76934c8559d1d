"""What is compared: each step in each phase, and the shares of the profile's own promises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import polars as pl

from rentree.compare.doubt import (
    Change,
    Window,
    ends_apart,
    means_changed,
    quantile_changed,
    share_changed,
)
from rentree.compare.side import Side
from rentree.compare.weighing import Compared, State
from rentree.evidence import Evidence
from rentree.judge import judge
from rentree.judge.statistics import quantile
from rentree.judge.unfit import inside
from rentree.judge.validity import unfit
from rentree.plan import Plan
from rentree.quantity import SECOND, Span
from rentree.slo import Response
from rentree.verdict import Finding
from rentree.words import Words, both, number, phase, step

QUANTILES = {"median": 0.5, "p95": 0.95}
ROWS = {"median": 20, "p95": 60, "not ok": 20}  # first attempts that each run needs, at least
_MORE_IS_GOOD = (  # whose findings tell the share that was well
    "punctual", "goodput", "classes-can-start", "available", "resilient", "fresh", "queue-fair",
    "refuses-well",
)  # fmt: skip
_ONE_IS_ENOUGH = ("leak", "no-leak", "nothing-lost", "gone", "stopped")
_COUNTED = ("leak", "no-leak", "nothing-lost")  # of which there may be more or fewer
_TOLD_WHEN_BROKEN = ("leak", "gone", "stopped")  # no finding: there was none
_NOT_DECIDED: Words = {
    "fr": "\u00a0: non tranché d’un côté au moins",
    "en": ": not decided on one side at least",
}
_NO_LONGER: Words = {
    "fr": "\u00a0: tenu avant, et plus après\u00a0; aucun chiffre ne le compare",
    "en": ": kept before, and no longer; no figure compares it",
}
_BEYOND: Words = {
    "fr": "\u00a0: au-delà de toute durée dans une partie des essais",
    "en": ": beyond any time in some of the runs",
}
_NOT_OK: Words = {"fr": "non abouties", "en": "not ok"}
_MEDIAN: Words = {"fr": "médiane", "en": "median"}


@dataclass
class Measured:
    """All that could be compared, and what could not, with why."""

    compared: list[Compared] = field(default_factory=list)
    undecided: list[Words] = field(default_factory=list)  # windows that tell nothing, by our fault
    too_few: list[Words] = field(default_factory=list)  # too few people on both sides


def measured(before: Side, after: Side) -> Measured:
    """Everything, of two sides that are comparable.

    Raises:
        RentreeError: a folder cannot be judged.
    """
    found = Measured()
    plan = before.runs[0].plan
    tried = sorted({name for side in (before, after) for run in side.runs for name in _steps(run)})
    for part in plan.phases:
        for name in tried:
            _compare_step(before, after, part.name, name, found)
    _compare_promises(before, after, found)
    return found


def _steps(run: Evidence) -> list[str]:
    return run.judged["step"].cast(pl.String).unique().to_list()


def _compare_step(before: Side, after: Side, window: str, name: str, found: Measured) -> None:
    """A step in a phase: median, 95th percentile, and the share that was not ok."""
    sides: list[list[Window]] = []
    reasons: dict[str, Words] = {}
    for side in (before, after):
        fit = []
        for run in side.runs:
            told = _unfit(run, window, name)
            reasons |= {why["en"]: why for why in told}
            if not told:
                fit.append(rows_of(run, window, name))
        sides.append(fit)
    most = [max((len(w.due) for w in side), default=0) for side in sides]
    if not all(sides):
        came = [len(rows_of(r, window, name).due) for s in (before, after) for r in s.runs]
        if max(came) >= ROWS["median"]:
            found.undecided += [_unfit_words(window, name, why) for why in reasons.values()]
        return
    if max(most) == 0:
        return
    for what, needed in ROWS.items():
        kept = [[w for w in side if len(w.due) >= needed] for side in sides]
        if not all(kept):
            few = _few_words(window, name, what, most, needed)
            gone = any(kept) and min(most) < needed / 2  # one side has it, the other does not
            (found.undecided if gone else found.too_few).append(few)
            continue
        change = _changed(what, *kept)
        if change is None and what != "not ok" and _ever(what, kept):
            found.undecided.append(_beyond_words(window, name, what))
        if change is not None:
            ours = max(w.ours for side in kept for w in side) / SECOND
            unit: Literal["s", "share"] = "share" if what == "not ok" else "s"
            id_ = f"{what}/{name}/{window}"
            found.compared.append(
                Compared(id_, _figure(name, what), window, unit, change, ours=ours)
            )


def _ever(what: str, sides: list[list[Window]]) -> bool:
    """Whether a quantile is a time in any run."""
    return any(np.isfinite(quantile(w.waited, QUANTILES[what])) for side in sides for w in side)


def _unfit(run: Evidence, window: str, name: str) -> list[Words]:
    """Why a window of a run, and of a step in it, shows nothing of the platform."""
    data = {"slo": "response", "step": name, "quantile": 0.95, "in": window, "each": "none",
            "below": run.plan.behaviour.patience}  # fmt: skip
    return [reason.why for reason in unfit(Response.model_validate(data), run)]


def rows_of(run: Evidence, window: str, name: str) -> Window:
    """First attempts, and those that were not reached, as `response` counts them."""
    span = run.plan.window(window)
    first = run.judged.filter(
        pl.col("step") == name, pl.col("outcome") != "not_sent", inside("due", span),
        (pl.col("attempt") == 1) | (pl.col("outcome") == "abandoned"),
    )  # fmt: skip
    took = (first["done"] - first["due"]).cast(pl.Float64).fill_null(np.inf).to_numpy()
    waited = np.where((first["outcome"] == "ok").to_numpy(), took, np.inf)
    return Window(waited, first["due"].to_numpy(), span, _our_lateness(run, first, span))


def _our_lateness(run: Evidence, first: pl.DataFrame, span: Span) -> float:
    """How late we sent, 95 times in 100, and how late a sandbox of ours woke at worst in a second.

    Neither is the platform's; of the sandbox, which keeps its rate however late it wakes, the
    median second counts. µs.
    """
    sent = (first["sent"] - first["due"]).drop_nulls().to_numpy().astype(np.float64)
    woke = run.platform.filter(inside("t", span))["worst_lag"].to_numpy().astype(np.float64)
    late = quantile(sent, QUANTILES["p95"]) if len(sent) else 0.0
    return max(0.0, late) + (quantile(woke, 0.5) if len(woke) else 0.0)


def _changed(what: str, before: list[Window], after: list[Window]) -> Change | None:
    if len(before) == len(after) == 1:
        if what == "not ok":
            return share_changed(before[0], after[0])
        change = quantile_changed(before[0], after[0], QUANTILES[what])
    elif what == "not ok":
        shares = [[float(w.not_ok.mean()) for w in side] for side in (before, after)]
        return means_changed(*shares, factor=False)
    else:
        times = [[quantile(w.waited, QUANTILES[what]) for w in side] for side in (before, after)]
        change = means_changed(*times, factor=True)
    if change is None:
        return None
    return Change(change.before / SECOND, change.after / SECOND, change.interval, change.p)


def _compare_promises(before: Side, after: Side, found: Measured) -> None:
    """The findings of both, judged anew by these rules."""
    sides = [[_findings(run) for run in side.runs] for side in (before, after)]
    first, plan = [sides[0][0], *sides[0][1:], *sides[1]], before.runs[0].plan
    for name in dict.fromkeys(name for run in first for name in run):
        told = [[run[name] for run in side if name in run] for side in sides]
        like = next(f for side in told for f in side)
        count = len(found.compared)
        if like.slo in _ONE_IS_ENOUGH:
            _exactly(name, like, told, plan, found)
            continue
        if like.unit == "share" and like.slo != "response":
            found.compared += _share(name, like, told, plan)
        if len(found.compared) == count and _no_longer(told):
            found.undecided.append(_followed(_promised(like, plan), _NO_LONGER))


def _no_longer(told: Sequence[Sequence[Finding]]) -> bool:
    """Whether what every run before kept is broken in one after, or in none of them known."""
    before, after = ([f.decision for f in side] for side in told)
    known = [decision for decision in after if decision != "invalid"]
    return bool(before) and set(before) == {"pass"} and (not known or "fail" in known)


def _findings(run: Evidence) -> dict[str, Finding]:
    return {finding.id: finding for finding in judge(run).findings}


def _exactly(
    name: str, like: Finding, told: Sequence[Sequence[Finding]], plan: Plan, found: Measured
) -> None:
    """What one case is enough for: broken now, and not before."""
    states = [_kept(like.slo, side) for side in told]
    what = _promised(like, plan)
    if None in states:
        found.undecided.append(_followed(what, _NOT_DECIDED))
        return
    state: State = "worse" if states[0] else "better"
    if states[0] == states[1]:
        state = _grew(like.slo, told)
    found.compared.append(Compared(name, what, like.window, "share", None, exact_state=state))


def _grew(kind: str, told: Sequence[Sequence[Finding]]) -> State:
    """Broken on both sides: twice as many cases, or runs, are worse; some more, not clear."""
    if kind not in _COUNTED:
        return "same"
    state: State = "same"
    most = [max((f.measured or 0.0 for f in side), default=0.0) for side in told]
    runs = [sum(f.decision == "fail" for f in side) / max(1, len(side)) for side in told]
    for before, after in (most, runs):
        if after > before:
            state = "worse" if after >= 2 * before or state == "worse" else "open"
    return state


def _kept(kind: str, side: Sequence[Finding]) -> bool | None:
    """Whether such a promise was kept in all runs of a side; None: not known."""
    if any(f.decision == "fail" for f in side):
        return False
    sure = all(f.decision == "pass" for f in side) and (side or kind in _TOLD_WHEN_BROKEN)
    return True if sure else None


def _share(
    name: str, like: Finding, told: Sequence[Sequence[Finding]], plan: Plan
) -> Iterator[Compared]:
    """A promise's own share, in the windows in which it was decided with doubt."""
    kept = [
        [(f.measured, f.interval) for f in side if f.decision != "invalid"
         and f.count >= ROWS["not ok"] and f.interval and f.measured is not None]
        for side in told
    ]  # fmt: skip
    if not all(kept):
        return
    change: Change | None
    if max(map(len, kept)) == 1:
        change = ends_apart(*kept[0][0], *kept[1][0])
    else:
        change = means_changed(*[[share for share, _ in side] for side in kept], factor=False)
    if change is not None:
        good = like.slo in _MORE_IS_GOOD
        yield Compared(name, _promised(like, plan), like.window, "share", change, not good)


def _promised(like: Finding, plan: Plan) -> Words:
    """The promise in words, with its group."""

    def say(lang: str) -> str:
        names = [plan.territories.get(v, {}).get(lang, v) for v in like.group.values()]
        return ", ".join([like.text.get(lang, like.id), *names])

    return both(say)


def _figure(name: str, what: str) -> Words:
    kinds = {"median": _MEDIAN, "p95": both(lambda _: "p95"), "not ok": _NOT_OK}
    return both(lambda lang: f"{step(name, lang)}, {kinds[what][lang]}")


def _unfit_words(window: str, name: str, why: Words) -> Words:
    return both(
        lambda lang: (
            f"{phase(window, lang)}, {step(name, lang)}"
            + {"fr": "\u00a0: essai non valable, ", "en": ": not valid, "}[lang]
            + why[lang]
        )
    )


def _beyond_words(window: str, name: str, what: str) -> Words:
    figure = _figure(name, what)
    return both(lambda lang: f"{phase(window, lang)}, {figure[lang]}{_BEYOND[lang]}")


def _followed(what: Words, by: Words) -> Words:
    return both(lambda lang: what[lang] + by[lang])


def _few_words(window: str, name: str, what: str, most: Sequence[int], needed: int) -> Words:
    def say(lang: str) -> str:
        where = f"{phase(window, lang)}, {_figure(name, what)[lang]}"
        here, there, least = (number(n, lang) for n in (*most, needed))
        return {
            "fr": f"{where}\u00a0: {here} premières tentatives d’un côté, {there} de l’autre, "
            f"il en faut {least}",
            "en": f"{where}: {here} first attempts on one side, {there} on the other; it takes "
            f"{least}",
        }[lang]

    return both(say)
