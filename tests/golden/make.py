"""The situations of docs/verdict.md as small evidence folders: `python tests/golden/make.py`.

Each situation is told once, here, with what the judge must say of it; the folders beside this
file are committed, and a test rebuilds them and compares the rows.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from rentree.evidence import write_json
from rentree.plan import PlannedFault
from rentree.testing import Story, make_plan, us

sys.path.insert(0, str(Path(__file__).parents[2]))  # as a script it stands alone
from tests.golden.kinds import KINDS
from tests.golden.situation import DOUBT, FAIL, PASS, UNFIT, Situation

HERE = Path(__file__).parent

RESPONSE = {"slo": "response", "step": "sign in", "quantile": "95 %", "below": "5 s", "in": "bell",
            "each": "none"}  # fmt: skip
HOME = RESPONSE | {"step": "home"}
REFUSED = {"slo": "refused", "share_below": "5 %", "in": "bell", "each": "none"}
PUNCTUAL = {"slo": "punctual", "share": "95 %", "within": "30 s", "in": "bell", "each": "none"}
HELD = {"slo": "signed-in-at-once", "at_least": "100", "held": "20 s"}
AFTER = RESPONSE | {"in": "recovery"}
GOODPUT = {"slo": "goodput", "share": "90 %", "within": "5 s", "in": "bell", "each": "none"}
RECOVERS = {"slo": "recovers", "after": "hot-spot", "within": "20 s", "below": "2 s"}
TOO_MANY_ERRORS = {"when": "errors", "share_above": "50 %", "for": "8 s"}
SICK = {"when": "health", "platform": "ent", "path": "/statut", "for": "8 s"}
UNDER_WAY = '{"why": "the worker was lost while this was under way", "hops": []}'


def morning(people: int = 120, bell: float = 40.0, took: float = 0.5, **plan: Any) -> Story:
    """People who come evenly through the bell, each signing in once."""
    plan.setdefault("slos", [RESPONSE, REFUSED, PUNCTUAL])
    plan.setdefault(
        "phases", {"baseline": (0, 10), "bell": (10, 10 + bell), "recovery": (10 + bell, 60 + bell)}
    )
    story = Story(make_plan(**plan))
    for i in range(people):
        story.tries(story.person(10 + i * bell / people), took=took)
    return story


def bent(story: Story, start: float, end: float, **changes: Any) -> Story:
    """The same story with the samples that are due in a stretch changed."""
    story.samples = [
        row._replace(**changes) if us(start) <= row.due < us(end) else row for row in story.samples
    ]
    return story


def broken(story: Story) -> Story:
    """The same story, with everybody waiting 9 s at the door."""
    story.samples = [row._replace(done=row.due + us(9)) for row in story.samples]
    return story


def late(story: Story, start: float, end: float) -> Story:
    """The same story, with everything in a stretch sent 300 ms late."""
    story.samples = [
        row._replace(sent=row.due + us(0.3)) if us(start) <= row.due < us(end) else row
        for row in story.samples
    ]
    return story


def dead(start: float, **plan: Any) -> Story:
    """A platform that is gone from a moment on: sign-ins fail twice, then people leave."""
    story = Story(make_plan(**{"slos": [RESPONSE, HOME, PUNCTUAL], "sandbox": "small"} | plan))
    for i in range(120):
        person = story.person(10 + i / 3)
        at = 10 + i / 3
        if at < start:
            story.tries(person)
            story.tries(person, "home", due=at + 2)
            continue
        for attempt in (1, 2):
            story.tries(person, due=at + 6 * attempt - 6, took=0.01, outcome="error",
                        attempt=attempt)  # fmt: skip
        story.tries(person, "home", due=at + 6.01, outcome="abandoned")
    story.says(start, "platform", "gone", why="died")
    story.platform = story.sandbox_seconds(start)
    return story


def territories() -> Story:
    """Five territories, one of which turns three people in ten away."""
    story = Story(make_plan(slos=[REFUSED | {"share_below": "10 %", "each": ["territory"]}]))
    for i in range(400):
        name = ("centre", "east", "north", "south", "west")[i % 5]
        person = story.person(10 + i / 10, territory=name)
        ruined = name == "east" and i // 5 % 10 < 3
        story.tries(person, outcome="refused" if ruined else "ok", took=0.5)
    return story


def forty(outcome: Any) -> Story:
    """Forty people and a limit of 1 %."""
    story = morning(40, slos=[REFUSED | {"share_below": "1 %"}])
    return bent(story, 0, 100, outcome=outcome)


def equal() -> Story:
    """The 95th percentile is the limit itself, to the microsecond."""
    story = morning(100, slos=[RESPONSE])
    story.samples = [
        row._replace(done=row.due + us(5 if i >= 90 else 1)) for i, row in enumerate(story.samples)
    ]
    return story


def around() -> Story:
    """Four in a hundred wait too long: fewer than five, and too near."""
    story = morning(100, slos=[RESPONSE])
    story.samples = [
        row._replace(done=row.due + us(9 if i % 25 == 7 else 1))
        for i, row in enumerate(story.samples)
    ]
    return story


def held(people: int, sign_out: float | None) -> Story:
    """So many people inside from the bell on, until they sign out or to the end."""
    story = morning(people, slos=[HELD | {"held": "40 s"}])
    if sign_out is not None:
        for person in list(story.people):
            story.tries(person, "sign out", due=sign_out - 0.5)
    return story


def turned_back(step: str) -> Story:
    """All are refused within 3 ms at the door, and never reach the next step."""
    story = Story(make_plan(slos=[RESPONSE | {"step": step}]))
    for i in range(120):
        person = story.person(10 + i / 3)
        refused = step == "home" or i % 10 != 0
        story.tries(person, took=0.003, outcome="refused" if refused else "ok")
        if step == "home":
            story.tries(person, "home", due=10.003 + i / 3, outcome="abandoned")
    return story


def lost(at: float, story: Story, stored: float | None = None) -> Story:
    """The same story, with its worker killed at a moment and its later samples lost."""
    last = at - 0.5 if stored is None else stored
    story.lost = {1}
    story.says(at, "worker", "lost", worker=1, last_stored=us(last), why="SIGKILL")
    story.samples = [row for row in story.samples if row.done is not None and row.done < us(last)]
    return story


def after_end_mark() -> Story:
    """A worker that is killed when all it had is stored."""
    story = morning()
    story.says(100, "worker", "lost", worker=1, last_stored=us(100), why="SIGKILL")
    return story


def faulty(*stretches: tuple[float, float], **plan: Any) -> Story:
    """A fault asked from 20 to 40 s, in force as given."""
    story = morning(faults=[("slow-line", 20, 40)], **plan)
    story.in_force = {"slow-line": list(stretches)}
    return story


def blackholed() -> Story:
    """A flood that was sent on time and never answered; people fared well."""
    story = morning()
    flood = PlannedFault(
        name="hot-spot", fault="flood", hits={"platform": "ent", "step": "sign in"}, start=us(20),
        end=us(40), settings={}, sends=500.0,
    )  # fmt: skip
    story.plan = story.plan.model_copy(update={"faults": [flood]})
    for second in range(20, 40):
        story.says(second + 0.6, "fault", "observed", name="hot-spot", in_force=True, asked=500,
                   on_time=500)  # fmt: skip
    return story


def afterwards(story: Story) -> Story:
    """The same story, with as many people who come in the recovery."""
    for i in range(120):
        story.tries(story.person(50 + i / 3))
    return story


def route_down() -> Story:
    """Toxiproxy dies at 55 s, when its fault is long cleared and people go through it still."""
    story = afterwards(faulty((20, 40), slos=[RESPONSE, AFTER]))
    story.says(55, "route", "down", name="toxiproxy:north", why="the process is dead")
    return story


def unobserved() -> Story:
    """A fault was planned and nobody looked."""
    story = faulty(slos=[RESPONSE])
    story.in_force = {"slow-line": None}
    return story


def in_at_last() -> Story:
    """A quarter of the people are refused in the bell and come in when they try again."""
    story = Story(make_plan(slos=[REFUSED, PUNCTUAL | {"within": "45 s"}]))
    for i in range(120):
        person = story.person(10 + i / 3)
        if i % 4 == 0:
            story.tries(person, took=0.01, outcome="refused")
            story.tries(person, due=50.5 + i / 60, attempt=2)
        else:
            story.tries(person)
    return story


def interrupted(why: str = "interrupted") -> Story:
    """Ctrl-C at 30 s, or another end, with limits broken until then."""
    story = broken(morning())
    story.samples = [row for row in story.samples if row.done is not None and row.done < us(30)]
    return ended(story, why, 30)


def leave_ends(story: Story, since: float, at: float, why: str = "HTTP 503") -> Story:
    """The same story, ended since nobody answered for leave; workers stopped a second after."""
    base = "https://ent.example"
    story.says(since, "authorization", "unreachable", base=base, why=why)
    story.says(at, "authorization", "over", base=base, why=why, since=us(since), ours=False)
    story.lost, stopped = {1}, at + 1
    story.says(stopped, "worker", "lost", worker=1, last_stored=us(stopped - 0.5),
               why="no end mark, 0 bytes torn")  # fmt: skip
    begun = [row for row in story.samples if row.due < us(at)]
    story.samples = [
        row._replace(seq=i) if row.done is not None and row.done < us(at)
        else row._replace(seq=i, outcome="not_sent", sent=None, done=None, detail=UNDER_WAY)
        for i, row in enumerate(begun)
    ]  # fmt: skip
    return ended(story, "unreachable", stopped)


def ended_by_the_platform() -> Story:
    """A platform that is gone from 25 s on, and still at 36 s, when its grant is used up."""
    story = dead(25, slos=[RESPONSE, HOME, REFUSED, PUNCTUAL, HELD, AFTER], sandbox=None)
    story.journal = []
    return leave_ends(story, 25, 36)


def back_in_time() -> Story:
    """Nobody answers for leave from 25 to 30 s, and two people are not let in."""
    story = bent(morning(400), 25, 25.2, outcome="error")
    story.says(25, "authorization", "unreachable", base="https://ent.example", why="HTTP 503")
    story.says(30, "authorization", "reachable", base="https://ent.example")
    return story


def stopped_by_rule(story: Story, rule: dict[str, str], since: float, at: float) -> Story:
    """The same story, ended by a stop rule; workers stopped a second after."""
    story.plan = make_plan(
        slos=[RESPONSE], stops=[rule], phases={"baseline": (0, 10), "bell": (10, 50),
                                               "recovery": (50, 100)},
    )  # fmt: skip
    story = leave_ends(story, since, at)
    story.journal = [entry for entry in story.journal if entry["event"] != "authorization"]
    story.says(at, "stop", "over", rule=0, since=us(since), base="", why="a rule")
    story.ends = "stop rule"
    return story


def flooded(good_until: float, good_from: float, **plan: Any) -> Story:
    """A flood from 20 to 40 s, and people to whom nothing comes from one moment to another."""
    story = morning(260, faults=[("hot-spot", 20, 40)], **plan)
    for i in range(310):
        story.tries(story.person(50 + i / 6.5))
    return bent(story, good_until, good_from, outcome="error")


def ended(story: Story, why: str = "", at: float | None = None) -> Story:
    """The same story with another end; without one, if no reason is given."""
    story.ends, story.ends_at = why, at
    return story


def starved() -> Story:
    """A busy machine: three in a hundred steps of the sandbox's clock are late."""
    story = morning(sandbox="small")
    story.platform = story.sandbox_seconds(100, late_steps=3)
    return story


