"""Who reproduces what of the record, and why some of it is reproduced by no profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rentree.record import facts
from replay.rows import Shipped

REASONS: dict[str, str] = {
    "F46": "not a load fact: paper needs no platform",
    "F47": "not a load fact: it is why nothing is sent without leave; `tests/test_leave.py` and "
    "`tests/flow/test_authorization.py` try that",
    "X17": "a cause, which no run can show: Rentrée says what it injected, never why others failed",
}

Claims = Mapping[str, Mapping[str, str]]  # number → profile → what it asserts


def claims(profiles: Iterable[Shipped]) -> dict[str, dict[str, str]]:
    """Which profiles reproduce each number of the record; nobody: {}."""
    found: dict[str, dict[str, str]] = {number: {} for number in facts()}
    for profile in profiles:
        for number, text in profile.reproduces.items():
            found.setdefault(number, {})[profile.name] = text
    return found


def mistakes(claimed: Claims, reasons: Mapping[str, str] = REASONS) -> list[str]:
    """What is wrong with the record: numbers nobody answers for, or two do; numbers unknown."""
    known = set(facts())
    open_ = [n for n, by in claimed.items() if not by and n not in reasons]
    both = [n for n, by in claimed.items() if by and n in reasons]
    return [
        *(f"{n}: no profile, and no reason in replay/record.py" for n in open_),
        *(f"{n}: {', '.join(claimed[n])}, and a reason why there is none" for n in both),
        *(f"{n}: no such number" for n in sorted({*claimed, *reasons} - known)),
    ]
