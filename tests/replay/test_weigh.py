"""When a replay came as declared: tables of decisions, and what is written down of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from replay.rows import Row
from replay.seen import load, merged, seen, stored
from replay.trial import weigh

FINDINGS = {
    "refused/bell": "fail", "response/home/bell/territory=a": "pass",
    "response/home/bell/territory=b": "undecided", "punctual/bell": "fail",
}  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "named_by", "decision", "right", "by"),
    [
        # A failure for any reason, where history names none.
        ("fail", "", "fail", True, ["refused/bell", "punctual/bell"]),
        # A failure by the finding that history names.
        ("fail", "punctual", "fail", True, ["punctual/bell"]),
        # It failed, but what history names passed: another morning.
        ("fail", "response/home", "fail", False, ["refused/bell", "punctual/bell"]),
        # It failed, and history names a promise that nobody made.
        ("fail", "goodput", "fail", False, ["refused/bell", "punctual/bell"]),
        # What is named failed, but the run did not count.
        ("fail", "punctual", "invalid", False, []),
        # It held where history failed.
        ("fail", "punctual", "pass", False, ["response/home/bell/territory=a"]),
        # It held, by everything.
        ("pass", "", "pass", True, []),
        # It held by the finding named: one of its territories is enough.
        ("pass", "response/home", "pass", True, ["response/home/bell/territory=a"]),
        # It failed where history held.
        ("pass", "", "fail", False, ["refused/bell", "punctual/bell"]),
        # One morning that cannot decide, by what is named.
        ("undecided", "response", "undecided", True, ["response/home/bell/territory=b"]),
        # No verdict at all is none that anybody expects.
        ("undecided", "", "none", False, []),
    ],
)  # fmt: skip
def test_as_declared(
    expected: str, named_by: str, decision: str, right: bool, by: list[str]
) -> None:
    """The decision, and by the finding that is named."""
    assert weigh(expected, named_by, decision, FINDINGS) == (right, by)


ROW = Row("lundi", "petit", "fail", "punctual", 0.07, 30, True, 40, "d1")
TOLD = {"decision": "fail", "findings": FINDINGS, "on": "2026-11-26"}


def test_what_is_told_to_the_command() -> None:
    """Its scale is what the profile says, to the last digit."""
    assert " ".join(ROW.words()) == "lundi --sandbox petit --scale 7% --clock 30x --rehearsal"
    own = ROW._replace(scale=1, clock=120, rehearsal=False)
    assert " ".join(own.words()) == "lundi --sandbox petit --scale 100% --clock 120x"
    two = ROW._replace(preset="cned=petit ent=grand")
    assert " ".join(two.words()).startswith("lundi --sandbox cned=petit --sandbox ent=grand ")


@dataclass(frozen=True)
class Case:
    """A change of a row, and whether what was seen of it before still is its."""

    row: Row
    still: bool


@pytest.mark.parametrize(
    "case",
    [
        Case(ROW, True),
        Case(ROW._replace(seconds=50), True),
        Case(ROW._replace(digest="d2"), False),
        Case(ROW._replace(expected="pass"), False),
        Case(ROW._replace(named_by="refused"), False),
        Case(ROW._replace(preset="grand"), False),
    ],
)
def test_what_was_seen_counts_until_the_row_changes(case: Case) -> None:
    """Neither another run, nor another promise, nor another name is the one that was seen."""
    assert bool(merged([case.row], [seen(ROW, TOLD)], [])) is case.still


def test_the_newest_counts_and_reads_back(tmp_path: Path) -> None:
    """What is written is what is read; a later run stands in place of the earlier."""
    before = seen(ROW, TOLD)
    after = seen(ROW, TOLD | {"decision": "pass", "on": "2026-11-27"})
    file = tmp_path / "replay.json"
    file.write_text(stored(merged([ROW], [before], [after])), encoding="utf-8")
    assert load(file) == [after]
    assert (before.right, after.right) == (True, False)