def silent_sandbox() -> Story:
    """The sandbox was ours, and nothing tells how it fared."""
    story = morning(sandbox="small")
    story.platform = []
    return story


def leaking(story: Story) -> Story:
    """The same story, with someone else's page shown once."""
    story.samples[3] = story.samples[3]._replace(outcome="leak")
    return story


def nobody() -> Story:
    """A crowd of nobody, and no sample."""
    return Story(make_plan(slos=[RESPONSE, REFUSED, PUNCTUAL, HELD]))


def no_samples() -> Story:
    """A crowd that was due, and no sample of anybody."""
    story = morning()
    story.samples = []
    return story


def stranger() -> Story:
    """A sample of somebody who is not of the crowd."""
    told = morning()
    told.samples.append(told.samples[-1]._replace(person="p99999", seq=len(told.samples)))
    return told


def gap() -> Story:
    """The rows of the ten slowest are not there."""
    story = morning(slos=[HOME])
    for person in story.people:
        story.tries(person, "home", due=person["due"] / 1e6 + 2)
    story.samples = story.samples[:150] + story.samples[160:]
    return story


def unsent() -> Story:
    """Two people in a hundred and twenty could not be sent by us."""
    story = morning()
    for i in (10, 70):
        story.samples[i] = story.samples[i]._replace(outcome="not_sent", sent=None, done=None)
    return story


