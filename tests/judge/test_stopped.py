"""A run that the platform ended: what was still due, what is asked of us, and whose end it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rentree.block import Block, BlockWriter
from rentree.evidence import JUDGED, Evidence, write_json
from rentree.finish import finish
from rentree.journal import Journal
from rentree.judge import judge
from rentree.judge.stopped import UNDER_WAY, stop_of, until, with_owed
from rentree.plan import dump
from rentree.recompute.compare import compared
from rentree.sample import Sample
from rentree.testing import Story, make_plan, us
from rentree.verdict import Verdict, write

RESPONSE = {"slo": "response", "step": "sign in", "quantile": "95 %", "below": "5 s", "in": "bell",
            "each": "none"}  # fmt: skip
REFUSED = {"slo": "refused", "share_below": "5 %", "in": "bell", "each": "none"}
PUNCTUAL = {"slo": "punctual", "share": "95 %", "within": "30 s", "in": "bell", "each": "none"}
HELD = {"slo": "signed-in-at-once", "at_least": "20", "held": "20 s"}
BASE = "https://ent.example"
SINCE, AT, ENDED = 25.0, 36.0, 37.0  # s: silent, the grant is used up, the workers are ended

Bend = Callable[[Story], None]


def ended(*slos: dict[str, Any], bend: Bend | None = None, people: int = 400, **plan: Any) -> Story:
    """People come through the bell, to a platform that is silent from 25 s on; ended at 36 s."""
    story = Story(make_plan(slos=slos, **plan))
    for i in range(people):
        due = 10 + 40 * i / people
        person = story.person(due)
        if due < SINCE:
            story.tries(person)
        elif due < AT:
            story.tries(person, took=9, outcome="error" if due + 9 < ENDED else "not_sent",
                        why=UNDER_WAY)  # fmt: skip
    story.ends, story.ends_at, story.lost = "unreachable", ENDED, {1}
    story.says(SINCE, "authorization", "unreachable", base=BASE, why="HTTP 503")
    story.says(AT, "authorization", "over", base=BASE, why="HTTP 503", since=us(SINCE), ours=False)
    story.says(ENDED, "worker", "lost", worker=1, last_stored=us(ENDED - 0.5), why="no end mark")
    if bend is not None:
        bend(story)
    return story


def decisions(verdict: Verdict) -> dict[str, str]:
    """Kind of SLO → decision."""
    return {finding.slo: finding.decision for finding in verdict.findings}


def gates(verdict: Verdict) -> str:
    """The letters of the gates that spoke."""
    return " ".join(sorted({window.gate for window in verdict.invalid}))


def test_the_platform_is_told_to_have_ended_the_run(tmp_path: Path) -> None:
    """A finding that nobody asked for says since when, until when and why, in both languages."""
    verdict = judge(ended().write(tmp_path))
    [finding] = verdict.findings
    assert (finding.id, finding.decision, finding.measured) == ("stopped/run", "fail", 36.0)
    assert (finding.limit, finding.unit) == (100.0, "s")
    assert finding.measured_text == {
        "fr": "https://ent.example hors d’atteinte depuis 25\u00a0s, essai arrêté à 36\u00a0s"
        "\u00a0: HTTP 503",
        "en": "https://ent.example out of reach since 25\u00a0s, run ended at 36\u00a0s: HTTP 503",
    }
    assert verdict.decision == "fail"
    assert verdict.title["fr"].startswith("NON CONFORME")
    assert not verdict.interrupted


def test_what_was_still_due_is_an_error(tmp_path: Path) -> None:
    """Everybody who was due after the end counts; the gates do not speak of it."""
    verdict = judge(ended(RESPONSE, PUNCTUAL).write(tmp_path))
    assert decisions(verdict) == {"response": "fail", "punctual": "fail", "stopped": "fail"}
    north = judge(ended(RESPONSE | {"each": ["territory"]}).write(tmp_path / "north")).findings[0]
    assert (north.group, north.decision) == ({"territory": "north"}, "fail")
    assert [finding.count for finding in verdict.findings[:2]] == [400, 400]
    assert verdict.findings[1].measured == 150 / 400
    assert gates(verdict) == ""


def test_so_few_that_were_still_due_may_be_tolerated(tmp_path: Path) -> None:
    """A bell of which one in a hundred had no answer or was still due keeps its promise."""
    story = Story(make_plan(slos=[RESPONSE], phases={"bell": (0, 35.9), "recovery": (35.9, 90)}))
    for i in range(1000):
        story.tries(story.person(0.0359 * i))
    story.samples = [
        row._replace(outcome="error") if row.due >= us(35.5) else row
        for row in story.samples
        if row.due < us(35.7)
    ]
    shell = ended(people=0)
    story.journal, story.ends, story.ends_at = shell.journal, shell.ends, shell.ends_at
    story.lost = {1}
    for entry in story.journal:
        entry["t"] -= us(0.3)
    story.journal[0]["t"] = story.journal[1]["since"] = us(35.5)
    verdict = judge(story.write(tmp_path))
    assert decisions(verdict) == {"response": "pass", "stopped": "fail"}
    assert verdict.findings[0].count == 1000
    assert verdict.decision == "fail"


def test_a_session_ends_when_the_platform_does(tmp_path: Path) -> None:
    """Nobody is signed in to a platform that is gone, though nobody signed out."""
    story = ended(HELD | {"held": "60 s"})
    verdict = judge(story.write(tmp_path))
    assert decisions(verdict)["signed-in-at-once"] == "fail"
    story = ended(HELD)
    verdict = judge(story.write(tmp_path / "short"))
    assert decisions(verdict)["signed-in-at-once"] == "pass"  # 20 of them from 12 to 36 s


def test_whoever_was_still_to_come_met_an_error(tmp_path: Path) -> None:
    """A promise on errors counts them, and a recomputation from the rows alone counts the same."""
    error = {**REFUSED, "slo": "error"}
    verdict = judge(ended(error, REFUSED).write(tmp_path))
    assert decisions(verdict) == {"error": "fail", "refused": "invalid", "stopped": "fail"}
    assert (verdict.findings[0].measured, verdict.findings[0].count) == (250 / 400, 400)
    write(tmp_path, verdict)
    assert [line for line in compared(tmp_path) if not line.same] == []


def test_an_error_is_no_refusal(tmp_path: Path) -> None:
    """What the people of the rest would have been told is not known: no pass, by nobody's errors.

    A share of refusals that was broken before, and by people whose patience was up, stays broken.
    """
    verdict = judge(ended(REFUSED).write(tmp_path))
    assert decisions(verdict) == {"refused": "invalid", "stopped": "fail"}
    assert "f" in gates(verdict)
    reasons = [reason["fr"] for reason in verdict.findings[0].reasons]
    assert "l’essai n’est pas allé au bout, arrêté à 37\u00a0s (autorisation hors d’atteinte)" in (
        reasons
    )

    def early(story: Story) -> None:
        story.samples[:40] = [row._replace(outcome="refused") for row in story.samples[:40]]

    phases = {"bell": (0.0, 14.0), "recovery": (14.0, 100.0)}
    story = ended(REFUSED, bend=early, phases=phases)
    verdict = judge(story.write(tmp_path / "early"))
    assert decisions(verdict)["refused"] == "fail"


def test_each_step_that_was_not_reached_is_abandoned(tmp_path: Path) -> None:
    """Of the same journey's steps, those that somebody had not come to, at the end or later."""
    story = Story(make_plan())
    quick, slow, out, gone, ours, late, teacher = (
        story.person(due, persona=persona)
        for due, persona in [(10, "pupil"), (20, "pupil"), (11, "pupil"), (12, "pupil"),
                             (13, "pupil"), (40, "pupil"), (41, "teacher")]
    )  # fmt: skip
    for step in ("home", "messages"):
        story.tries(quick, step, due=20)
    for person in (quick, slow, out, gone):
        story.tries(person)
    story.tries(out, "sign out", due=22)
    story.tries(gone, "home", due=23, outcome="abandoned")
    story.tries(ours, outcome="not_sent", why="the ceiling of the authorisation is reached")
    story.person(15)  # of whom nothing is stored: that is ours, and owed by nobody
    shell = ended(people=0)
    story.journal, story.ends, story.ends_at = shell.journal, shell.ends, shell.ends_at
    story.lost = {1}
    evidence = story.write(tmp_path)
    stop = stop_of(evidence)
    assert stop is not None
    rows = with_owed(evidence, stop)
    assert rows.schema == JUDGED
    assert rows.head(len(story.samples)).equals(evidence.judged)
    owed = rows.tail(rows.height - len(story.samples))
    assert [
        (row["person"], row["step"], row["outcome"], row["due"] / 1e6)
        for row in owed.iter_rows(named=True)
    ] == [
        (quick["person"], "sign out", "abandoned", 36),
        (slow["person"], "home", "abandoned", 36),
        (slow["person"], "messages", "abandoned", 36),
        (slow["person"], "sign out", "abandoned", 36),
        (late["person"], "home", "abandoned", 40),
        (late["person"], "messages", "abandoned", 40),
        (late["person"], "sign in", "error", 40),
        (late["person"], "sign out", "abandoned", 40),
        (teacher["person"], "sign in", "error", 41),
        (teacher["person"], "sign out", "abandoned", 41),
    ]
    assert owed["territory"].unique().to_list() == ["north"]
    assert owed.filter(pl.col("outcome") == "abandoned")["done"].null_count() == 0


