"""The record: every number answered for, and the table of docs/record.md up to date."""

from __future__ import annotations

from pathlib import Path

import pytest
from replay.record import claims, mistakes
from replay.rows import Row, Shipped, reckoned, shipped
from replay.seen import load, seen
from replay.table import markdown

from rentree.record import facts
from trials.page import between

PAGE = Path(__file__).parents[2] / "docs" / "record.md"
STALE = "docs/record.md is not up to date: python -m replay --table"


@pytest.fixture(scope="module")
def profiles() -> list[Shipped]:
    """What we ship."""
    return shipped()


def test_every_number_is_answered_for(profiles: list[Shipped]) -> None:
    """By a profile or by a written reason, never by both."""
    assert mistakes(claims(profiles)) == []


def test_the_page_is_what_would_be_written_now(profiles: list[Shipped]) -> None:
    """From the profiles, and from what docs/replay.json says was seen."""
    page = PAGE.read_text(encoding="utf-8")
    assert between(page, "record", markdown(profiles, load())) == page, STALE


def test_all_of_it_fits_in_an_hour(profiles: list[Shipped]) -> None:
    """On two cores, by what the profiles say of their own length."""
    assert reckoned([row for profile in profiles for row in profile.rows], jobs=3) <= 3600


@pytest.mark.parametrize(
    ("claimed", "reasons", "told"),
    [
        # A profile each: nothing to say.
        ({"F01": {"a": "…"}, "F46": {"b": "…"}}, {}, []),
        # A reason instead of a profile.
        ({"F01": {"a": "…"}, "F46": {}}, {"F46": "paper"}, []),
        # Neither.
        ({"F01": {}}, {}, ["F01: no profile, and no reason in replay/record.py"]),
        # Both: one of them is wrong.
        ({"F46": {"b": "…", "c": "…"}}, {"F46": "paper"},
         ["F46: b, c, and a reason why there is none"]),
        # Nobody wrote of it.
        ({"F62": {"a": "…"}}, {"F99": "?", "F19": "?"},
         ["F19: no such number", "F62: no such number", "F99: no such number"]),
    ],
)  # fmt: skip
def test_who_answers(
    claimed: dict[str, dict[str, str]], reasons: dict[str, str], told: list[str]
) -> None:  # fmt: skip
    """A number has a profile or a reason."""
    assert mistakes(claimed, reasons) == told


def test_the_numbers_are_those_of_the_record() -> None:
    """F01 to F61 with the gaps that it has, then those beside it, in order."""
    gaps = {19, *range(35, 40), 49}
    numbers = [f"F{n:02}" for n in range(1, 62) if n not in gaps]
    numbers += [f"X{n:02}" for n in range(1, 18)]
    assert sorted(facts()) == numbers


def test_what_a_line_says() -> None:
    """A number, who reproduces it, what it asserts, and what was seen of each preset."""
    rows = [
        Row("lundi", "petit", "fail", "punctual", 0.02, 30, True, 40, "d1"),
        Row("lundi", "grand", "pass", "", 0.02, 30, True, 40, "d2"),
        Row("lundi", "autre", "pass", "", 0.02, 30, True, 40, "d3"),
    ]
    told = {"findings": {"punctual/bell": "fail", "refused": "fail"}, "on": "2026-11-26"}
    known = [seen(row, told | {"decision": "fail"}) for row in rows[:2]]
    text = markdown([Shipped("lundi", {"F05": "all | at once"}, rows)], known)
    (line,) = [line for line in text.splitlines() if line.startswith("| F05")]
    assert line == (
        f"| F05 | {facts()['F05']} | `lundi` | all / at once | "
        "`petit` (2 %, 30x): fail by `punctual` → fail by `punctual/bell`, 2026-11-26<br>"
        "`grand` (2 %, 30x): pass → **not as declared**: fail by `punctual/bell`, 2026-11-26<br>"
        "`autre` (2 %, 30x): pass → not replayed yet |"
    )
    assert "1 of 71 facts by 1 profiles" in text
    assert "1 of 3 replays as declared, 1 not, 1 not replayed yet." in text