def rehearsal(asked: bool) -> Story:
    """One in a hundred of the people, all of them fine."""
    return morning(scale=0.01, people_in_full=12_000, rehearsal_asked=asked)


HELD_ID = "signed-in-at-once/everybody/run"
DOOR, NEXT = "response/sign in/bell", "response/home/bell"
QUOTA, IN_TIME = "refused/people/bell", "punctual/bell"


def behind(since: float, back: float) -> Story:
    """A worker of whom nothing is stored for a while."""
    story = morning(slos=[RESPONSE])
    story.journal += [
        {"t": us(since + 5), "event": "worker", "state": "behind", "worker": 1,
         "last_stored": us(since)},
        {"t": us(back), "event": "worker", "state": "back", "worker": 1, "last_stored": us(back)},
    ]  # fmt: skip
    return story


def clock(error: int, drifts: dict[int, int]) -> Story:
    """A remote worker that tells its clock every five seconds; moment (s) → its drift, µs."""
    story = morning(slos=[RESPONSE])
    story.journal.append(
        {"t": 0, "event": "worker", "state": "ready", "worker": 1, "about": {"host": "elsewhere"}}
    )
    story.journal += [
        {"t": us(at), "event": "worker", "state": "clock", "worker": 1, "offset": 3_600_000_000,
         "error": error, "drift": drift}
        for at, drift in drifts.items()
    ]  # fmt: skip
    return story


