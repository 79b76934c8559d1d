"""Classes that can start: teacher and most pupils there in time. Pure."""

from __future__ import annotations

import polars as pl

from rentree.judge.case import Case
from rentree.judge.finding import of_share, window_of
from rentree.judge.unfit import inside
from rentree.slo import ClassesCanStart
from rentree.verdict import Finding
from rentree.words import Words, both, number, percent

SCHOOL = ["territory", "level", "school"]  # what tells a school from any other
CLASS = [*SCHOOL, "class"]


def classes_can_start(slo: ClassesCanStart, case: Case) -> list[Finding]:
    """The share of classes that could not start.

    A class is the convened people of one class whose pupils are due in the window; its moment is
    when its last pupil was due. Somebody is there when the step was ok by then. People whom we
    never sent are left out; a class without a convened teacher or pupil is none. Of one platform,
    neither is a class too few of whom came there to start: it shows nothing of that platform.
    """
    rows = case.samples.select("person", "persona", "step", "outcome", "done")
    steps = {"pupil": slo.step, "teacher": slo.teacher or slo.step}
    did = [(pl.col("persona") == who) & (pl.col("step") == step) for who, step in steps.items()]
    there = (
        rows.filter(pl.col("outcome") == "ok", pl.col("done") <= slo.by, did[0] | did[1])
        .select("person")
        .unique()
        .with_columns(there=pl.lit(value=True))
    )
    unsent = rows.group_by("person").agg(unsent=(pl.col("outcome") == "not_sent").all())
    came = case.people.select("person", came=pl.lit(value=True))
    convened = (
        (case.everywhere or case).people
        .filter("convened", pl.col("persona").is_in(["pupil", "teacher"]))
        .join(unsent.filter("unsent"), on="person", how="anti")
        .join(came, on="person", how="left")
        .join(there, on="person", how="left")
        .with_columns(pl.col("came", "there").fill_null(value=False))
    )  # fmt: skip
    pupil, teacher = pl.col("persona") == "pupil", pl.col("persona") == "teacher"
    enough = (pl.col("pupils") * slo.pupils).round(9).ceil()
    classes = (
        convened.group_by(CLASS)
        .agg(
            pupils=pupil.sum(),
            teachers=(teacher & pl.col("came")).sum(),
            pupils_came=(pupil & pl.col("came")).sum(),
            pupils_there=(pupil & pl.col("there")).sum(),
            taught=(teacher & pl.col("there")).any(),
            due=pl.col("due").filter(pupil).max(),
        )
        .filter(pl.col("pupils") > 0, pl.col("teachers") > 0, pl.col("pupils_came") >= enough)
        .filter(inside("due", window_of(slo, case.plan)))
        .with_columns(broken=~pl.col("taught") | (pl.col("pupils_there") < enough))
        .sort(CLASS)
    )
    return of_share(
        slo, case, classes, _said, tolerated=slo.tolerated(), of="people", limit=slo.share
    )


def _said(many: int, count: int) -> Words:
    ready = count - many
    return both(
        lambda lang: {
            "fr": f"{number(ready, lang)} classes sur {number(count, lang)} pouvaient commencer "
            f"({percent(ready / count, lang)})",
            "en": f"{number(ready, lang)} of {number(count, lang)} classes could start "
            f"({percent(ready / count, lang)})",
        }[lang]
    )
