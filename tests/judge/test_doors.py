"""Quota, gate, session time, refusals, queue, tickets: what a door must do."""

from __future__ import annotations

import pytest
from tests.judge.found import decisions, found, spread

from rentree.judge.sessions import SESSION_LOST
from rentree.testing import Story

QUOTA = {"slo": "quota", "at_most": "50", "in": "bell"}


def sits(story: Story, due: float, until: float) -> None:
    """Somebody who is in from `due` and signs out at `until`."""
    person = story.person(due)
    story.tries(person, took=0.1)
    story.tries(person, "sign out", due=until, took=0.1)


@pytest.mark.parametrize(
    ("sentence", "inside", "refused_at", "kept", "given"),
    [
        ("kept, and refused only when it was full", 50, 20.0, "pass", "pass"),
        ("one more was in than it allows", 51, 20.0, "fail", "pass"),
        ("refused while there was a place", 30, 20.0, "pass", "fail"),
        ("refused after somebody had left", 50, 45.0, "pass", "fail"),
        ("it was never met", 30, None, "undecided", "undecided"),
        ("met to the last place, and nobody refused", 50, None, "pass", "undecided"),
    ],
)
def test_quota(sentence: str, inside: int, refused_at: float | None, kept: str, given: str) -> None:
    """Sessions surely open against it, and refusals against those possibly open."""

    def tell(story: Story) -> None:
        for i in range(inside):
            sits(story, 11 + i * 0.05, 40)
        for due in spread(200, refused_at, 1) if refused_at else []:
            story.tries(story.person(due), outcome="refused", took=0.1, told={"by": "quota"})

    told = decisions(QUOTA, tell)
    assert told == {"quota/kept/bell": kept, "quota/given/bell": given}, sentence


def test_refusals_of_others_are_not_the_quotas() -> None:
    """A gate, a rate limit: the quota has nothing to do with it."""

    def tell(story: Story) -> None:
        for i in range(50):
            sits(story, 11 + i * 0.05, 40)
        for due in spread(200, 42, 1):
            story.tries(story.person(due), outcome="refused", took=0.1, told={"by": "gate"})

    assert decisions(QUOTA, tell)["quota/given/bell"] == "undecided"


GATE = {"slo": "gate", "shuts": ["parent"], "until": 30_000_000, "time": "15:00:00", "give": "1 s"}


@pytest.mark.parametrize(
    ("sentence", "early", "late", "teachers", "expected"),
    [
        ("it does what it says", "refused", "ok", "ok", ("pass", "pass", "pass")),
        ("it lets them in too early", "ok", "ok", "ok", ("fail", "pass", "pass")),
        ("it stays shut", "refused", "refused", "ok", ("pass", "pass", "fail")),
        ("it shuts teachers out", "refused", "ok", "refused", ("pass", "fail", "pass")),
    ],
)
def test_gate(
    sentence: str, early: str, late: str, teachers: str, expected: tuple[str, ...]
) -> None:
    """Parents until 30 s of the run."""

    def tell(story: Story) -> None:
        for persona, start, outcome in (
            ("parent", 10, early), ("parent", 35, late), ("teacher", 12, teachers)
        ):  # fmt: skip
            for due in spread(30, start, 10):
                gate = {"by": "gate"} if outcome == "refused" else None
                person = story.person(due, persona=persona)
                story.tries(person, outcome=outcome, took=0.1, told=gate)  # type: ignore[arg-type]

    told = decisions(GATE, tell)
    assert tuple(told[f"gate/{part}/run"] for part in ("keeps", "spares", "opens")) == expected


def test_a_dead_platform_opens_no_gate() -> None:
    """Nobody is kept out by a gate where everybody meets an error: that shows no open one."""

    def tell(story: Story) -> None:
        for persona, start in (("parent", 10), ("parent", 35), ("teacher", 12)):
            for due in spread(30, start, 10):
                story.tries(story.person(due, persona=persona), outcome="error", took=0.1)

    told = decisions(GATE, tell)
    assert told == {
        "gate/keeps/run": "pass", "gate/spares/run": "undecided", "gate/opens/run": "undecided",
    }  # fmt: skip


def test_a_gate_that_few_came_to_shows_nothing() -> None:
    """Five people are no proof of a closed gate."""

    def tell(story: Story) -> None:
        for due in spread(5, 10, 10):
            story.tries(story.person(due, persona="parent"), outcome="refused", took=0.1)

    assert set(decisions(GATE, tell).values()) == {"undecided"}


IDLE = {"slo": "session-time", "idle": "10 s", "each": "none"}


