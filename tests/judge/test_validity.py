"""When our own instrument was not fit, and how much of it a window forgives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rentree.judge import judge
from rentree.judge.unfit import Unfit
from rentree.judge.validity import unfit, unfit_group
from rentree.testing import Story, make_plan, us

RESPONSE = {"slo": "response", "step": "sign in", "quantile": "95 %", "below": "5 s", "in": "bell"}
RECOVERY = RESPONSE | {"in": "recovery"}
REFUSED = {"slo": "refused", "share_below": "5 %", "in": "bell"}
PUNCTUAL = {"slo": "punctual", "share": "95 %", "within": "30 s", "in": "bell"}
HELD = {"slo": "signed-in-at-once", "at_least": "10", "held": "20 s"}
FAULT = [("slow-line", 20.0, 40.0)]

Bend = Callable[[Story], None]
Slo = dict[str, Any]


def reasons(folder: Path, slo: Slo, bend: Bend, people: int = 400, **plan: Any) -> list[Unfit]:
    """Why a window of a sound run, bent as told, is not fit."""
    story = Story(make_plan(slos=[slo], **plan))
    for i in range(people):
        story.tries(story.person(10 + 40 * i / people))
    bend(story)
    evidence = story.write(folder)
    return unfit(evidence.plan.slos[0], evidence)


def gates(found: list[Unfit]) -> str:
    """The letters of the gates; one that lets a fail stand is followed by a star."""
    return " ".join(sorted({r.gate + "*" * r.fail_stands for r in found}))


def nothing(_: Story) -> None:
    """A sound run."""


def late(count: int, by: float) -> Bend:
    """So many attempts sent so late."""

    def bend(story: Story) -> None:
        for i in range(count):
            row = story.samples[i * 7]
            story.samples[i * 7] = row._replace(sent=row.due + us(by))

    return bend


def unsent(count: int) -> Bend:
    """So many attempts not sent."""

    def bend(story: Story) -> None:
        for i in range(count):
            row = story.samples[i * 7]
            story.samples[i * 7] = row._replace(outcome="not_sent", sent=None, done=None)

    return bend


def without_times(story: Story) -> None:
    """Three ok rows that bear no time of sending."""
    for i in range(3):
        story.samples[i] = story.samples[i]._replace(sent=None)


def abandoned(story: Story) -> None:
    """Many steps that nobody reached: no attempts of ours."""
    for person in story.people[:300]:
        story.tries(person, "home", outcome="abandoned")


def late_and_abandoned(story: Story) -> None:
    """Three attempts late, and many steps that nobody reached."""
    late(3, 0.3)(story)
    abandoned(story)


@pytest.mark.parametrize(
    ("sentence", "slo", "bend", "expected"),
    [
        ("a sound run", RESPONSE, nothing, ""),
        ("2 of 400 late: 0.5 % is a tenth of the 5 % tolerated", RESPONSE, late(2, 0.3), ""),
        ("3 of 400 late is more", RESPONSE, late(3, 0.3), "a"),
        ("100 ms late is not late", RESPONSE, late(3, 0.1), ""),
        ("a microsecond more is", RESPONSE, late(3, 0.100001), "a"),
        ("a tenth of the limit, if that is less", RESPONSE | {"below": "500 ms"}, late(3, 0.06),
         "a"),
        ("so much too early is as bad", RESPONSE, late(3, -0.3), "a"),
        ("3 of 400 not sent", RESPONSE, unsent(3), "a"),
        ("4 of 400 is 1 %, and a held count tolerates that", HELD, unsent(4), ""),
        ("5 of 400 is more", HELD, unsent(5), "a"),
        ("at most 1 %, however much the SLO tolerates", REFUSED | {"share_below": "50 %"},
         unsent(5), "a"),
        ("a promise that tolerates nothing forgives nothing", REFUSED | {"share_below": "0 %"},
         unsent(1), "a"),
        ("late in another window", RECOVERY, late(50, 0.3), ""),
        ("ok rows without a time of sending", RESPONSE, without_times, "a"),
        ("steps that were not reached are no attempts of ours", RESPONSE, abandoned, ""),
        ("and do not dilute our lateness", RESPONSE, late_and_abandoned, "a"),
    ],
)  # fmt: skip
def test_gate_a(tmp_path: Path, sentence: str, slo: Slo, bend: Bend, expected: str) -> None:
    """(a) Our lateness, against 1 % or a tenth of what the SLO tolerates."""
    assert gates(reasons(tmp_path, slo, bend)) == expected, sentence


def test_gate_a_within_a_group(tmp_path: Path) -> None:
    """Lateness that the whole dilutes is found in the group that had all of it."""
    story = Story(make_plan(slos=[RESPONSE]))
    for i in range(1000):
        story.tries(story.person(10 + i / 25, territory="south" if i % 10 == 0 else "north"))
    for i in (0, 100, 200):
        row = story.samples[i]
        story.samples[i] = row._replace(outcome="not_sent", sent=None, done=None)
    evidence = story.write(tmp_path)
    [slo] = evidence.plan.slos
    assert gates(unfit(slo, evidence)) == ""
    assert gates(unfit_group(slo, evidence, {"territory": "south"})) == "a"
    assert gates(unfit_group(slo, evidence, {"territory": "north"})) == ""
    assert gates(unfit_group(slo, evidence, {})) == ""


def test_gate_a_in_the_step_that_the_promise_rests_on(tmp_path: Path) -> None:
    """Late sign-ins among many other attempts are found where sign-in is what was promised."""
    story = Story(make_plan(slos=[RESPONSE, REFUSED]))
    for i in range(1000):
        person = story.person(10 + i / 25)
        story.tries(person, lag=0.3 if i % 100 == 0 else 0.0)
        for _ in range(3):
            story.tries(person, step="home")
    evidence = story.write(tmp_path)
    response, refused = evidence.plan.slos
    assert gates(unfit(response, evidence)) == "a"
    assert gates(unfit(refused, evidence)) == ""
    story.samples = [row for row in story.samples if row.step == "home"]
    assert "a" not in gates(unfit(response, story.write(tmp_path / "home")))


def test_gate_a_follows_punctual_to_its_last_moment(tmp_path: Path) -> None:
    """Retries that we send late after the window make people late, too."""

    def bend(story: Story) -> None:
        for person in story.people[:100]:
            story.tries(person, due=55, attempt=2, lag=0.3)

    assert gates(reasons(tmp_path, PUNCTUAL, bend)) == "a"
    assert gates(reasons(tmp_path, RESPONSE, bend)) == ""


def lost(last_stored: float, at: float = 95.0) -> Bend:
    """The worker lost."""

    def bend(story: Story) -> None:
        story.lost = {1}
        story.says(at, "worker", "lost", worker=1, last_stored=us(last_stored), why="SIGKILL")

    return bend


def after_end_mark(story: Story) -> None:
    """The worker lost after its end mark."""
    story.says(100, "worker", "lost", worker=1, last_stored=us(100), why="SIGKILL")


def missing_block(story: Story) -> None:
    """The worker ended, and its blocks have a hole: nothing of it can be relied on."""
    story.says(100, "worker", "lost", worker=1, last_stored=0, why="a block is missing")


def no_end_told(story: Story) -> None:
    """The journal says neither that the worker ended nor that it was lost."""
    story.lost = {1}


def nameless(story: Story) -> None:
    """People who are not listed."""
    story.plan = story.plan.model_copy(update={"people": 401})


def silent(story: Story) -> None:
    """Somebody was due and has no row."""
    story.person(30)


def gap(story: Story) -> None:
    """A row is missing in the middle."""
    row = story.samples.pop(200)
    story.tries(story.people[200], due=row.due / 1e6)


def twice(story: Story) -> None:
    """A block was read twice."""
    story.samples.append(story.samples[-1])


@pytest.mark.parametrize(
    ("sentence", "slo", "bend", "expected"),
    [
        ("lost within the bell", RESPONSE, lost(30), "b"),
        ("lost with its last row just before the bell's end", RESPONSE, lost(49.9), "b"),
        ("lost when the slow ones of the bell may still wait", RESPONSE, lost(54.9), "b"),
        ("5 s after the bell all that could keep the limit is stored", RESPONSE, lost(55), "b*"),
        ("20 s after it everybody's patience was up", RESPONSE, lost(70), ""),
        ("a refusal can be told from an ok at the end of patience only", REFUSED, lost(69), "b"),
        ("punctual reaches 30 s further", PUNCTUAL, lost(79), "b"),
        ("and is settled then", PUNCTUAL, lost(80), "b*"),
        ("the recovery was not over", RECOVERY, lost(70), "b"),
        ("lost after its end mark", RESPONSE, after_end_mark, ""),
        ("ended, and a block is missing", RESPONSE, missing_block, "b"),
        ("neither ended nor lost", RESPONSE, no_end_told, "b"),
        ("a crowd that is not all listed", RESPONSE, nameless, "b"),
        ("somebody due without a row", RESPONSE, silent, "b"),
        ("somebody due without a row in another window", RECOVERY, silent, ""),
        ("a row missing", RESPONSE, gap, "b"),
        ("rows that are twice there", RESPONSE, twice, "b"),
    ],
)
def test_gate_b(tmp_path: Path, sentence: str, slo: Slo, bend: Bend, expected: str) -> None:
    """(b) Evidence that is missing: where its end cannot be known, nothing passes."""
    assert gates(reasons(tmp_path, slo, bend)) == expected, sentence


def seen(*stretches: tuple[float, float]) -> Bend:
    """The fault seen in force in these stretches, observed all the time."""

    def bend(story: Story) -> None:
        story.in_force = {"slow-line": list(stretches)}

    return bend


def unseen(story: Story) -> None:
    """Nobody looked."""
    story.in_force = {"slow-line": None}


def contradicted(story: Story) -> None:
    """Two more observations in two seconds say that it was not in force."""
    for second in (25.2, 26.2):
        story.says(second, "fault", "observed", name="slow-line", in_force=False)


def looked_away(story: Story) -> None:
    """Observed within its window only."""
    story.in_force = {"slow-line": None}
    story.says(20, "fault", "applied", name="slow-line")
    for second in range(20, 40):
        story.says(second + 0.5, "fault", "observed", name="slow-line", in_force=True)


@pytest.mark.parametrize(
    ("sentence", "slo", "bend", "expected"),
    [
        ("in force as asked", RESPONSE, seen((20, 40)), ""),
        ("one second short of 20 is 5 %", RESPONSE, seen((21, 40)), ""),
        ("two seconds short are more", RESPONSE, seen((22, 40)), "c"),
        ("applied after a look, by less than 5 %", RESPONSE, seen((20.6, 40)), ""),
        (
            "applied late, and a look missed: together more than 5 %",
            RESPONSE,
            seen((20.3, 28), (29, 40)),
            "c",
        ),
        ("a hole in the middle", RESPONSE, seen((20, 28), (31, 40)), "c"),
        ("never in force", RESPONSE, seen(), "c"),
        ("never in force: nothing passes after it, and a fail stands", RECOVERY, seen(), "c*"),
        ("a second longer", RESPONSE, seen((20, 41)), ""),
        ("two seconds longer", RESPONSE, seen((20, 42)), "c"),
        ("two seconds too early", RESPONSE, seen((18, 40)), "c"),
        ("never cleared: the recovery", RECOVERY, seen((20, 100)), "c"),
        ("not cleared in time, gone by the recovery", RECOVERY, seen((20, 45)), ""),
        ("never observed", RESPONSE, unseen, "c"),
        ("observations that contradict one another", RESPONSE, contradicted, "c"),
        ("unobserved where it had to be absent", RECOVERY, looked_away, "c"),
    ],
)
def test_gate_c(tmp_path: Path, sentence: str, slo: Slo, bend: Bend, expected: str) -> None:
    """(c) A fault must be seen in force in 95 % of its seconds, and not be there outside."""
    assert gates(reasons(tmp_path, slo, bend, faults=FAULT)) == expected, sentence


def test_a_fault_that_is_shorter_than_a_look_is_never_proven(tmp_path: Path) -> None:
    """A fault in whose window no observation can fall makes the window invalid."""
    assert gates(reasons(tmp_path, RESPONSE, nothing, faults=[("blink", 20.6, 20.9)])) == "c"


def down(start: float, end: float | None = None) -> Bend:
    """A route that is down, and perhaps up again."""

    def bend(story: Story) -> None:
        story.says(start, "route", "down", name="toxiproxy:north", why="dead")
        story.says(start, "route", "up", name="toxiproxy:south", why="another")
        if end is not None:
            story.says(end, "route", "up", name="toxiproxy:north", why="restarted")

    return bend


def slow(at: float) -> Bend:
    """Our own line slow at a moment."""

    def bend(story: Story) -> None:
        story.says(at, "control", "slow", probe_ms=250.0)

    return bend


RESILIENT = {"slo": "resilient", "in": "bell", "baseline": "baseline", "share": "90 %"}


def baseline(lag: float) -> Bend:
    """Forty people in the baseline, whom we sent so many seconds late."""

    def bend(story: Story) -> None:
        for i in range(40):
            story.tries(story.person(1 + 8 * i / 40), took=0.5 + lag, lag=lag)

    return bend


@pytest.mark.parametrize(
    ("sentence", "bend", "decision"),
    [
        ("the baseline was as it should be", baseline(0.001), "pass"),
        ("our own lateness there makes the disturbance look better", baseline(3.0), "invalid"),
    ],
)
def test_what_is_compared_rests_on_both_windows(
    tmp_path: Path, sentence: str, bend: Bend, decision: str
) -> None:
    """`resilient` divides by the baseline: that window must be fit as well."""
    story = Story(make_plan(slos=[RESILIENT | {"each": "none"}]))
    for i in range(400):
        story.tries(story.person(10 + 40 * i / 400))
    bend(story)
    verdict = judge(story.write(tmp_path))
    assert verdict.decision == decision, (sentence, verdict.findings)
    assert {window.window for window in verdict.invalid} <= {"baseline"}


def never_came(count: int) -> Bend:
    """So many people, due before the bell, whom we never sent: one row each, at their arrival."""

    def bend(story: Story) -> None:
        for i in range(count):
            story.tries(story.person(1 + 8 * i / count), outcome="not_sent")

    return bend


@pytest.mark.parametrize(
    ("sentence", "bend", "expected"),
    [
        ("two of 402 are a tenth of what is tolerated at most", never_came(2), ""),
        ("forty of 440 lighten the bell's load", never_came(40), "a"),
    ],
)
def test_who_never_started_is_missing_later_too(
    tmp_path: Path, sentence: str, bend: Bend, expected: str
) -> None:
    """(a) Where many never came the crowd's load is not there, whenever they were due."""
    assert gates(reasons(tmp_path, RESPONSE, bend)) == expected, sentence


