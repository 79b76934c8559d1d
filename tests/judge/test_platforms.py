"""Several platforms in one run, each with a sandbox of its own: whose fault, and whose figure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rentree.evidence import Evidence
from rentree.finish import finish
from rentree.journal import Journal
from rentree.judge import judge
from rentree.plan import dump
from rentree.recompute.compare import compared
from rentree.sandbox.telemetry import Telemetry
from rentree.testing import Story, make_plan, us
from rentree.verdict import Verdict, write

KEY = "cned=cned-classes ent=rentree"
RESPONSE = {"slo": "response", "step": "sign in", "quantile": "90 %", "below": "2 s", "in": "bell"}
AGREES = {"slo": "agrees", "in": "bell"}
Bend = Callable[[Story], None]


def story(*slos: dict[str, Any]) -> Story:
    """A hundred people at each of two platforms, through the bell; both sandboxes are well."""
    told = Story(make_plan(slos=slos or [RESPONSE], sandbox=KEY))
    for i in range(200):
        told.tries(told.person(11 + 38 * i / 200), platform=("ent", "cned")[i % 2])
    return well(told)


def well(told: Story, **facts: int) -> Story:
    """Both sandboxes were well in every second, and say so, with these facts of theirs."""
    told.platform = [
        {**second, "platform": platform, **facts}
        for platform in ("cned", "ent")
        for second in told.sandbox_seconds(told.plan.end / 1e6)
    ]
    return told


def judged(told: Story, folder: Path) -> Verdict:
    """The verdict, whose figures come out the same when reckoned anew."""
    verdict = judge(told.write(folder))
    write(folder, verdict)
    assert [line for line in compared(folder) if not line.same] == []
    return verdict


def starved(story: Story) -> None:
    """The clock of one was late in three steps of a hundred, of both together in 1.5."""
    late = story.sandbox_seconds(story.plan.end / 1e6, late_steps=3)
    assert story.platform is not None
    story.platform = [
        *(row for row in story.platform if row["platform"] == "ent"),
        *({**second, "platform": "cned"} for second in late),
    ]


def silent(story: Story) -> None:
    """One said nothing of itself, while the other did in every second."""
    assert story.platform is not None
    story.platform = [row for row in story.platform if row["platform"] == "ent"]


def dead(story: Story) -> None:
    """One died before the bell and so says no more."""
    silent(story)
    story.says(5, "platform", "gone", why="the sandbox was ended by SIGKILL: x", name="cned")


@pytest.mark.parametrize(
    ("bend", "says"),
    [
        (None, ""),
        (starved, "starved the sandbox (cned)"),
        (silent, "the sandbox (cned) gave no news in 40 seconds of 40"),
        (dead, ""),
    ],
)
def test_each_is_asked_whether_it_was_well(bend: Bend | None, says: str, tmp_path: Path) -> None:
    """(e) of each by itself: one that is well does not stand for one that is not."""
    told = story()
    if bend is not None:
        bend(told)
    invalid = [window.why["en"] for window in judged(told, tmp_path).invalid]
    assert [says in why for why in invalid] == ([True] if says else []), invalid


def test_a_death_names_its_platform(tmp_path: Path) -> None:
    """A finding for each that died."""
    told = story()
    dead(told)
    told.says(6, "platform", "gone", why="the sandbox ended with code 1: y", name="ent")
    found = {f.id: f for f in judged(told, tmp_path).findings if f.slo == "gone"}
    assert list(found) == ["gone/cned/run", "gone/ent/run"]
    assert found["gone/cned/run"].text["fr"].startswith("La plateforme (cned) tient")
    assert found["gone/ent/run"].measured == 6


def test_their_own_counts_are_not_mixed_up(tmp_path: Path) -> None:
    """Each counts its own sessions only, and what is known of all people is beside neither."""
    verdict = judged(story(AGREES), tmp_path)
    [agrees] = verdict.findings
    assert agrees.decision == "undecided"
    assert [reason["en"] for reason in agrees.reasons] == [
        "there are several platforms, and each counts its own sessions only"
    ]


def test_what_each_told_is_kept_under_its_name(tmp_path: Path) -> None:
    """One table of seconds and one of requests, with the platform beside."""
    work = tmp_path / "work"
    (tmp_path / "raw").mkdir()
    for platform, sessions in (("ent", 3), ("cned", 4)):
        own = work / f"sandbox-{platform}"
        own.mkdir(parents=True)
        telemetry = Telemetry(own)
        telemetry.request(t=5, trace=platform, mark="", method="GET", path="/", status=200, took=1)
        telemetry.write(1_000_000_000, sessions=sessions, waiting=0)
        telemetry.close()
    plan = make_plan(workers=1, sandbox=KEY)
    (tmp_path / "raw" / "plan.json").write_text(plan.model_dump_json(by_alias=True), "utf-8")
    journal = Journal(tmp_path / "raw" / "journal.jsonl", lambda: 0)
    journal.write("run", "started", t=0)
    journal.close()
    finish(tmp_path, t0=0, why="finished", ended=plan.end)
    evidence = Evidence(tmp_path)
    told = evidence.platform.sort("platform").select("platform", "sessions").rows()
    assert told == [("cned", 4), ("ent", 3)]
    asked = evidence.platform_requests.filter(pl.col("trace") == pl.col("platform"))
    assert asked.height == 2
    assert dump(evidence.plan)["sandbox"] == KEY


def told_of(told: Story, folder: Path, **slo: Any) -> dict[str, str]:
    """Name of each finding of one promise → decision; figures come out the same anew."""
    plan = told.plan.model_copy(update={"slos": make_plan(slos=[slo]).slos})
    told.plan = plan
    return {finding.id: finding.decision for finding in judged(told, folder).findings}


def holds_and_blocks() -> Story:
    """The same hundred and twenty people: in at the ENT, and refused at the CNED."""
    told = Story(make_plan(sandbox=KEY))
    for i in range(120):
        person = told.person(11 + 38 * i / 120)
        told.tries(person, platform="ent")
        told.tries(person, due=12 + 36 * i / 120, platform="cned", outcome="refused", took=0.1)
        told.tries(person, "home", due=49, platform="ent")
    told.tries(told.person(20), platform="cned", outcome="refused")  # who never went to the ENT
    return well(told, sessions=0)


@pytest.mark.parametrize(
    ("slo", "platform", "decision", "says"),
    [
        ({"slo": "refused", "share_below": "5 %"}, None, "fail", "of all, each was refused once"),
        ({"slo": "refused", "share_below": "5 %"}, "ent", "pass", "nobody by the ENT"),
        ({"slo": "refused", "share_below": "5 %"}, "cned", "fail", "everybody by the CNED"),
        ({"slo": "punctual", "share": "95 %", "within": "9 s"}, "ent", "pass", "they are in"),
        (RESPONSE, "ent", "pass", "the ENT is fast"),
        (RESPONSE, "cned", "fail", "a refusal in 100 ms is no answer"),
        ({"slo": "quota", "at_most": 300}, "ent", "undecided", "the ENT's was never met"),
        ({"slo": "agrees"}, "cned", "pass", "it counts nobody, and nobody is in"),
        ({"slo": "agrees"}, "ent", "fail", "it counts nobody, and they are in"),
    ],
)
def test_a_promise_of_one_platform(
    slo: dict[str, Any], platform: str | None, decision: str, says: str, tmp_path: Path
) -> None:
    """It is of what was tried there, and of the people who tried it; its name says so."""
    asked = slo | {"in": "bell", "each": "none"} | ({"platform": platform} if platform else {})
    found = told_of(holds_and_blocks(), tmp_path, **asked)
    assert len(found) <= 2
    named = [name for name in found if f"platform={platform}" in name]
    assert named == (list(found) if platform else [])
    assert next(iter(found.values())) == decision, says


def at_the_cned() -> Story:
    """A plan whose pupils join their class at the CNED; both sandboxes are well."""
    return well(Story(make_plan(sandbox=KEY, steps_at={"join class": "cned"})), sessions=0)


def test_a_territory_nobody_of_whom_came_there_is_not_forgotten(tmp_path: Path) -> None:
    """The north joins its classes; the south is blocked at the ENT: nothing is known of it."""
    told = at_the_cned()
    for i in range(240):
        person = told.person(11 + 38 * i / 240, territory=("north", "south")[i % 2])
        if person["territory"] == "north":
            told.tries(person, platform="ent")
            told.tries(person, "join class", platform="cned")
        else:
            told.tries(person, platform="ent", outcome="error")
            told.tries(person, "join class", platform="ent", outcome="abandoned")
    joined = RESPONSE | {"step": "join class", "platform": "cned"}
    found = told_of(told, tmp_path, **joined)
    name = "response/join class/bell/platform=cned/territory="
    assert found == {f"{name}north": "pass", f"{name}south": "undecided"}


@pytest.mark.parametrize(
    ("says", "there", "count", "decision"),
    [
        ("whole classes came, and are in", 6, 60, "pass"),
        ("a teacher and one pupil of six came: no class of theirs can be told", 2, 0, "undecided"),
    ],
)
def test_a_class_counts_where_it_came(
    says: str, there: int, count: int, decision: str, tmp_path: Path
) -> None:
    """The part of a class that fell back on a platform is no class there."""
    told = at_the_cned()
    for number in range(60):
        for member in range(6):
            persona = "pupil" if member else "teacher"
            person = told.person(11 + 30 * number / 60, persona=persona)
            person["class"] = f"c{number:02}"
            told.tries(person, platform="ent")
            if member < there:
                told.tries(person, "join class", platform="cned")
    start = {"slo": "classes-can-start", "by": 0, "share": "80 %", "each": "none", "in": "bell"}
    promise = make_plan(slos=[start | {"step": "join class", "platform": "cned"}]).slos[0]
    told.plan = told.plan.model_copy(update={"slos": [promise.model_copy(update={"by": us(70)})]})
    [finding] = judged(told, tmp_path).findings
    assert (finding.count, finding.decision) == (count, decision), says


def test_who_left_for_good_is_no_longer_in_elsewhere(tmp_path: Path) -> None:
    """In at the CNED, then given up at the ENT: from then on nobody is signed in at the CNED."""
    told = at_the_cned()
    for i in range(60):
        person = told.person(11 + i / 60)
        told.tries(person, platform="ent")
        told.tries(person, platform="cned", due=12 + i / 60)
        told.tries(person, "home", platform="ent", due=14, outcome="refused", took=0.1)
        told.tries(person, "sign out", platform="ent", due=15, outcome="abandoned")
    held = {"slo": "signed-in-at-once", "at_least": "50", "held": "20 s", "platform": "cned"}
    found = told_of(told, tmp_path, **held)
    assert list(found.values()) == ["fail"]
