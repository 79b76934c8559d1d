"""Finding and verdict: the values, how they merge, the exit code they end in, and verdict.json."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rentree.errors import RentreeError

Decision = Literal["pass", "fail", "undecided", "invalid"]
RULES = "2"  # version of the rules of docs/verdict.md that this code applies


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Deciding(_Value):
    """What one run's decision rests on, to be weighed with that of other runs (`--repeat`)."""

    rows: int | None  # that were counted; None: a distance or a ratio, of which there are no rows
    broken: (
        float  # of them, what broke the promise for sure; else how far it was missed (may be <0)
    )
    touching: float  # with what just met its limit, too
    limit: float  # a share, or how far it may be missed


class Finding(_Value):
    """What was measured against one promise, for one group."""

    id: str  # stable within a profile: "response/sign in/bell/territory=grand-est"
    slo: str  # the kind
    text: dict[str, str]  # language → the promise in words: "95 % des …"
    group: dict[str, str]  # column → value; {} is the whole
    window: str  # phase name, or "" for the whole run
    decision: Decision
    measured: float | None  # in `unit`; None: no data. inf is written as the text "inf"
    measured_text: dict[str, str]  # language → "4,2 s : 95 élèves sur 100 ont attendu moins …"
    limit: float
    unit: Literal["s", "share", "people"]
    interval: tuple[float, float] | None  # 95 %, of the share that decides
    p: float | None = None  # two-sided, that chance alone broke it so; None: exact, or no data
    count: int  # rows or people it rests on
    reasons: list[dict[str, str]] = Field(default_factory=list)  # why not decided, why invalid
    listed: list[str] = Field(default_factory=list)  # what broke it, each by its name, where named
    deciding: Deciding | None = None  # None: exact, or no data


class InvalidWindow(_Value):
    """A stretch in which our own instrument was not fit, and why."""

    gate: Literal["a", "b", "c", "d", "e", "f", "g"]
    window: str
    why: dict[str, str]


class RunTold(_Value):
    """One of the runs of a series (`--repeat`): an evidence folder of its own."""

    folder: str  # its name within the series
    manifest: str
    seed: int
    decision: Decision


class Verdict(_Value):
    """All findings together."""

    rules: str = RULES
    decision: Decision
    rehearsal: bool
    rehearsal_asked: bool
    profile: str
    title: dict[str, str]  # language → the line a report opens with
    manifest: str  # sha256 of raw/MANIFEST.sha256
    interrupted: bool = False
    findings: list[Finding]
    invalid: list[InvalidWindow]
    figures: dict[str, Any] = Field(default_factory=dict)  # people, attempts, outcomes …
    runs: list[RunTold] = Field(default_factory=list)  # of a series; empty: one run


def merge(decisions: Iterable[Decision]) -> Decision:
    """fail > invalid > undecided > pass; nothing checked is undecided."""
    present = set(decisions)
    for decision in ("fail", "invalid", "undecided", "pass"):
        if decision in present:
            return decision
    return "undecided"


def exit_code(verdict: Verdict) -> int:
    """0 pass · 1 fail · 3 undecided, invalid, or a rehearsal that nobody asked for."""
    if verdict.rehearsal and not verdict.rehearsal_asked:
        return 3
    return {"pass": 0, "fail": 1, "undecided": 3, "invalid": 3}[verdict.decision]


def write(folder: Path, verdict: Verdict) -> Path:
    """Write `verdict.json` into an evidence folder; what is infinite stands as the text "inf"."""
    path = folder / "verdict.json"
    text = json.dumps(as_stored(verdict), ensure_ascii=False, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def read_verdict(folder: Path) -> Verdict:
    """Read the `verdict.json` of an evidence folder.

    Raises:
        RentreeError: there is none, or it is damaged.
    """
    path = folder / "verdict.json"
    try:
        return Verdict.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RentreeError(
            f"{path} cannot be read: {error}. `rentree judge {folder}` writes it anew."
        ) from error


def read_stored(folder: Path) -> dict[str, Any]:
    """A stored `verdict.json` as it stands, of whatever version of the rules.

    Raises:
        RentreeError: there is none, or it is no verdict.
    """
    path = folder / "verdict.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        _ = stored["rules"], [finding["id"] for finding in stored["findings"]]
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise RentreeError(f"{path} cannot be read as a verdict: {error!r}") from error
    found: dict[str, Any] = stored
    return found


def as_stored(verdict: Verdict) -> dict[str, Any]:
    """The verdict as `verdict.json` holds it."""
    data: dict[str, Any] = _plain(verdict.model_dump(mode="python"))
    return data


def same(stored: Verdict, anew: Verdict) -> list[str]:
    """What differs between a stored verdict and one judged anew, one sentence each."""
    return differences(as_stored(stored), as_stored(anew))


def differences(stored: Mapping[str, Any], anew: Mapping[str, Any]) -> list[str]:
    """What differs between two verdicts as they are stored, one sentence each.

    Figures within 1e-9 of one another are the same: machines differ in a last digit.
    """
    told = _apart("", {**stored, "findings": 0}, {**anew, "findings": 0})
    if len(stored["findings"]) != len(anew["findings"]):
        counts = len(stored["findings"]), len(anew["findings"])
        told.append(f"{counts[0]} findings were stored, and {counts[1]} are judged")
    before = {finding["id"]: finding for finding in stored["findings"]}
    after = {finding["id"]: finding for finding in anew["findings"]}
    told += [f"finding {i} was stored and is not judged" for i in before if i not in after]
    told += [f"finding {i} is judged and was not stored" for i in after if i not in before]
    for i in [i for i in before if i in after]:
        told += _apart(f"finding {i}, ", before[i], after[i])
    return told


def _apart(what: str, stored: Mapping[str, Any], anew: Mapping[str, Any]) -> list[str]:
    nothing = "nothing"
    return [
        f"{what}{name}: {_short(stored.get(name, nothing))} was stored, "
        f"{_short(anew.get(name, nothing))} is judged"
        for name in {**anew, **stored}
        if name not in stored or name not in anew or not _close(stored[name], anew[name])
    ]


def _close(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_close, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_close(one[k], other[k]) for k in one)
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(one == other)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return "inf" if isinstance(value, float) and math.isinf(value) else value