@pytest.mark.parametrize(
    ("sentence", "slo", "bend", "expected"),
    [
        ("down in the bell", RESPONSE, down(30), "d"),
        ("down before the bell and to the end", RESPONSE, down(5), "d"),
        ("down before the bell, up before it", RESPONSE, down(5, 9), ""),
        (
            "seen down as the bell ends: it may have been in its last second",
            RESPONSE,
            down(50),
            "d",
        ),
        ("seen down more than a look after the bell", RESPONSE, down(51), ""),
        ("and so in the recovery", RECOVERY, down(50), "d"),
        ("down in the bell for a moment only", RESPONSE, down(30, 30), "d"),
        ("down in the bell, up in it: the recovery is sound", RECOVERY, down(30, 31), ""),
        ("slow in the bell", RESPONSE, slow(30.2), "d"),
        ("slow in another window", RECOVERY, slow(30.2), ""),
        ("slow in the bell's last second", RESPONSE, slow(49.9), "d"),
    ],
)
def test_gate_d(tmp_path: Path, sentence: str, slo: Slo, bend: Bend, expected: str) -> None:
    """(d) A route of ours that was down, or our line slow in a second of the window."""
    assert gates(reasons(tmp_path, slo, bend)) == expected, sentence


def steps(late_steps: int, until: float = 100) -> Bend:
    """The sandbox's clock with so many late steps in a hundred, told until a moment."""

    def bend(story: Story) -> None:
        story.platform = story.sandbox_seconds(until, late_steps)

    return bend