SITUATIONS = (
    Situation("all-fine", "everybody is in at once and nothing is refused", morning, PASS,
              {DOOR: PASS, QUOTA: PASS, IN_TIME: PASS}),
    Situation("dead-from-the-first-second", "the platform is dead from the bell's first second",
              lambda: dead(10), FAIL,
              {DOOR: FAIL, NEXT: FAIL, IN_TIME: FAIL}),
    Situation("unreachable-in-the-bell", "the platform dies within the bell and the run goes on",
              lambda: dead(25), FAIL, {DOOR: FAIL, IN_TIME: FAIL}),
    Situation("late-in-a-short-bell", "we are 300 ms late in 2 s of a bell of 40 s",
              lambda: late(morning(), 20, 22), UNFIT, {DOOR: UNFIT}, ("a bell",)),
    Situation("late-in-a-long-bell", "we are 300 ms late in 2 s of an even bell of 20 min",
              lambda: late(morning(600, 1200.0, slos=[RESPONSE, REFUSED]), 20, 22), PASS),
    Situation("late-and-limits-broken", "we are late, and limits are broken",
              lambda: late(broken(morning()), 20, 22), UNFIT, {DOOR: UNFIT},
              ("a bell",)),
    Situation("not-sent", "we could not send two people in 120", unsent, UNFIT, {}, ("a bell",)),
    Situation("one-territory-ruined", "one of five territories is ruined, the mean is fine",
              territories, FAIL,
              {f"{QUOTA}/territory=east": FAIL, f"{QUOTA}/territory=north": PASS}),
    Situation("forty-people-none-refused", "40 people are due, none is refused, the limit is 1 %",
              lambda: forty("ok"), DOUBT, {QUOTA: DOUBT}),
    Situation("forty-people-all-refused", "40 people are due, all are refused, the limit is 1 %",
              lambda: forty("refused"), FAIL, {QUOTA: FAIL}),
    Situation("equal-to-the-limit", "what is measured equals a `below` limit", equal, DOUBT,
              {DOOR: DOUBT}),
    Situation("limit-in-the-interval", "the limit lies inside the interval", around, DOUBT,
              {DOOR: DOUBT}),
    Situation("exactly-held", "exactly as many are signed in at once as were promised",
              lambda: held(100, 91.0), PASS, {"signed-in-at-once/everybody/run": PASS}),
    Situation("one-too-few-held", "one fewer is signed in at once than was promised",
              lambda: bent(held(101, 91.0), 10, 10.6, outcome="error"), FAIL,
              {"signed-in-at-once/everybody/run": FAIL}),
    Situation("still-signed-in", "people are still signed in at the end: it counts to the end",
              lambda: held(100, None), PASS, {"signed-in-at-once/everybody/run": PASS}),
    Situation("step-nobody-reached", "nobody reaches a step since the platform refuses all",
              lambda: turned_back("home"), FAIL, {NEXT: FAIL}),
    Situation("step-without-a-row", "a step that nobody was to do has no row",
              lambda: morning(slos=[HOME]), DOUBT, {NEXT: DOUBT}),
    Situation("fast-refusals", "90 % of people are refused in 3 ms",
              lambda: turned_back("sign in"), FAIL, {DOOR: FAIL}),
    Situation("killed-after-its-end-mark", "a worker is killed after its end mark",
              after_end_mark, PASS),
    Situation("killed-in-the-bell", "a worker is killed in the bell, limits broken in the bell",
              lambda: lost(35, broken(morning())), UNFIT, {DOOR: UNFIT}, ("b bell",)),
    Situation("killed-after-a-broken-bell", "a worker is killed in recovery after a broken bell",
              lambda: lost(80, afterwards(broken(morning(slos=[RESPONSE, AFTER])))), FAIL,
              {DOOR: FAIL, "response/sign in/recovery": UNFIT}, ("b recovery",)),
    Situation("killed-as-the-bell-ends", "a worker is killed while people of the bell still wait",
              lambda: lost(58, morning(slos=[RESPONSE])), UNFIT, {DOOR: UNFIT}, ("b bell",)),
    Situation("killed-as-a-broken-bell-ends", "the same, and the bell is broken whatever they saw",
              lambda: lost(62, broken(morning(slos=[RESPONSE]))), FAIL, {DOOR: FAIL}, ("b bell",)),
    Situation("behind-in-the-bell", "nothing is stored of a worker for 8 s of the bell",
              lambda: behind(20, 28), UNFIT, {DOOR: UNFIT}, ("b bell",)),
    Situation("behind-in-recovery", "the same, after the bell that was promised",
              lambda: behind(60, 68), PASS, {DOOR: PASS}),
    Situation("clock-astray", "a remote worker’s clock drifts by 12 ms in the bell",
              lambda: clock(500, {at: 12_000 * (30 <= at < 40) for at in range(0, 100, 5)}), UNFIT,
              {DOOR: UNFIT}, ("d bell",)),
    Situation("clock-known", "a remote worker’s clock is known to 4 ms throughout",
              lambda: clock(4_000, dict.fromkeys(range(0, 100, 5), 1_000)), PASS, {DOOR: PASS}),
    Situation("clock-untold", "a remote worker says nothing of its clock for 30 s of the bell",
              lambda: clock(500, {at: 0 for at in range(0, 100, 5) if not 15 < at < 45}), UNFIT,
              {DOOR: UNFIT}, ("d bell",)),
    Situation("route-down", "Toxiproxy is killed after its fault was cleared, people still routed",
              route_down, UNFIT, {DOOR: PASS, "response/sign in/recovery": UNFIT},
              ("d recovery",)),
    Situation("half-in-force", "a fault is in force for half of its window",
              lambda: faulty((20, 30), slos=[RESPONSE]), UNFIT, {DOOR: UNFIT},
              ("c bell",)),
    Situation("in-force", "a fault is in force as asked", lambda: faulty((20, 40)), PASS),
    Situation("blackholed",
              "a flood that the platform blackholed: its attempts were issued on time", blackholed,
              PASS, {DOOR: PASS}),
    Situation("lingering", "a fault stays in force for 5 s after its window",
              lambda: faulty((20, 45), slos=[RESPONSE]), UNFIT, {}, ("c bell",)),
    Situation("unobserved", "a fault was planned and the journal holds no observation",
              unobserved, UNFIT, {}, ("c bell",)),
    Situation("in-at-last", "refused in the bell, in at the next phase: refused, and punctual",
              in_at_last, FAIL, {QUOTA: FAIL, IN_TIME: PASS}),
    Situation("queued-thirty-seconds", "queued for 30 s and then in: ok, 30 s",
              lambda: morning(took=30.0, slos=[RESPONSE | {"below": "31 s"}]), PASS,
              {DOOR: PASS}),
    Situation("interrupted", "the run is interrupted in a bell that was broken", interrupted, UNFIT,
              {DOOR: UNFIT}, ("f bell",)),
    Situation("without-an-end", "the journal has no end", lambda: ended(morning()), UNFIT, {},
              ("f bell",)),
    Situation("withdrawn-in-the-bell", "leave is withdrawn in a bell that was broken",
              lambda: interrupted("withdrawn"), UNFIT, {DOOR: UNFIT}, ("f bell",)),
    Situation("ended-by-the-platform", "the platform is out of reach for longer than its grant",
              ended_by_the_platform, FAIL,
              {"stopped/run": FAIL, DOOR: FAIL, NEXT: FAIL, IN_TIME: FAIL, HELD_ID: FAIL,
               QUOTA: UNFIT, "response/sign in/recovery": DOUBT}, ("b bell", "f bell")),
    Situation("back-within-the-grant", "the platform is out of reach for 5 s, and then back",
              back_in_time, PASS, {DOOR: PASS}),
    Situation("only-the-document", "the document is out of reach, and people get in as before",
              lambda: leave_ends(morning(slos=[RESPONSE]), 25, 36), UNFIT, {DOOR: UNFIT},
              ("a bell", "b bell", "f bell")),
    Situation("stopped-by-errors", "a stop rule ends the run, by the platform’s own errors",
              lambda: stopped_by_rule(
                  bent(morning(400), 25, 60, outcome="error"), TOO_MANY_ERRORS, 26, 36),
              FAIL, {"stopped/run": FAIL, DOOR: FAIL}),
    Situation("stopped-by-errors-that-are-not-there",
              "a stop rule ends the run, and the samples do not bear it out",
              lambda: stopped_by_rule(morning(400), TOO_MANY_ERRORS, 26, 36), UNFIT,
              {DOOR: UNFIT}, ("a bell", "b bell", "f bell")),
    Situation("stopped-by-a-page-only", "only the health page gives no answer",
              lambda: stopped_by_rule(morning(400), SICK, 26, 36), UNFIT, {DOOR: UNFIT},
              ("a bell", "b bell", "f bell")),
    Situation("guard-lost", "the guard is killed in a bell that was broken",
              lambda: interrupted("guard lost"), UNFIT, {DOOR: UNFIT}, ("f bell",)),
    Situation("flood-contained", "a flood, and people get what they try, then and after",
              lambda: flooded(0, 0, slos=[GOODPUT, RECOVERS]), PASS,
              {"goodput/bell": PASS, "recovers/hot-spot/run": PASS}),
    Situation("flood-that-drowns", "a flood drowns everybody, and 5 s after it all is well",
              lambda: flooded(20, 45, slos=[GOODPUT, RECOVERS]), FAIL,
              {"goodput/bell": FAIL, "recovers/hot-spot/run": PASS}),
    Situation("never-back", "the flood is gone, and the platform does not come back",
              lambda: flooded(20, 101, slos=[RECOVERS]), FAIL, {"recovers/hot-spot/run": FAIL}),
    Situation("nobody-to-show-it", "nobody comes after the flood: no data is no recovery",
              lambda: morning(120, 20, faults=[("hot-spot", 20, 40)], slos=[RECOVERS]), DOUBT,
              {"recovers/hot-spot/run": DOUBT}),
    Situation("starved", "a busy machine starves the sandbox", starved, UNFIT, {}, ("e bell",)),
    Situation("silent-sandbox", "nothing tells how our sandbox fared", silent_sandbox, UNFIT, {},
              ("e bell",)),
    Situation("leak", "someone else's data is shown, and no SLO asked",
              lambda: leaking(morning(slos=[])), FAIL, {"leak/run": FAIL}),
    Situation("leak-in-an-invalid-window", "someone else's data is shown while we are late",
              lambda: leaking(late(morning(slos=[REFUSED]), 20, 22)), FAIL,
              {"leak/run": FAIL, QUOTA: UNFIT}, ("a bell",)),
    Situation("no-rows", "there are no rows at all", nobody, DOUBT),
    Situation("no-samples", "people were due and there is no sample", no_samples, UNFIT, {},
              ("b bell",)),
    Situation("missing-rows", "rows of a worker that ended are missing", gap, UNFIT, {},
              ("b bell",)),
    Situation("a-stranger", "there is a sample of somebody who is not of the crowd", stranger,
              UNFIT, {}, ("b bell",)),
    Situation("nothing-promised", "no SLO at all", lambda: morning(slos=[]), DOUBT),
    Situation("rehearsal", "a rehearsal at 1 % with every finding fine",
              lambda: rehearsal(False), PASS, {}, (), 3),
    Situation("rehearsal-asked", "the same, run with --rehearsal", lambda: rehearsal(True), PASS),
    *KINDS,
)  # fmt: skip


def expected(situation: Situation) -> dict[str, Any]:
    """What the judge must say, as `expected.json` holds it."""
    codes = {PASS: 0, FAIL: 1, DOUBT: 3, UNFIT: 3}
    return {
        "sentence": situation.sentence,
        "decision": situation.decision,
        "findings": situation.findings,
        "gates": sorted(situation.gates),
        "exit_code": codes[situation.decision]
        if situation.exit_code is None
        else situation.exit_code,
    }


def make(folder: Path) -> None:
    """Write every situation's folder, and take away those that no situation has any more."""
    names = {situation.name for situation in SITUATIONS}
    for old in folder.iterdir():
        if (old / "expected.json").exists() and old.name not in names:
            shutil.rmtree(old)
    for situation in SITUATIONS:
        situation.tell().write(folder / situation.name)
        write_json(folder / situation.name / "expected.json", expected(situation))


if __name__ == "__main__":
    make(HERE)
    sys.stdout.write(f"{len(SITUATIONS)} folders in {HERE.name}/\n")
