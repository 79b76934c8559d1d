"""Merging, exit codes, and verdict.json."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import pytest

from rentree.errors import RentreeError
from rentree.verdict import (
    Decision,
    Finding,
    Verdict,
    exit_code,
    merge,
    read_verdict,
    same,
    write,
)

WORDS = {"fr": "mot", "en": "word"}


def finding(
    name: str = "response/x", decision: Decision = "pass", measured: float = 4.2
) -> Finding:
    """A finding."""
    return Finding(
        id=name, slo="response", text=WORDS, group={}, window="bell", decision=decision,
        measured=measured, measured_text=WORDS, limit=5.0, unit="s", interval=(0.0, 0.1), count=9,
    )  # fmt: skip


def verdict(
    decision: Decision = "pass", *findings: Finding, rehearsal: bool = False, asked: bool = False
) -> Verdict:
    """A verdict."""
    return Verdict(
        decision=decision, rehearsal=rehearsal, rehearsal_asked=asked, profile="p", title=WORDS,
        manifest="0" * 64, findings=list(findings), invalid=[],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "decisions", "merged"),
    [
        ("nothing checked is undecided", [], "undecided"),
        ("all pass", ["pass", "pass"], "pass"),
        ("one is undecided", ["pass", "undecided"], "undecided"),
        ("invalid beats undecided", ["undecided", "invalid", "pass"], "invalid"),
        ("fail beats all", ["pass", "undecided", "invalid", "fail"], "fail"),
    ],
)
def test_merge(sentence: str, decisions: list[Decision], merged: str) -> None:
    """fail > invalid > undecided > pass, in whatever order they come."""
    for order in itertools.permutations(decisions):
        assert merge(order) == merged, sentence


@pytest.mark.parametrize(
    ("decision", "rehearsal", "asked", "code"),
    [
        ("pass", False, False, 0),
        ("fail", False, False, 1),
        ("undecided", False, False, 3),
        ("invalid", False, False, 3),
        ("pass", True, False, 3),
        ("fail", True, False, 3),
        ("pass", True, True, 0),
        ("fail", True, True, 1),
        ("invalid", True, True, 3),
    ],
)
def test_exit_code(decision: Decision, rehearsal: bool, asked: bool, code: int) -> None:
    """A rehearsal that nobody asked for ends in 3, whatever it found."""
    assert exit_code(verdict(decision, rehearsal=rehearsal, asked=asked)) == code


def test_written_and_read_back(tmp_path: Path) -> None:
    """A verdict survives its file; what is infinite stands there as the text "inf"."""
    first = verdict("fail", finding(measured=math.inf))
    path = write(tmp_path, first)
    assert path == tmp_path / "verdict.json"
    stored = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert stored["findings"][0]["measured"] == "inf"
    assert stored["rules"] == "2"
    assert read_verdict(tmp_path) == first


@pytest.mark.parametrize("text", [None, "", "{}", '{"decision": "superb"}'])
def test_a_damaged_verdict_is_said(tmp_path: Path, text: str | None) -> None:
    """A verdict.json that is missing or damaged is an error that says what to do."""
    if text is not None:
        (tmp_path / "verdict.json").write_text(text, encoding="utf-8")
    with pytest.raises(RentreeError, match="rentree judge"):
        read_verdict(tmp_path)


def test_same() -> None:
    """Two verdicts that are equal have no difference."""
    assert same(verdict("pass", finding()), verdict("pass", finding())) == []


def test_differences_are_named() -> None:
    """What differs is named: the verdict's fields, findings that came or went, their fields."""
    stored = verdict("pass", finding("a"), finding("b"))
    anew = verdict("fail", finding("a", "fail", 6.0), finding("c"))
    assert same(stored, anew) == [
        "decision: pass was stored, fail is judged",
        "finding b was stored and is not judged",
        "finding c is judged and was not stored",
        "finding a, decision: pass was stored, fail is judged",
        "finding a, measured: 4.2 was stored, 6.0 is judged",
    ]