def gone(story: Story) -> None:
    """The sandbox dies at 20 s."""
    story.platform = story.sandbox_seconds(20)
    story.says(20, "platform", "gone", why="died")


def idle(story: Story) -> None:
    """A sandbox that speaks, and had nothing to do."""
    story.platform = [row | {"steps": 0} for row in story.sandbox_seconds(100)]


@pytest.mark.parametrize(
    ("sentence", "sandbox", "bend", "expected"),
    [
        ("in good health", "small", nothing, ""),
        ("1 % of the steps late", "small", steps(1), ""),
        ("2 % of the steps late", "small", steps(2), "e"),
        ("a platform that is not ours may be as slow as it likes", None, steps(2), ""),
        ("nothing told at all", "small", steps(0, 0), "e"),
        ("nothing told at all of a platform that is not ours", None, steps(0, 0), ""),
        ("silent from the middle of the bell", "small", steps(0, 30), "e"),
        ("silent from the middle of the bell since it died", "small", gone, ""),
        ("an idle one is not starved", "small", idle, ""),
    ],
)
def test_gate_e(
    tmp_path: Path, sentence: str, sandbox: str | None, bend: Bend, expected: str
) -> None:
    """(e) A sandbox of ours that this machine starved, or that told nothing of itself."""
    assert gates(reasons(tmp_path, RESPONSE, bend, sandbox=sandbox)) == expected, sentence