@pytest.mark.parametrize(
    ("apart", "owed"),
    [(False, ["home", "sign out"]), (True, ["sign out"])],
    ids=["all walk alike", "each territory as it does"],
)
def test_what_others_did_elsewhere(apart: bool, owed: list[str], tmp_path: Path) -> None:
    """Where territories have journeys of their own, only what those of one's own did is owed."""
    story = ended(people=0, journeys_apart=apart)
    north, south = story.person(10), story.person(11, territory="south")
    for person, step in ((north, "sign in"), (north, "home"), (south, "sign in")):
        story.tries(person, step)
    story.lost = {1}
    evidence = story.write(tmp_path)
    stop = stop_of(evidence)
    assert stop is not None
    rows = with_owed(evidence, stop).filter(
        pl.col("person") == south["person"], pl.col("outcome") == "abandoned"
    )
    assert rows["step"].cast(pl.String).to_list() == owed


def other_end(story: Story) -> None:
    """The run ended for another reason."""
    story.ends = "withdrawn"


def no_word(story: Story) -> None:
    """The journal does not say that the grant was used up."""
    story.journal = [e for e in story.journal if e["state"] != "over"]


def want_of_ours(story: Story) -> None:
    """We had no descriptor left to ask with."""
    for entry in story.journal:
        if entry["state"] == "over":
            entry["ours"] = True