@pytest.mark.parametrize(
    ("sentence", "soon", "late", "expected"),
    [
        ("it ends when it should", "ok", "error", ("pass", "pass")),
        ("it ends too early", "error", "error", ("fail", "undecided")),
        ("it never ends", "ok", "ok", ("pass", "fail")),
    ],
)
def test_session_time(sentence: str, soon: str, late: str, expected: tuple[str, str]) -> None:
    """Back after 4 s, and after 15 s: who was put out has left, and shows no more."""

    def tell(story: Story) -> None:
        for due in spread(200):
            person = story.person(due)
            story.tries(person, took=0.1)
            for at, outcome in ((due + 4, soon), (due + 19, late)):
                why = SESSION_LOST if outcome == "error" else ""
                story.tries(person, "home", due=at, took=0.1, outcome=outcome, why=why)  # type: ignore[arg-type]

    told = decisions(IDLE, tell)
    assert tuple(told[f"session-time/{part}/run"] for part in ("lasts", "ends")) == expected


REFUSES = {"slo": "refuses-well"}


@pytest.mark.parametrize(
    ("sentence", "took", "after", "lost", "expected"),
    [
        ("quick, polite, and nobody is put out", 0.1, True, False, ("pass", "pass", "pass")),
        ("slow", 1.5, True, False, ("fail", "pass", "pass")),
        ("without a word of when to come", 0.1, False, False, ("pass", "fail", "pass")),
        ("and somebody who was in is out", 0.1, True, True, ("pass", "pass", "fail")),
    ],
)
def test_refuses_well(
    sentence: str, took: float, after: bool, lost: bool, expected: tuple[str, ...]
) -> None:
    """Five hundred refusals, and one person who is in."""

    def tell(story: Story) -> None:
        for due in spread(500):
            again = {"after": 30.0} if after else {"by": "quota"}
            story.tries(story.person(due), outcome="refused", took=took, told=again)
        inside = story.person(12)
        story.tries(inside)
        story.tries(
            inside, "home", due=20, outcome="error" if lost else "ok",
            why=SESSION_LOST if lost else "",
        )  # fmt: skip

    told = decisions(REFUSES, tell)
    parts = tuple(told[f"refuses-well/{part}/run"] for part in ("fast", "when", "in"))
    assert parts == expected, sentence


def test_no_refusal_shows_nothing() -> None:
    """Nobody was turned away: how it refuses is not known."""
    told = decisions(REFUSES, lambda _: None)
    assert set(told.values()) == {"undecided"}


QUEUE = {"slo": "queue-fair", "give": "2 s", "share": "95 %"}


@pytest.mark.parametrize(
    ("sentence", "wait", "ranks", "estimate", "expected"),
    [
        ("first come, first served", 10.0, [9, 5, 2], 10, ("pass", "pass", "pass")),
        ("who came last is in first", None, [9, 5, 2], 10, ("fail", "pass", None)),
        ("the position rises", 10.0, [2, 9, 5], 10, ("pass", "fail", "pass")),
        ("the wait that is told is a tenth of the real one", 30.0, [9, 5, 2], 3,
         ("pass", "pass", "fail")),
    ],
)  # fmt: skip
def test_queue_fair(
    sentence: str,
    wait: float | None,
    ranks: list[int],
    estimate: int,
    expected: tuple[str | None, ...],
) -> None:
    """A hundred people, one after another; `wait` None: the first wait longest."""

    def tell(story: Story) -> None:
        for i, due in enumerate(spread(100, 10, 30)):
            long = 60 - 0.6 * i if wait is None else wait
            looks = [
                [round((due + long * k / 3) * 1e6), rank, estimate] for k, rank in enumerate(ranks)
            ]
            looks.append([round((due + long) * 1e6), 0, 0])
            story.tries(story.person(due), took=long, told={"queue": looks})

    told = decisions(QUEUE, tell)
    parts = [told.get(f"queue-fair/{part}/run") for part in ("order", "position", "estimate")]
    assert [p for p, e in zip(parts, expected, strict=True) if e] == [e for e in expected if e]


def test_nobody_queued() -> None:
    """No queue, nothing shown."""
    told = decisions(QUEUE, lambda _: None)
    assert set(told.values()) == {"undecided"}


@pytest.mark.parametrize(
    ("sentence", "outcomes", "decision"),
    [
        ("refused each time", ["ok"] * 5, "pass"),
        ("taken once: one is enough", ["ok"] * 4 + ["wrong"], "fail"),
        ("nothing came of it", ["error", "timeout"], "undecided"),
        ("nobody tried", [], "undecided"),
    ],
)
def test_single_use(sentence: str, outcomes: list[str], decision: str) -> None:
    """The step is ok when the platform refuses."""

    def tell(story: Story) -> None:
        for outcome in outcomes:
            story.tries(story.person(20), "ticket again", outcome=outcome)  # type: ignore[arg-type]

    told = found({"slo": "single-use", "steps": ["ticket again"]}, tell)
    assert told["single-use/ticket again/run"].decision == decision, sentence