def test_a_short_window_of_which_the_sandbox_said_nothing(tmp_path: Path) -> None:
    """The grace of one second does not excuse a window of one second."""
    short = {"lead": (0, 10), "bell": (10, 11)}
    found = reasons(tmp_path, RESPONSE, steps(0, 10), sandbox="small", phases=short)
    assert gates(found) == "e"


def ends(why: str, at: float, traced: float) -> Bend:
    """A run that ended so, whose last trace is a row at a moment."""

    def bend(story: Story) -> None:
        story.ends, story.ends_at = why, at
        story.tries(story.people[0], "home", due=traced - 0.5)

    return bend


@pytest.mark.parametrize(
    ("sentence", "slo", "bend", "expected"),
    [
        ("finished", RECOVERY, ends("finished", 100, 90), ""),
        ("interrupted after the bell, when patience was up", RESPONSE,
         ends("interrupted", 80, 75), ""),
        ("interrupted in the recovery", RECOVERY, ends("interrupted", 80, 75), "f"),
        ("interrupted just after the bell", RESPONSE, ends("interrupted", 57, 56), "f*"),
        ("killed in the bell, and tidied up a day later", RESPONSE, ends("killed", 86_400, 45),
         "f"),
        ("failed", RECOVERY, ends("failed", 60, 60), "f"),
        ("a journal without an end", RESPONSE, ends("", 100, 90), "f"),
    ],
)  # fmt: skip
def test_gate_f(tmp_path: Path, sentence: str, slo: Slo, bend: Bend, expected: str) -> None:
    """(f) A run that did not get through the window, by its last trace."""
    assert gates(reasons(tmp_path, slo, bend)) == expected, sentence


