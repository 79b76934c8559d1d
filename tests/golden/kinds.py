"""A situation for each further kind of promise: what breaks it, and what shows nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.golden.situation import DOUBT, FAIL, PASS, UNFIT, Situation

from rentree.judge.sessions import SESSION_LOST
from rentree.testing import Story, make_plan


def story(slo: dict[str, Any], **plan: Any) -> Story:
    """An empty morning that promises one thing."""
    return Story(make_plan(slos=[slo], **plan))


def evenly(count: int, start: float = 10.0, length: float = 40.0) -> Iterable[float]:
    """So many moments in a stretch, s."""
    return [start + length * (i + 0.5) / count for i in range(count)]


def quota(inside: int, refused_at: float) -> Story:
    """So many are in from 11 s to 40 s; 200 are refused within a second."""
    told = story({"slo": "quota", "at_most": "50", "in": "bell"})
    for i in range(inside):
        person = told.person(11 + i * 0.05)
        told.tries(person, took=0.1)
        told.tries(person, "sign out", due=40, took=0.1)
    for due in evenly(200, refused_at, 1):
        told.tries(told.person(due), outcome="refused", took=0.1, told={"by": "quota"})
    return told


def gate(late: str) -> Story:
    """Parents are kept out until 30 s of the run, and then so."""
    told = story({"slo": "gate", "shuts": ["parent"], "until": 30_000_000, "time": "08:00:30"})
    for start, outcome in ((10, "refused"), (35, late)):
        for due in evenly(30, start, 10):
            shut = {"by": "gate"} if outcome == "refused" else None
            person = told.person(due, persona="parent")
            told.tries(person, outcome=outcome, took=0.1, told=shut)  # type: ignore[arg-type]
    for due in evenly(30):
        told.tries(told.person(due, persona="teacher"))
    return told


def idle(late: str) -> Story:
    """People come back after 4 s, and after 15 s; sessions are to end after 10 s."""
    told = story({"slo": "session-time", "idle": "10 s", "each": "none"})
    for due in evenly(200):
        person = told.person(due)
        told.tries(person, took=0.1)
        told.tries(person, "home", due=due + 4, took=0.1)
        why = SESSION_LOST if late == "error" else ""
        told.tries(person, "home", due=due + 19, took=0.1, outcome=late, why=why)  # type: ignore[arg-type]
    return told


def mute_refusals() -> Story:
    """Everybody is turned away at once, and nobody is told when to come again."""
    told = story({"slo": "refuses-well"})
    for due in evenly(500):
        told.tries(told.person(due), outcome="refused", took=0.05)
    return told


def overtaken() -> Story:
    """Who comes first waits longest."""
    told = story({"slo": "queue-fair", "give": "2 s", "share": "95 %"})
    for i, due in enumerate(evenly(100, 10, 30)):
        wait = 60 - 0.6 * i
        looks = [[round(due * 1e6), 9, -1], [round((due + wait) * 1e6), 0, 0]]
        told.tries(told.person(due), took=wait, told={"queue": looks})
    return told


def tickets(*outcomes: str) -> Story:
    """People show a ticket a second time."""
    told = story({"slo": "single-use", "steps": ["ticket again"]})
    for due, outcome in zip(evenly(len(outcomes)), outcomes, strict=True):
        told.tries(told.person(due), "ticket again", outcome=outcome)  # type: ignore[arg-type]
    return told


def stale() -> Story:
    """A teacher posts twice; only the first post is ever seen."""
    told = story({"slo": "fresh", "within": "2 s", "share": "90 %", "each": "none"})
    teacher = told.person(10, persona="teacher")
    for due, post in ((15.0, "a"), (19.0, "b")):
        told.tries(teacher, "post", due=due, told={"posted": post})
    for due in evenly(50, 25, 20):
        told.tries(told.person(due), "messages", told={"seen": ["a"]})
    return told


def unfair() -> Story:
    """Half of what one territory tries goes wrong."""
    told = story({"slo": "fair", "within": "5 s", "apart": "20 %", "in": "bell"})
    for territory in ("north", "south"):
        for i, due in enumerate(evenly(400)):
            bad = territory == "north" and i % 2
            told.tries(told.person(due, territory=territory), outcome="error" if bad else "ok")
    return told


def classes(teacher: str) -> Story:
    """Thirty classes of five pupils, all there, and a teacher each."""
    told = story(
        {"slo": "classes-can-start", "by": 45_000_000, "time": "08:00:45", "share": "80 %",
         "each": "none"}
    )  # fmt: skip
    for number, due in enumerate(evenly(30, 10, 20)):
        for i in range(6):
            row = told.person(due, persona="teacher" if i == 0 else "pupil")
            row["class"] = f"c{number}"
            told.tries(row, outcome=teacher if i == 0 else "ok")  # type: ignore[arg-type]
    return told


def blocked() -> Story:
    """For ten seconds nothing comes to its end."""
    told = story(
        {"slo": "available", "slot": "10 s", "slow_above": "2 s", "slow_at_most": "10 s",
         "in": "bell", "each": "none"}
    )  # fmt: skip
    for due in evenly(200):
        told.tries(told.person(due), outcome="error" if 20 <= due < 30 else "ok")
    return told


def halved() -> Story:
    """Of what people try under disturbance, half is completed."""
    told = story({"slo": "resilient", "in": "bell", "share": "80 %", "each": "none"})
    for due in evenly(400, 0, 10):
        told.tries(told.person(due))
    for i, due in enumerate(evenly(400)):
        told.tries(told.person(due), outcome="error" if i % 2 else "ok")
    return told


def leaking(first: dict[str, Any], second: dict[str, Any]) -> Story:
    """Two people sign in, and this is seen of them."""
    told = story({"slo": "no-leak"})
    for due, seen in zip(evenly(2), (first, second), strict=True):
        told.tries(told.person(due), told=seen)
    return told


def testers() -> Story:
    """Who looks like a tester gets a third of the page."""
    told = story({"slo": "same-for-all"})
    for i, due in enumerate(evenly(40)):
        person = told.person(due)
        person["control"] = i % 4 == 0
        told.tries(person, "home", size=30_000 if person["control"] else 10_000)
    return told


def counted(sessions: int) -> Story:
    """Forty people are in; the platform counts so many."""
    told = story({"slo": "agrees", "in": "bell"}, sandbox="rentree")
    for _ in range(40):
        person = told.person(2)
        told.tries(person, took=0.1)
        told.tries(person, "sign out", due=90, took=0.1)
    told.platform = [row | {"sessions": sessions} for row in told.sandbox_seconds(100)]
    return told


def homework(bend: Callable[[Story, list[tuple[dict[str, Any], str]]], None]) -> Story:
    """Twenty pupils hand in, all acknowledged; `bend` reads them back."""
    told = story({"slo": "nothing-lost"})
    handed = []
    for due in evenly(20):
        person = told.person(due)
        person["name"] = f"Pupil {person['index']}"
        told.tries(person)
        handed.append((person, told.hands_in(person, due + 5)))
    bend(told, handed)
    return told


def all_read(told: Story, handed: list[tuple[dict[str, Any], str]]) -> None:
    """Everybody finds what they wrote."""
    for person, marker in handed:
        told.reads_back(person, marker)


def one_missing(told: Story, handed: list[tuple[dict[str, Any], str]]) -> None:
    """One does not."""
    all_read(told, handed[1:])
    told.reads_back(handed[0][0])


def one_twice(told: Story, handed: list[tuple[dict[str, Any], str]]) -> None:
    """One finds it twice."""
    all_read(told, handed[1:])
    told.reads_back(handed[0][0], handed[0][1], handed[0][1])


def one_unread(told: Story, handed: list[tuple[dict[str, Any], str]]) -> None:
    """One could not get in to look."""
    all_read(told, handed[1:])
    told.reads_back(handed[0][0], outcome="timeout")


def chain_broken(told: Story, handed: list[tuple[dict[str, Any], str]]) -> None:
    """All is there, and a row of the ledger was changed."""
    all_read(told, handed)
    row = list(told.ledger[3])
    row[3] = "unknown"
    told.ledger[3] = tuple(row)


def many_promises() -> Story:
    """Twelve promises, one of which fails by a hair."""
    waits = [
        {"slo": "response", "step": "sign in", "quantile": "90 %", "below": f"{5 + i} s",
         "in": "bell", "each": "none"} for i in range(12)
    ]  # fmt: skip
    told = Story(make_plan(slos=waits))
    for i, due in enumerate(evenly(400)):
        told.tries(told.person(due), took=5.5 if i % 29 in (3, 9, 15, 27) else 1.0)
    return told


SAME = ({"session": "a"}, {"session": "a"})
KEPT = ({"session": "a", "cacheable": "Cache-Control: public"}, {"session": "b"})
LOST = "nothing-lost/homework/run"
KINDS = (
    Situation("quota-kept", "a quota is met, and refuses only when it is full",
              lambda: quota(50, 20), PASS, {"quota/kept/bell": PASS, "quota/given/bell": PASS}),
    Situation("quota-exceeded", "one more is in than the quota allows", lambda: quota(51, 20), FAIL,
              {"quota/kept/bell": FAIL}),
    Situation("refused-below-the-quota", "people are refused after others have left",
              lambda: quota(50, 45), FAIL, {"quota/given/bell": FAIL}),
    Situation("gate-in-time", "a gate keeps parents out until its time, and nobody else",
              lambda: gate("ok"), PASS, {"gate/opens/run": PASS, "gate/spares/run": PASS}),
    Situation("gate-stays-shut", "a gate is still shut after its time", lambda: gate("refused"),
              FAIL, {"gate/opens/run": FAIL, "gate/keeps/run": PASS}),
    Situation("idle-for-ever", "sessions never end", lambda: idle("ok"), FAIL,
              {"session-time/ends/run": FAIL, "session-time/lasts/run": PASS}),
    Situation("idle-in-time", "sessions end when they should", lambda: idle("error"), PASS,
              {"session-time/ends/run": PASS}),
    Situation("refused-without-a-word", "nobody is told when to come again", mute_refusals, FAIL,
              {"refuses-well/when/run": FAIL, "refuses-well/fast/run": PASS}),
    Situation("overtaken", "who came last is let in first", overtaken, FAIL,
              {"queue-fair/order/run": FAIL, "queue-fair/position/run": PASS}),
    Situation("ticket-taken-once-more", "one of five tickets is taken a second time",
              lambda: tickets("ok", "ok", "wrong", "ok", "ok"), FAIL,
              {"single-use/ticket again/run": FAIL}),
    Situation("ticket-nobody-showed", "what came of the tickets tells nothing",
              lambda: tickets("error"), DOUBT, {"single-use/ticket again/run": DOUBT}),
    Situation("stale", "a post is not on the pages", stale, FAIL, {"fresh/run": FAIL}),
    Situation("worse-than-elsewhere", "one of two territories fares much worse", unfair, FAIL,
              {"fair/bell/territory=north": FAIL, "fair/bell/territory=south": PASS}),
    Situation("classes-ready", "every class has its teacher and its pupils",
              lambda: classes("ok"), PASS, {"classes-can-start/sign in/run": PASS}),
    Situation("classes-without-teachers", "no teacher gets in", lambda: classes("error"), FAIL,
              {"classes-can-start/sign in/run": FAIL}),
    Situation("blocked-for-a-slot", "for ten seconds nothing comes to its end", blocked, FAIL,
              {"available/bell": FAIL}),
    Situation("half-under-disturbance", "half as much is completed as without", halved, FAIL,
              {"resilient/bell": FAIL}),
    Situation("one-session-for-two", "two people are given the same session",
              lambda: leaking(*SAME), FAIL, {"no-leak/sessions/run": FAIL}),
    Situation("for-any-cache", "a personal page may be kept by a shared cache",
              lambda: leaking(*KEPT), FAIL, {"no-leak/caches/run": FAIL}),
    Situation("testers-get-less", "who looks like a tester gets a lighter page", testers, FAIL,
              {"same-for-all/pupil/home/run": FAIL}),
    Situation("counts-otherwise", "the platform counts twice the sessions there are",
              lambda: counted(80), FAIL, {"agrees/bell": FAIL}),
    Situation("all-homework-there", "all homework is read back as it was acknowledged",
              lambda: homework(all_read), PASS, {LOST: PASS}),
    Situation("homework-lost", "one piece that was acknowledged is not there",
              lambda: homework(one_missing), FAIL, {LOST: FAIL}),
    Situation("homework-twice", "one piece is there twice", lambda: homework(one_twice), FAIL,
              {LOST: FAIL}),
    Situation("homework-never-read", "one pupil could not read back",
              lambda: homework(one_unread), DOUBT, {LOST: DOUBT}),
    Situation("ledger-broken", "a row of the ledger was changed before it was sealed",
              lambda: homework(chain_broken), UNFIT, {LOST: UNFIT}),
    Situation("one-of-many", "one of twelve promises fails, not surely enough among twelve",
              many_promises, DOUBT,
              {"response/sign in/bell": DOUBT, "response/sign in/bell #2": PASS}),
)  # fmt: skip
