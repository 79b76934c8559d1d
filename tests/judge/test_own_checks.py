"""Checks on our own instrument: what adds up, what does not, and what nobody can tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rentree.evidence import PLATFORM_REQUESTS, Evidence, seal
from rentree.judge import judge
from rentree.judge.own_checks import Check, own_checks
from rentree.recompute.compare import compared
from rentree.testing import Story, make_plan, us
from rentree.verdict import write

GOLDEN = Path(__file__).parents[1] / "golden"
RESPONSE = {"slo": "response", "step": "sign in", "quantile": "50 %", "below": "5 s"}


def morning(**plan: Any) -> Story:
    """Forty people: ten of each fate, signed in from 10 to 50 s."""
    story = Story(make_plan(slos=[RESPONSE], **plan))
    for i in range(40):
        who, fate = story.person(10 + i), i % 4
        story.tries(who, outcome=("ok", "refused", "not_sent", "ok")[fate])
        if fate == 0:
            story.tries(who, "sign out", due=60 + i / 2)
        if fate == 1:
            story.tries(who, "home", due=10.5 + i, outcome="abandoned")
    return story


def checks(evidence: Evidence) -> dict[str, Check]:
    """Name → check."""
    return {check["name"]: check for check in own_checks(evidence)}


def nothing(story: Story) -> None:
    """As it was told."""


def one_unheard(story: Story) -> None:
    """Somebody who was due has no row."""
    story.person(30)


def one_stranger(story: Story) -> None:
    """A sample of somebody who is not of the crowd."""
    story.samples.append(story.samples[-1]._replace(person="p99999", seq=len(story.samples)))


def one_twice(story: Story) -> None:
    """Somebody is listed twice."""
    story.people.append(story.people[0])


def stopped(story: Story) -> None:
    """The run is stopped at 70 s; somebody was due later."""
    story.person(80)
    story.ends, story.ends_at = "interrupted", 70.0


FATES = {"done": 10, "left": 10, "not_sent": 10, "still_in": 10}
CONSERVED: list[tuple[Callable[[Story], None], bool, dict[str, int]]] = [
    (nothing, True, {"due": 40, **FATES, "without": 0, "missing": 0, "strangers": 0}),
    (one_unheard, False, {"due": 41, **FATES, "without": 1, "missing": 1}),
    (one_stranger, False, {"due": 40, **FATES, "strangers": 1, "missing": 0}),
    (one_twice, False, {"due": 41, "twice": 1, "done": 11}),
    (stopped, True, {"due": 41, **FATES, "without": 1, "missing": 0}),
]


@pytest.mark.parametrize(("bend", "ok", "numbers"), CONSERVED)
def test_people_are_conserved(
    bend: Callable[[Story], None], ok: bool, numbers: dict[str, int], tmp_path: Path
) -> None:
    """People due = done + made to leave + not sent + still in; who is missing is told."""
    story = morning()
    bend(story)
    check = checks(story.write(tmp_path))["conservation"]
    assert check["ok"] is ok
    assert numbers.items() <= check["numbers"].items()
    classes = ("done", "left", "not_sent", "still_in", "without")
    assert sum(check["numbers"][one] for one in classes) == check["numbers"]["due"]


def test_people_who_do_not_add_up_spoil_the_run(tmp_path: Path) -> None:
    """Gate (b): nothing passes where a sample is nobody's."""
    story = morning()
    story.samples = [row for row in story.samples if row.outcome == "ok"]
    story.samples = [row._replace(seq=i) for i, row in enumerate(story.samples)]
    kept = {row.person for row in story.samples}
    story.people = [who for who in story.people if who["person"] in kept]
    assert judge(story.write(tmp_path / "sound")).decision == "pass"
    one_stranger(story)
    verdict = judge(story.write(tmp_path / "stranger"))
    assert verdict.decision == "invalid"
    assert {window.gate for window in verdict.invalid} == {"b"}
    assert "1 person who is not of the crowd" in verdict.invalid[0].why["en"]