def test_reasons_have_figures_in_both_languages(tmp_path: Path) -> None:
    """A reason says what was seen and what is allowed."""
    [reason] = reasons(tmp_path, RESPONSE, late(8, 0.3))
    assert reason.why["fr"] == (
        "sur 400 tentatives (sonnerie), aucune non envoyée, 8 avec plus de 100\u00a0ms d’écart de "
        "notre fait (2\u00a0%, 0,5\u00a0% admis)"
    )
    assert reason.why["en"] == (
        "of 400 attempts (bell), none unsent, 8 sent more than 100\u00a0ms off time, by our doing "
        "(2%, 0.5% allowed)"
    )


def test_what_we_did_not_send_is_counted_in_words(tmp_path: Path) -> None:
    """None is a word, one is singular, many are plural."""
    [many] = reasons(tmp_path, RESPONSE, unsent(46))
    assert (
        "46 non envoyées, aucune avec plus de 100\u00a0ms d’écart de notre fait" in many.why["fr"]
    )
    [one] = reasons(tmp_path, REFUSED | {"share_below": "0 %"}, unsent(1))
    assert "1 non envoyée, aucune avec" in one.why["fr"]
    assert "1 unsent, none sent" in one.why["en"]


def test_a_group_and_a_longer_window_are_named(tmp_path: Path) -> None:
    """Lateness of a group names it, and that of retries names the time after the window."""

    def bend(story: Story) -> None:
        for person in story.people[:100]:
            story.tries(person, due=55, attempt=2, lag=0.3)

    [after] = reasons(tmp_path, PUNCTUAL, bend)
    assert "tentatives (sonnerie et les 30\u00a0s qui suivent), " in after.why["fr"]
    assert "attempts (bell and the 30\u00a0s after it), " in after.why["en"]
    story = Story(make_plan(slos=[RESPONSE]))
    for i in range(100):
        story.tries(story.person(10 + i / 5), outcome="not_sent")
    evidence = story.write(tmp_path)
    [group] = unfit_group(evidence.plan.slos[0], evidence, {"territory": "north"})
    assert "sur 100 tentatives (sonnerie, Nord), 100 non envoyées" in group.why["fr"]
    assert "of 100 attempts (bell, North), 100 unsent" in group.why["en"]


