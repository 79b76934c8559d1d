"""A run that the platform ended: out of reach for longer than its authorisation bears with.

The run as far as it went is judged like a whole run of a shorter plan: validity is asked of what
took place. What was still due counts as `error`, and that the platform ended the run is a finding.

For `refused`, and for `wrong`, `timeout` and `waiting`, none of this holds: an error is none of
them, and what those people would have met is not known. Their windows are those of a run that did
not finish.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from rentree.evidence import JUDGED, Evidence
from rentree.journal import Entry
from rentree.judge.unfit import moment, said
from rentree.plan import Plan
from rentree.quantity import SECOND
from rentree.sample import CREATE_ACCOUNT, SIGN_IN, SIGN_OUT
from rentree.stop import Errors, Tried, share_of_errors
from rentree.verdict import Finding
from rentree.words import because, both

UNDER_WAY = "the worker was lost while this was under way"  # what `rentree.finish` writes
_MARGIN = SECOND  # a fault that began so shortly before the end was not looked at


@dataclass(frozen=True)
class Stop:
    """When the platform ended the run, and since when it was out of reach, µs of the run."""

    at: int
    since: int
    base: str
    why: str
    rule: bool = False  # by a stop rule of the profile


def stop_of(evidence: Evidence) -> Stop | None:
    """The platform's end of a run; None: it was not the platform, or we cannot know.

    A host of the platform was out of reach, for no want of ours, until the time that was granted
    was over. If most of what people tried meanwhile was ok, it was but the document.
    """
    ends = said(evidence, "run", "ended")
    overs = [e for e in said(evidence, "authorization", "over") if e.get("ours") is False]
    if ends and ends[-1].get("why") == "stop rule":
        return _by_rule(evidence)
    if not ends or ends[-1].get("why") != "unreachable" or not overs:
        return None
    over = overs[0]
    why, base = str(over.get("why") or ""), str(over.get("base") or "?")
    stop = Stop(over["t"], int(over.get("since") or 0), base, why)
    tried = _answered(evidence, stop).filter(
        pl.col("due") >= stop.since,
        pl.col("due") <= stop.at,
        ~pl.col("outcome").is_in(["not_sent", "abandoned"]),
    )
    went = tried.filter(pl.col("outcome") == "ok").height
    return None if went > tried.height - went else stop


def _by_rule(evidence: Evidence) -> Stop | None:
    """A stop rule ended the run; None: what the rule speaks of is not in the samples.

    Errors are counted again, as `rentree.stopping` did. A health page has no samples: if most of
    what people tried meanwhile was ok, it was but that page.
    """
    overs = said(evidence, "stop", "over")
    rules = evidence.plan.stops
    if not overs or not 0 <= int(overs[0].get("rule", -1)) < len(rules):
        return None
    over, rule = overs[0], rules[int(overs[0]["rule"])]
    why, since = str(over.get("why") or ""), int(over.get("since") or 0)
    stop = Stop(over["t"], since, str(over.get("base") or ""), why, rule=True)
    ended = pl.coalesce("done", "due").alias("ended")
    columns = _answered(evidence, stop).select(ended, "outcome", "territory")
    tried = [Tried(*row) for row in columns.iter_rows()]
    if isinstance(rule, Errors):
        share = share_of_errors(tried, evidence.plan.faults, since, since + rule.for_)
        return stop if share is not None and share > rule.share_above else None
    share = share_of_errors(tried, evidence.plan.faults, since, stop.at)
    return stop if share is None or share >= 0.5 else None


def until(evidence: Evidence, stop: Stop) -> Evidence:
    """The run as far as it went, as the whole run of a plan that ends there."""
    return _with(
        evidence,
        plan=_shorter(evidence.plan, stop.at),
        journal=_journal(evidence, stop),
        judged=_answered(evidence, stop),
    )


def with_owed(evidence: Evidence, stop: Stop) -> pl.DataFrame:
    """The samples, and as `error` and `abandoned` what was still due when the platform ended it.

    Somebody who was still to come did not get in, or did not get an account. The platform made
    everybody who was there leave: each step of theirs that they had not come to is `abandoned`,
    due at that moment.
    """
    rows, at = _answered(evidence, stop), stop.at
    alike = ["persona", "territory"] if evidence.plan.journeys_apart else ["persona"]
    came = evidence.people.join(rows.select("person").unique(), on="person", how="semi")
    to_come = evidence.people.filter(pl.col("due") >= at).join(came, on="person", how="anti")
    over = rows.filter(
        (pl.col("step") == SIGN_OUT) | pl.col("outcome").is_in(["abandoned", "not_sent"])
    )
    there = pl.concat([came.join(over, on="person", how="anti"), to_come])
    plain = rows.select("person", "outcome", pl.col(*alike, "step").cast(pl.String))
    steps = plain.filter(pl.col("outcome") != "not_sent").select(*alike, "step").unique()
    leaving = there.select(alike).unique().with_columns(step=pl.lit(SIGN_OUT))
    first = ~pl.col("step").is_in([CREATE_ACCOUNT, SIGN_IN])
    journeys = pl.concat([steps.filter(first), leaving]).unique()
    done = plain.select("person", "step")
    new = pl.col("new_account").fill_null(value=False)
    to_sign_in = there.filter(new).with_columns(step=pl.lit(SIGN_IN))
    missing = pl.concat([there.join(journeys, on=alike), to_sign_in], how="diagonal")
    missing = missing.join(done, on=["person", "step"], how="anti")
    door = pl.when(new).then(pl.lit(CREATE_ACCOUNT)).otherwise(pl.lit(SIGN_IN))
    at_the_door = _rows(to_come.with_columns(step=door), "error")
    left = missing.with_columns(due=pl.max_horizontal("due", pl.lit(at)))
    where = rows["platform"].drop_nulls().unique().to_list()
    owed = pl.concat([at_the_door, _rows(left, "abandoned")]).with_columns(
        platform=pl.lit(
            where[0] if len(where) == 1 else None, pl.String
        )  # of several, nobody knows
    )
    numbered = owed.sort("person", "due", "step").with_columns(seq=pl.int_range(pl.len()))
    return pl.concat([rows, numbered.select(JUDGED.names()).cast(JUDGED)])


def stopped(evidence: Evidence, stop: Stop | None) -> list[Finding]:
    """The platform ended the run: it failed, whatever was asked."""
    if stop is None:
        return []
    if stop.rule:
        return [_stopped_by_rule(evidence, stop)]
    return [
        Finding(
            id="stopped/run", slo="stopped", group={}, window="", decision="fail",
            measured=stop.at / SECOND,
            text={"fr": "La plateforme reste joignable jusqu’à la fin de l’essai",
                  "en": "The platform stays within reach to the end of the run"},
            measured_text=both(lambda lang: {
                "fr": f"{stop.base} hors d’atteinte depuis {moment(stop.since, lang)}, "
                f"essai arrêté à {moment(stop.at, lang)}{because(stop.why, lang)}",
                "en": f"{stop.base} out of reach since {moment(stop.since, lang)}, "
                f"run ended at {moment(stop.at, lang)}{because(stop.why, lang)}"}[lang]),
            limit=evidence.plan.end / SECOND, unit="s", interval=None, count=1,
        )
    ]  # fmt: skip


def _stopped_by_rule(evidence: Evidence, stop: Stop) -> Finding:
    return Finding(
        id="stopped/run", slo="stopped", group={}, window="", decision="fail",
        measured=stop.at / SECOND,
        text={"fr": "Aucune règle d’arrêt n’est atteinte", "en": "No stop rule is met"},
        measured_text=both(lambda lang: {
            "fr": f"règle d’arrêt atteinte depuis {moment(stop.since, lang)}, "
            f"essai arrêté à {moment(stop.at, lang)}{because(stop.why, lang)}",
            "en": f"a stop rule was met since {moment(stop.since, lang)}, "
            f"run ended at {moment(stop.at, lang)}{because(stop.why, lang)}"}[lang]),
        limit=evidence.plan.end / SECOND, unit="s", interval=None, count=1,
    )  # fmt: skip


def _with(evidence: Evidence, **parts: Any) -> Evidence:
    # what is read once is kept under its name in the object: there it can be another
    other = Evidence(evidence.folder)
    vars(other).update(vars(evidence) | parts)
    vars(other).pop("times_of", None)  # of other samples
    return other


def _shorter(plan: Plan, at: int) -> Plan:
    def cut(stretch: Any) -> Any:
        return stretch.model_copy(
            update={"start": min(stretch.start, at), "end": min(stretch.end, at)}
        )

    faults = [cut(fault) for fault in plan.faults if fault.start < at - _MARGIN]
    return plan.model_copy(update={"phases": [cut(p) for p in plan.phases], "faults": faults})


def _journal(evidence: Evidence, stop: Stop) -> list[Entry]:
    """What was said until then; workers that we ended at that moment have ended."""
    before = [e for e in evidence.journal if e["t"] < stop.at]
    late = [
        e
        for e in said(evidence, "worker", "lost")
        if e["t"] >= stop.at and e["worker"] not in _ours_to_end(evidence, stop)
    ]
    ended = [
        {"t": stop.at, "event": "worker", "state": "ended", "worker": worker}
        for worker in sorted(_ours_to_end(evidence, stop))
    ]
    stored = said(evidence, "worker", "stored")
    end = {"t": stop.at, "event": "run", "state": "ended", "why": "finished"}
    return [*before, *ended, *late, *stored, end]


def _ours_to_end(evidence: Evidence, stop: Stop) -> set[int]:
    """Workers that were at work until the end, and stored all they had."""
    ended = [e for e in said(evidence, "worker", "ended") if e["t"] >= stop.at]
    stored = [
        e
        for e in said(evidence, "worker", "lost")
        if e["t"] >= stop.at and (e.get("last_stored") or 0) >= stop.at
    ]
    return {e["worker"] for e in [*ended, *stored]}


def _answered(evidence: Evidence, stop: Stop) -> pl.DataFrame:
    """The samples; what was under way when we ended the workers never had an answer."""
    under_way = (
        (pl.col("outcome") == "not_sent")
        & (pl.col("detail").str.json_path_match("$.why") == UNDER_WAY).fill_null(False)
        & pl.col("worker").is_in(list(_ours_to_end(evidence, stop)))
    )
    told = pl.when(under_way).then(pl.lit("error")).otherwise(pl.col("outcome").cast(pl.String))
    return evidence.judged.with_columns(outcome=told.cast(pl.Categorical))


def _rows(due: pl.DataFrame, outcome: str) -> pl.DataFrame:
    """A row for each person and step; `due` has the columns of people, and the step."""
    nothing = pl.lit(None, pl.Int64)
    return due.with_columns(
        worker=0, attempt=1, sent=nothing, queue_position=nothing, outcome=pl.lit(outcome),
        done=pl.col("due") if outcome == "abandoned" else nothing,
        detail=pl.lit('{"why": "the platform ended the run"}'),
    )  # fmt: skip