def test_nobody_due_is_nothing_known(tmp_path: Path) -> None:
    """Nothing can be lost of nobody."""
    assert checks(Story(make_plan()).write(tmp_path))["conservation"]["ok"] is None


@pytest.mark.parametrize(
    ("told", "ok"), [(None, None), (1.0, True), (2.0, False), (0.0, False)],
    ids=["nothing known", "as many", "twice as many", "none"],
)  # fmt: skip
def test_the_platform_counts_sessions_as_we_do(
    told: float | None, ok: bool | None, tmp_path: Path
) -> None:
    """Its own count of each second, so many times ours."""
    story = Story(make_plan(slos=[RESPONSE], sandbox="rentree"))
    for i in range(40):
        who = story.person(i / 4)
        story.tries(who)
        story.tries(who, "sign out", due=90)
    story.platform = story.sandbox_seconds(100)
    for row in story.platform:
        open_now = min(40, max(0, 4 * row["t"] // us(1) - 1)) if row["t"] < us(90.5) else 0
        row["sessions"] = None if told is None else round(told * open_now)
    check = checks(story.write(tmp_path))["sessions"]
    assert check["ok"] is ok, check
    write(tmp_path, verdict := judge(Evidence(tmp_path)))
    assert verdict.invalid == []  # either may be wrong: a remark
    assert [line for line in compared(tmp_path) if not line.same] == []


@pytest.mark.parametrize(
    ("seen", "ok"), [(None, None), (20, True), (19, False)], ids=["no log", "all", "one lacks"]
)
def test_the_platform_saw_what_we_sent(seen: int | None, ok: bool | None, tmp_path: Path) -> None:
    """Requests of its log, joined by their trace-id with our attempts that were ok."""
    story = morning()
    story.samples = [
        row._replace(request_id=f"{row.seq:032x}") if row.sent is not None else row
        for row in story.samples
    ]
    fine = [row for row in story.samples if row.outcome == "ok" and row.step == "sign in"]
    story.samples = [
        row._replace(request_id="") if row.step == "sign out" else row for row in story.samples
    ]
    story.write(tmp_path)
    if seen is not None:
        log = [(row.sent, row.request_id, None, "GET", "/", 200, 100, "127.0.1.1")
               for row in fine[:seen] for _ in range(2)]  # fmt: skip
        frame = pl.DataFrame(log, schema=PLATFORM_REQUESTS, orient="row")
        frame.write_parquet(tmp_path / "raw" / "platform_requests.parquet")
        seal(tmp_path)
    check = checks(Evidence(tmp_path))["requests"]
    assert check["ok"] is ok
    assert check["numbers"] == ({} if seen is None else {"tried": 20, "seen": seen})
    write(tmp_path, judge(Evidence(tmp_path)))
    assert [line for line in compared(tmp_path) if not line.same] == []


@pytest.mark.parametrize(
    ("folder", "name", "ok"),
    [
        ("all-fine", "faults", None), ("in-force", "faults", True),
        ("half-in-force", "faults", False),
        ("unobserved", "faults", False), ("lingering", "faults", False),
        ("all-fine", "blocks", True), ("missing-rows", "blocks", False),
        ("killed-in-the-bell", "blocks", False), ("without-an-end", "blocks", True),
        ("killed-after-its-end-mark", "blocks", True),
        ("all-fine", "clocks", True), ("clock-known", "clocks", True),
        ("clock-astray", "clocks", False), ("clock-untold", "clocks", False),
        ("no-samples", "conservation", False), ("counts-otherwise", "sessions", False),
    ],
)  # fmt: skip
def test_golden_folders_are_told_as_they_are(folder: str, name: str, ok: bool | None) -> None:
    """Faults, blocks and clocks as the gates know them, over the whole run."""
    check = checks(Evidence(GOLDEN / folder))[name]
    assert check["ok"] is ok, check
    assert all(check[words][lang] for words in ("text", "told") for lang in ("fr", "en"))