def test_the_journals_words_are_french_in_french(tmp_path: Path) -> None:
    """What we say ourselves of an end is translated; others' words stand after a colon."""
    [reason] = reasons(tmp_path, RECOVERY, ends("interrupted", 80, 75))
    assert reason.why == {
        "fr": "l’essai n’est pas allé au bout, arrêté à 75\u00a0s (interrompu)",
        "en": "the run did not finish, it stopped at 75\u00a0s (interrupted)",
    }
    [reason] = reasons(tmp_path, RESPONSE, missing_block)
    assert (
        reason.why["fr"]
        == "processus 1 perdu, ses mesures s’arrêtent à 0\u00a0s (il manque un bloc)"
    )
    [reason] = reasons(tmp_path, RESPONSE, lost(30))
    assert (
        reason.why["fr"] == "processus 1 perdu, ses mesures s’arrêtent à 30\u00a0s\u00a0: SIGKILL"
    )
    [reason] = reasons(tmp_path, RESPONSE, down(30))
    assert reason.why["fr"].endswith("coupée à partir de 30\u00a0s\u00a0: dead")


def test_a_silent_sandbox_gave_no_news(tmp_path: Path) -> None:
    """For how many of the window's seconds nothing was heard of our sandbox."""
    [reason] = reasons(tmp_path, RESPONSE, steps(0, 30), sandbox="small")
    assert reason.why == {
        "fr": "le bac à sable n’a pas donné de nouvelles pendant 20 secondes sur 40",
        "en": "the sandbox gave no news in 20 seconds of 40",
    }
