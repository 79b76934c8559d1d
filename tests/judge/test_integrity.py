"""Writes, leaks, freshness, equal treatment, and the platform's own figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.judge.found import decisions, found, only, spread

from rentree.evidence import Evidence
from rentree.judge.kinds.nothing_lost import fates_of
from rentree.judge.measure import measure
from rentree.ledger import LEDGER, READS, Ledger, breaks, digest, marked, rows_of, table
from rentree.testing import Story, make_plan

TEXT, MARKER = marked("Mon devoir", "somebody", 1)
NAMES = {"p1": "Pupil 1", "p2": "Pupil 2", "t1": "Teacher 1"}
Row = tuple[str, str, str, str | None, int | None, str | None, str | None]


def wrote(*ends: str) -> pl.DataFrame:
    """The ledger of one attempt of p1's, with what was known of it at the end."""
    size, sha256 = digest(TEXT)
    rows = [
        (n, 1, n, event, "homework", MARKER, "p1", size, sha256, "", "")
        for n, event in enumerate(("tried", *ends))
    ]
    return pl.DataFrame(rows, schema=LEDGER, orient="row")


def read(*rows: Row) -> pl.DataFrame:
    """What was read back, in order."""
    timed = [(t, *row) for t, row in enumerate(rows)]
    return pl.DataFrame(timed, schema=READS, orient="row")


def shown(text: str = TEXT, view: str = "own", reader: str = "p1", owner: str = "Pupil 1") -> Row:
    """One piece, as somebody was shown it."""
    return (view, reader, "ok", MARKER, *digest(text), owner)


def done(view: str = "own", reader: str = "p1", outcome: str = "ok") -> Row:
    """The end of somebody's reading."""
    return (view, reader, outcome, None, None, None, None)


@pytest.mark.parametrize(
    ("sentence", "ends", "rows", "fate"),
    [
        ("acknowledged and there", ("ok",), [shown(), done()], "intact"),
        ("acknowledged and not there", ("ok",), [done()], "lost"),
        ("there at first, and gone in the last reading", ("ok",),
         [shown(), done(), done("own, restarted")], "lost"),
        ("late, but there in the end", ("ok",), [done(), shown(view="own, again"),
         done("own, again")], "intact"),
        ("its end is missing", ("ok",), [shown(TEXT[:-3]), done()], "truncated"),
        ("as long, and another", ("ok",), [shown(TEXT[:-1] + "x"), done()], "corrupted"),
        ("longer", ("ok",), [shown(TEXT + " x"), done()], "corrupted"),
        ("other spaces are no other text", ("ok",), [shown(f"  {TEXT}\r\n"), done()], "intact"),
        ("twice", ("ok",), [shown(), shown(), done()], "duplicated"),
        ("twice, though nobody knew of it", ("unknown",), [shown(), shown(), done()], "duplicated"),
        ("in another's list", ("ok",), [done(), shown(reader="p2"), done(reader="p2")],
         "misattributed"),
        ("under another's name, to the teacher", ("ok",), [shown(), done(),
         shown(view="teacher", reader="t1", owner="Pupil 2"), done("teacher", "t1")],
         "misattributed"),
        ("not in the teacher's list, which may be cut", ("ok",),
         [shown(), done(), done("teacher", "t1")], "intact"),
        ("unknown and there", ("unknown",), [shown(), done()], "recovered"),
        ("unknown and not there", ("unknown",), [done()], "nothing"),
        ("nobody learned the end", (), [done()], "nothing"),
        ("surely not done, and not there", ("no",), [done()], "nothing"),
        ("nobody could read", ("ok",), [done(outcome="timeout")], "never read"),
        ("nobody read", ("ok",), [], "never read"),
    ],
)  # fmt: skip
def test_what_became_of_a_write(
    sentence: str, ends: tuple[str, ...], rows: list[Row], fate: str
) -> None:
    """Jepsen's set and set-full, for one attempt."""
    assert fates_of(wrote(*ends), read(*rows), NAMES)[MARKER] == fate, sentence


