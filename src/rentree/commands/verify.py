"""`rentree verify`: is the folder what was sealed, the one expected, and judged the same again?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rentree.errors import RentreeError, UsageError
from rentree.evidence import Evidence
from rentree.judge.repeated import judge_folder
from rentree.ledger import breaks
from rentree.seal_check import DERIVED, broken_series, changed_reports, unlisted
from rentree.series import is_series, open_evidence
from rentree.verdict import as_stored, differences, read_stored
from rentree.visible import visible

UNREADABLE = 4
_NOT_ANCHORED = (
    "a seal shows that nothing changed since it was made; whoever holds the folder could make "
    "another: compare the digest with the one that the run printed (--expect)"
)


_OUTSIDE = (
    "the digest does not cover them: whoever doubts one writes it again (rentree report EVIDENCE)"
)


@dataclass
class Verification:
    """What was found, in lines, and the exit code: 0 sound, 1 not so, 4 it cannot be judged."""

    lines: list[str] = field(default_factory=list)
    code: int = 0

    def add(self, lines: Iterator[tuple[str, bool]]) -> None:
        """Take up lines, each with whether it speaks against the folder."""
        for line, against in lines:
            self.lines.append(visible(line))
            self.code = max(self.code, int(against))


def verify(folder: Path, expect: str | None = None, challenge: str | None = None) -> Verification:
    """Check seal, anchors, ledger, verdict and reports.

    `expect`: the manifest's digest that the run printed; `challenge`: the text that the buyer gave.

    Raises:
        UsageError: not an evidence folder; no digest; an empty challenge.
    """
    expect = None if expect is None else expect.strip().lower()
    if expect is not None and not re.fullmatch("[0-9a-f]{64}", expect):
        raise UsageError("--expect takes the 64 hex digits that the run printed as its manifest")
    if challenge == "":
        raise UsageError("an empty --challenge shows nothing: give the text that the run was given")
    evidence, found = open_evidence(folder), Verification()
    if broken := broken_series(folder):
        lines = [*(f"BROKEN: {difference}" for difference in broken)]
        return Verification([*lines, "the evidence is not what was sealed"], 1)
    found.add(_anchored(evidence, expect))
    try:
        if challenge is not None:
            found.add(_challenged(evidence, challenge))
        for run in evidence.runs:
            found.add(_chained(run))
            if is_series(folder):
                told = [*_judged(run), *_reports(run.folder, run.manifest)]
                found.add((f"{run.folder.name}: {line}", against) for line, against in told)
        found.add(_judged(evidence))
    except RentreeError as error:
        found.lines.append(visible(f"CANNOT BE JUDGED: {error}"))
        found.code = UNREADABLE
    found.add(_reports(folder, evidence.manifest))
    found.add(
        (f"beside the seal: {name}, of which nothing is known", False) for name in unlisted(folder)
    )
    return found


def _reports(folder: Path, manifest: str) -> Iterator[tuple[str, bool]]:
    """Reports beside the list of their digests, which lies outside the seal like them."""
    changed = changed_reports(folder, manifest)
    yield from ((f"CHANGED: {what}", True) for what in changed)
    if not changed and (folder / DERIVED).exists():
        yield f"reports: as {DERIVED} lists them; {_OUTSIDE}", False


def _anchored(evidence: Evidence, expect: str | None) -> Iterator[tuple[str, bool]]:
    if expect is None:
        yield f"intact, not anchored: its manifest is {evidence.manifest}", False
        yield _NOT_ANCHORED, False
    elif expect == evidence.manifest:
        yield "intact, and the manifest is the one expected", False
    else:
        yield f"ANOTHER FOLDER: expected {expect}, found {evidence.manifest}", True


def _challenged(evidence: Evidence, challenge: str) -> Iterator[tuple[str, bool]]:
    told = evidence.plan.challenge
    if told == challenge:
        yield "the challenge is the one that was given", False
    else:
        yield f"ANOTHER CHALLENGE: expected “{challenge}”, found “{told}”", True


def _chained(evidence: Evidence) -> Iterator[tuple[str, bool]]:
    for name, rows in evidence.ledger.items():
        wrong = breaks(rows)
        yield from ((f"LEDGER BROKEN: {name}: {one}", True) for one in wrong)
        if not wrong and f"ledger/{name}.parquet" not in evidence.damaged:
            yield f"ledger of {name}: {rows.height} rows, one chain", False


def _judged(evidence: Evidence) -> Iterator[tuple[str, bool]]:
    """Findings made anew beside those that were stored, of whatever version of the rules."""
    anew = judge_folder(evidence)
    for name, why in evidence.damaged.items():
        yield f"damaged when it was sealed: raw/{name}: {why}", False
    if not (evidence.folder / "verdict.json").exists():
        yield f"no verdict.json to compare with; judged now: {anew.decision}", False
        return
    try:
        stored = read_stored(evidence.folder)
    except RentreeError as error:
        yield f"CHANGED: {error}", True
        return
    now = as_stored(anew)
    before = f"judged by rules {stored['rules']}, this release has {anew.rules}: "
    before *= stored["rules"] != anew.rules
    told = differences({**stored, "rules": anew.rules}, now)
    if told and before:
        yield f"{before}judged anew it differs so", True
    yield from ((f"JUDGED ANEW, IT DIFFERS: {difference}", True) for difference in told)
    if not told and {**stored, "rules": anew.rules} != now:
        yield f"{before}judged anew: the same verdict, its figures within 1e-9", False
    elif not told:
        yield f"{before}judged anew: the same verdict", False