def bring_in(story: Story, share: float) -> None:
    """Let a share of the people who come in the silence in."""
    silent = [i for i, row in enumerate(story.samples) if row.due >= us(SINCE)]
    for i in silent[: round(share * len(silent))]:
        row = story.samples[i]
        story.samples[i] = row._replace(outcome="ok", sent=row.due, done=row.due + us(0.5))


def answers(story: Story) -> None:
    """Most of what people tried meanwhile was ok."""
    bring_in(story, 0.51)


@pytest.mark.parametrize(
    "bend", [other_end, no_word, want_of_ours, answers], ids=lambda f: str(f.__doc__)
)
def test_an_end_that_is_not_the_platforms(bend: Bend, tmp_path: Path) -> None:
    """The window is invalid, as of any run that did not finish, and nobody is accused."""
    verdict = judge(ended(RESPONSE, PUNCTUAL, HELD | {"held": "60 s"}, bend=bend).write(tmp_path))
    assert set(decisions(verdict).values()) == {"invalid"}
    assert "stopped" not in decisions(verdict)
    assert verdict.decision == "invalid"
    assert "f" in gates(verdict)


def half(story: Story) -> None:
    """Just half of what people tried meanwhile was ok: that is no sound platform."""
    bring_in(story, 0.5)


def test_a_platform_that_answers_half_of_the_time_ended_it(tmp_path: Path) -> None:
    """Only what most people saw clears it."""
    assert decisions(judge(ended(bend=half).write(tmp_path))) == {"stopped": "fail"}


def late(story: Story) -> None:
    """We were late before the end."""
    story.samples[:40] = [row._replace(sent=row.due + us(0.3)) for row in story.samples[:40]]


def died(story: Story) -> None:
    """The worker had died before the end, by itself."""
    story.journal = [e for e in story.journal if e["event"] != "worker"]
    story.says(30, "worker", "lost", worker=1, last_stored=us(29), why="SIGKILL")
    story.samples = [row for row in story.samples if row.due < us(29)]


def killed_at_the_end(story: Story) -> None:
    """The worker did not store what it had when it was ended."""
    for entry in story.journal:
        if entry["event"] == "worker":
            entry["last_stored"] = us(AT - 1)


def forgotten(story: Story) -> None:
    """Somebody who was due before the end has no row."""
    story.person(20)


def gap(story: Story) -> None:
    """A row from the middle is missing."""
    del story.samples[100]


def slow(story: Story) -> None:
    """Our own line was slow before the end."""
    story.says(20.5, "control", "slow", probe_ms=300)


@pytest.mark.parametrize(
    ("bend", "gate"),
    [(late, "a"), (died, "a b"), (killed_at_the_end, "a b"), (forgotten, "b"), (gap, "b"),
     (slow, "d")],
    ids=lambda f: str(f.__doc__),
)  # fmt: skip
def test_our_own_part_is_asked_of_what_took_place(bend: Bend, gate: str, tmp_path: Path) -> None:
    """An instrument that was not fit before the end is not made so by it; the run fails anyway."""
    verdict = judge(ended(RESPONSE, bend=bend).write(tmp_path))
    assert decisions(verdict) == {"response": "invalid", "stopped": "fail"}
    assert gates(verdict) == gate