def test_what_nobody_wrote_is_a_phantom() -> None:
    """Read back and never attempted."""
    nothing = pl.DataFrame(schema=LEDGER)
    assert fates_of(nothing, read(shown(), done()), NAMES) == {MARKER: "phantom"}


def kept(folder: Path, *events: str) -> pl.DataFrame:
    """The rows of a real ledger file."""
    ledger = Ledger(folder / "ledger-1.jsonl", 1)
    for t, event in enumerate(events):
        ledger.write(t, event, "homework", MARKER, "p1", TEXT, "trace")
    (folder / "worker-1.blocks").touch()
    return table(rows_of(folder)[1])


def test_a_ledger_is_one_chain(tmp_path: Path) -> None:
    """Changed, left out, added: each break is told with its row."""
    rows = kept(tmp_path, "tried", "ok", "tried", "unknown")
    assert breaks(rows) == []
    assert breaks(rows[[0, 1, 3]]) == ["row 2 is number 3: rows are missing, or were added"]
    changed = rows.with_columns(
        event=pl.when(pl.col("n") == 3).then(pl.lit("ok")).otherwise("event")
    )
    assert breaks(changed) == [f"row 3 ({MARKER}) does not follow from the one before"]


def test_a_torn_line_ends_the_ledger(tmp_path: Path) -> None:
    """A death in the midst of a row: what stands before it is read."""
    kept(tmp_path, "tried", "ok")
    path = tmp_path / "ledger-1.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert [row.event for row in rows_of(tmp_path)[1]] == ["tried"]


LOST = {"slo": "nothing-lost"}


@pytest.mark.parametrize(
    ("sentence", "ends", "rows", "decision", "listed"),
    [
        ("all there", ("ok",), [shown(), done()], "pass", []),
        ("lost, and named", ("ok",), [done()], "fail", [f"lost {MARKER}"]),
        ("nothing was acknowledged", ("unknown",), [done()], "undecided", []),
        ("nobody could read it", ("ok",), [done(outcome="error")], "undecided", []),
    ],
)
def test_nothing_lost(
    tmp_path: Path, sentence: str, ends: tuple[str, ...], rows: list[Row], decision: str,
    listed: list[str],
) -> None:  # fmt: skip
    """The finding of a whole folder."""
    story = Story(make_plan(slos=[LOST]))
    story.tries(story.person(20))
    evidence = story.write(tmp_path / "e")
    (tmp_path / "work").mkdir()
    (evidence.raw / "ledger").mkdir()
    kept(tmp_path / "work", "tried", *ends).write_parquet(
        evidence.raw / "ledger" / "worker-1.parquet"
    )
    read(*rows).write_parquet(evidence.raw / "reads.parquet")
    names = Evidence(evidence.folder)
    [finding] = measure(
        story.plan.slos[0], story.plan, names.judged,
        names.people.with_columns(person=pl.lit("p1"), name=pl.lit("Pupil 1")), names,
    )  # fmt: skip
    assert (finding.decision, finding.listed) == (decision, listed), (sentence, finding)


LEAK = {"slo": "no-leak"}


@pytest.mark.parametrize(
    ("sentence", "first", "second", "expected"),
    [
        ("each has a session of their own", {"session": "a"}, {"session": "b"},
         ("pass", "pass", "pass")),
        ("two were given the same", {"session": "a"}, {"session": "a"}, ("pass", "fail", "pass")),
        ("a page that caches may keep", {"session": "a", "cacheable": "public"}, {"session": "b"},
         ("pass", "pass", "fail")),
        ("no session is told", {"queue": []}, {"queue": []}, ("pass", "undecided", "pass")),
    ],
)  # fmt: skip
def test_no_leak(
    sentence: str, first: dict[str, Any], second: dict[str, Any], expected: tuple[str, ...]
) -> None:
    """Pages, sessions, caches."""

    def tell(story: Story) -> None:
        for told in (first, second):
            story.tries(story.person(20), told=told)

    told = decisions(LEAK, tell)
    assert tuple(told[f"no-leak/{p}/run"] for p in ("pages", "sessions", "caches")) == expected


