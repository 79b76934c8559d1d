"""Every figure beside the one in verdict.json, and the difference; 1 when one differs."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from . import promised_content, promised_sessions, promised_shares, promised_times
from .crowd import crowd, own_checks
from .found import Findings, Run, Slo, figures, seconds
from .owed import Stop, stop_of, with_owed
from .tables import Folder, among

NEAR = 1e-9  # relative: machines differ in a last digit
FIGURES = ("measured", "count", "limit", "interval", "p")
KINDS: dict[str, Callable[[Slo, Run], Findings]] = {
    **dict.fromkeys(("refused", "wrong", "error", "timeout", "waiting"), promised_shares.met),
    "response": promised_shares.response,
    "punctual": promised_shares.punctual,
    "goodput": promised_shares.goodput,
    "classes-can-start": promised_shares.classes,
    "fair": promised_shares.fair,
    "resilient": promised_shares.resilient,
    "signed-in-at-once": promised_sessions.at_once,
    "quota": promised_sessions.quota,
    "agrees": promised_sessions.agrees,
    "gate": promised_sessions.gate,
    "session-time": promised_sessions.session_time,
    "refuses-well": promised_sessions.refuses_well,
    "available": promised_times.available,
    "recovers": promised_times.recovers,
    "fresh": promised_content.fresh,
    "queue-fair": promised_content.queue_fair,
    "single-use": promised_content.single_use,
    "no-leak": promised_content.no_leak,
    "same-for-all": promised_content.same_for_all,
    "nothing-lost": promised_content.nothing_lost,
}
_NOT_OWED = ("refused", "wrong", "timeout", "waiting")  # what people would have met is not known


class Line(NamedTuple):
    """One figure: what it is, as stored, as reckoned anew, and whether they are the same."""

    what: str
    stored: Any
    anew: Any
    same: bool


def _silent(what: str) -> None:
    """Nobody waits for a word."""


def findings(folder: Folder, say: Callable[[str], None] = _silent) -> Findings:
    """All findings of a verdict, by name; `say` hears what is reckoned."""
    stop = stop_of(folder)
    found: Findings = {}
    whole = Run(folder, folder.samples)
    ended = whole if stop is None else Run(folder, with_owed(folder, stop))
    for i, slo in enumerate(folder.plan["slos"], 1):
        say(f"promise {i} of {len(folder.plan['slos'])}: {slo['slo']}")
        run = whole if slo["slo"] in _NOT_OWED else ended
        here = run.at(slo.get("platform"))
        told = KINDS[slo["slo"]](slo, here)
        for name, one in {**told, **_nobody_of(slo, here, told)}.items():
            found[_another(name, found)] = one
    return {**found, **dict(_unasked(folder, stop))}


def _nobody_of(slo: Slo, run: Run, told: Findings) -> Findings:
    """Groups of whom nobody reached the platform to which their journey leads: no figures."""
    columns = [] if slo["each"] == "none" else list(slo["each"])
    leads = run.only in run.plan.get("steps_at", {}).values()
    if not columns or not leads or run.plan.get("journeys_apart") or not len(run.people):
        return {}
    first, personas = next(iter(told)), set(run.people["persona"])
    limit, base = told[first]["limit"], first[: first.index(f"/{columns[0]}=")]
    meant = run.folder.people.where(among(run.folder.people["persona"], personas))
    names = (
        "/".join([base, *(f"{key}={value}" for key, value in zip(columns, group, strict=True))])
        for group in sorted(set(meant.each(*columns)))
    )
    return {name: figures(None, 0, limit) for name in names if name not in told}


def _another(name: str, found: Findings) -> str:
    """Two promises of one name: the second is "… #2"."""
    number = 1
    while (other := name if number == 1 else f"{name} #{number}") in found:
        number += 1
    return other


def _unasked(folder: Folder, stop: Stop | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """What nobody asked for: a leak, a sandbox that ended, a run that the platform ended."""
    leaks = folder.samples.where(folder.samples["outcome"] == "leak")
    if len(leaks):
        yield "leak/run", figures(float(len(set(leaks["person"]))), len(leaks), 0.0)
    gone: dict[str, float] = {}
    for entry in folder.said("platform", "gone"):
        if entry["t"] < folder.end:
            gone.setdefault(entry.get("name") or "", entry["t"])
    for platform, at in sorted(gone.items()):
        name = f"gone/{platform}/run" if platform else "gone/run"
        yield name, figures(seconds(at), 1, seconds(folder.end))
    if stop is not None:
        yield "stopped/run", figures(seconds(stop.at), 1, seconds(folder.end))


def compared(path: Path, say: Callable[[str], None] = _silent) -> list[Line]:
    """Every figure of a folder's verdict.json beside the one that follows from its raw files.

    Raises:
        OSError, ValueError, KeyError: a file is missing, or is not what a run writes.
    """
    say("reading the samples")
    folder = Folder(path)
    verdict = json.loads((path / "verdict.json").read_bytes())
    lines: list[Line] = []
    anew = findings(folder, say)
    for stored in verdict["findings"]:
        name = stored["id"]
        if stored["decision"] == "invalid" and stored["measured"] is None:
            anew.pop(name, None)  # what the judge could not measure bears no figure
        elif name not in anew:
            lines.append(Line(name, "a finding", "none", same=False))
        else:
            again = anew.pop(name)
            lines += _each(name, {key: stored[key] for key in FIGURES}, again)
    lines += [Line(name, "none", "a finding", same=False) for name in anew]
    say("the report's own figures")
    whole, figures_ = Run(folder, folder.samples), verdict["figures"]
    again = crowd(whole)
    lines += _each("figures", {key: figures_.get(key) for key in again}, again)
    checks = {check["name"]: check["numbers"] for check in figures_.get("own_checks", [])}
    for name, numbers in own_checks(whole).items():
        told = checks.get(name, {})
        lines += _each(f"own check {name}", {key: told.get(key) for key in numbers}, numbers)
    return lines


def _each(what: str, stored: Any, anew: Any) -> list[Line]:
    """Figure by figure, down to the last."""
    if isinstance(stored, dict) and isinstance(anew, dict):
        return [
            line
            for key in {**stored, **anew}
            for line in _each(f"{what}, {key}", stored.get(key), anew.get(key))
        ]
    if isinstance(stored, list) and isinstance(anew, list) and len(stored) == len(anew):
        pairs = enumerate(zip(stored, anew, strict=True))
        return [line for i, (a, b) in pairs for line in _each(f"{what} {i + 1}", a, b)]
    return [Line(what, stored, anew, _near(stored, anew))]


def _near(stored: Any, anew: Any) -> bool:
    stored = math.inf if stored == "inf" else stored
    if isinstance(stored, (int, float)) and isinstance(anew, (int, float)):
        return math.isclose(stored, anew, rel_tol=NEAR, abs_tol=1e-12)
    return bool(stored == anew)


def main(arguments: list[str]) -> int:
    """Print every figure; 0 all are the same, 1 one differs, 2 they cannot be compared."""
    if len(arguments) != 1:
        sys.stderr.write(
            "usage: python raw/recompute.py FOLDER   (the evidence folder of one run)\n"
        )
        return 2
    try:
        lines = compared(Path(arguments[0]), _progress)
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        sys.stderr.write(f"{arguments[0]} cannot be reckoned anew: {error!r}\n")
        return 2
    for line in lines:
        sys.stdout.write(f"{'same   ' if line.same else 'DIFFERS'}  {_told(line)}\n")
    apart = sum(not line.same for line in lines)
    sys.stdout.write(f"{len(lines)} figures reckoned anew, {apart} differ\n")
    return int(apart > 0)


def _progress(what: str) -> None:
    """A line for who waits; none in a file."""
    if sys.stderr.isatty():
        sys.stderr.write(f"· {what}\n")


def _told(line: Line) -> str:
    stored, anew = line.stored, line.anew
    text = f"{line.what}: stored {stored}, reckoned {anew}"
    if isinstance(stored, (int, float)) and isinstance(anew, (int, float)) and stored != anew:
        text += f", apart by {anew - stored:g}"
    return text