def slow_afterwards(story: Story) -> None:
    """Our own line was slow when the run had ended."""
    story.says(36.5, "control", "slow", probe_ms=300)


def test_our_own_part_is_not_asked_of_what_did_not(tmp_path: Path) -> None:
    """Nothing of what came after the end makes a window invalid."""
    verdict = judge(ended(RESPONSE, bend=slow_afterwards).write(tmp_path))
    assert decisions(verdict)["response"] == "fail"
    assert gates(verdict) == ""


@pytest.mark.parametrize(
    ("sentence", "fault", "stretches", "gate"),
    [
        ("in force to the end, as asked", (20, 45), [(20, 36)], ""),
        ("taken away after the end", (20, 45), [(20, 37)], ""),
        ("one that was never to begin before it", (60, 80), [], ""),
        ("one that had just begun", (35.2, 45), [], ""),
        ("one that was over", (12, 20), [(12, 20)], ""),
        ("one that was not there", (20, 45), [], "c"),
        ("one that was not taken away in time", (12, 20), [(12, 30)], "c"),
    ],
)
def test_a_fault_is_asked_for_until_the_end(
    sentence: str,
    fault: tuple[float, float],
    stretches: list[tuple[float, float]],
    gate: str,
    tmp_path: Path,
) -> None:
    """What could not be put in force any more makes nothing invalid; what should have been does."""

    def bend(story: Story) -> None:
        story.in_force = {"slow-line": stretches}

    story = ended(RESPONSE, bend=bend, faults=[("slow-line", *fault)])
    verdict = judge(story.write(tmp_path))
    assert gates(verdict) == gate, sentence
    assert decisions(verdict)["response"] == ("invalid" if gate else "fail"), sentence


def test_the_run_as_far_as_it_went_is_a_whole_run(tmp_path: Path) -> None:
    """Its plan ends where it ended; the folder's own plan, journal and samples stay as they are."""
    evidence = ended(RESPONSE, faults=[("slow-line", 30, 60)]).write(tmp_path)
    stop = stop_of(evidence)
    assert stop is not None
    short = until(evidence, stop)
    assert short.plan.end == us(AT)
    assert [(p.start, p.end) for p in short.plan.phases][-1] == (us(AT), us(AT))
    assert short.plan.faults[0].end == us(AT)
    assert short.journal[-1] == {"t": us(AT), "event": "run", "state": "ended", "why": "finished"}
    assert short.judged["outcome"].value_counts().sort("outcome").rows() == [
        ("error", 110), ("ok", 150)
    ]  # fmt: skip
    assert evidence.plan.end == us(100)
    assert [e["why"] for e in evidence.journal if e["event"] == "run" and "why" in e] == [
        "unreachable"
    ]
    assert set(evidence.samples["outcome"]) == {"ok", "error", "not_sent"}


def test_what_a_real_run_left_under_way_is_known_again(tmp_path: Path) -> None:
    """`finish` writes the words by which an attempt under way is told from one not sent."""
    raw, work = tmp_path / "raw", tmp_path / "work"
    raw.mkdir()
    work.mkdir()
    story = Story(make_plan(slos=[RESPONSE]))
    begun: list[Sample] = []
    for i in range(120):
        person = story.person(10 + i / 12)
        begun.append(story.tries(person))
    plan = story.plan.model_copy(update={"people": 120, "people_in_full": 120})
    write_json(raw / "plan.json", dump(plan))
    pl.DataFrame(story.people, orient="row").cast({"index": pl.Int64}).write_parquet(
        raw / "people.parquet"
    )
    monitor = {"cpu": 0.1, "loop_lag": 1, "people": 0}
    writer = BlockWriter(work / "worker-1.blocks")
    writer.append(Block(0, 1, us(20.5), begun, begun[:20], monitor, False))
    writer.append(Block(1, 1, us(36.5), [], [], monitor, False))
    writer.close()
    journal = Journal(raw / "journal.jsonl", lambda: us(36))
    journal.write("authorization", "over", base=BASE, why="refused", since=us(12), ours=False)
    journal.close()
    finish(tmp_path, t0=0, why="unreachable", ended=us(37))
    evidence = Evidence(tmp_path)
    assert json.loads(evidence.samples["detail"][60])["why"] == UNDER_WAY
    verdict = judge(evidence)
    assert decisions(verdict) == {"response": "fail", "stopped": "fail"}
    assert gates(verdict) == ""