def test_a_session_that_comes_again_is_the_persons_own() -> None:
    """Somebody who signs in twice may get the same session."""

    def tell(story: Story) -> None:
        person = story.person(20)
        for due in (20, 30):
            story.tries(person, due=due, told={"session": "a"})

    assert decisions(LEAK, tell)["no-leak/sessions/run"] == "pass"


def test_a_leak_names_both_requests() -> None:
    """Whose page it was follows from the digest of the login."""

    def tell(story: Story) -> None:
        owner, other = story.person(20), story.person(21)
        owner["login"] = "occitanie.pupil-00001"
        story.tries(owner)
        digest_of = "c0a31f5f2bd24fc9"
        story.tries(
            other, "home", outcome="leak", why=f"data of somebody else (sha256 {digest_of}…)"
        )

    pages = found(LEAK, tell)["no-leak/pages/run"]
    assert pages.decision == "fail"
    assert pages.listed[0].startswith("p00001, home: ")


FRESH = {"slo": "fresh", "within": "2 s", "share": "90 %", "each": "none"}


@pytest.mark.parametrize(
    ("sentence", "seen", "asked", "decision"),
    [
        ("it is there", ["a", "b"], 30.0, "pass"),
        ("the newer one is missing", ["a"], 30.0, "fail"),
        ("nothing is there", [], 30.0, "fail"),
        ("it may take its time", [], 19.0, "undecided"),
        ("the oldest have gone off the page", ["b"], 30.0, "pass"),
    ],
)
def test_fresh(sentence: str, seen: list[str], asked: float, decision: str) -> None:
    """Two posts at 18 s and 20 s, and fifty readers."""

    def tell(story: Story) -> None:
        teacher = story.person(10, persona="teacher")
        for due, post in ((17.5, "a"), (19.5, "b")):
            story.tries(teacher, "post", due=due, took=0.5, told={"posted": post})
        for _ in range(50):
            story.tries(story.person(12), "messages", due=asked, told={"seen": seen})

    assert only(FRESH, tell).decision == decision, sentence


SAME = {"slo": "same-for-all"}


@pytest.mark.parametrize(
    ("sentence", "ours", "others", "decision"),
    [
        ("the same pages", 10_000, 10_000, "pass"),
        ("a little apart", 10_500, 10_000, "pass"),
        ("the crowd gets less", 3_000, 10_000, "fail"),
        ("the crowd gets more", 30_000, 10_000, "fail"),
    ],
)
def test_same_for_all(sentence: str, ours: int, others: int, decision: str) -> None:
    """Medians of bytes, of control people and of the crowd."""

    def tell(story: Story) -> None:
        for i, due in enumerate(spread(40)):
            person = story.person(due)
            person["control"] = i % 4 == 0
            story.tries(person, "home", size=others if person["control"] else ours)

    told = found(SAME, tell)
    assert told["same-for-all/pupil/home/run"].decision == decision, sentence


def test_without_control_people_nothing_is_told() -> None:
    """Nobody to compare to."""

    def tell(story: Story) -> None:
        for due in spread(40):
            story.tries(story.person(due), "home", size=1000)

    assert set(decisions(SAME, tell).values()) == {"undecided"}


AGREES = {"slo": "agrees", "in": "bell"}


@pytest.mark.parametrize(
    ("sentence", "counted", "decision"),
    [
        ("it counts what its people have", 40, "pass"),
        ("it counts far fewer", 10, "fail"),
        ("it counts far more", 90, "fail"),
        ("it tells nothing", None, "undecided"),
    ],
)
def test_agrees(tmp_path: Path, sentence: str, counted: int | None, decision: str) -> None:
    """Forty people are in throughout the bell."""
    story = Story(make_plan(slos=[AGREES], sandbox="rentree"))
    for _ in range(40):
        person = story.person(2)
        story.tries(person, took=0.1)
        story.tries(person, "sign out", due=90, took=0.1)
    story.platform = [] if counted is None else [
        row | {"sessions": counted} for row in story.sandbox_seconds(100)
    ]  # fmt: skip
    evidence = story.write(tmp_path / "e")
    [finding] = measure(story.plan.slos[0], story.plan, evidence.judged, evidence.people, evidence)
    assert finding.decision == decision, (sentence, finding)
