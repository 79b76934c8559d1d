"""The journal: the timeline of a run, on the samples' clock, one JSON object a line.

Every line has `t` (int µs of the run), `event` and `state`; the rest depends on the event:

run         started · ended (why: finished | interrupted | killed | failed | withdrawn |
            unreachable | leave could not be asked | guard lost | stop rule)
guard       lost · cleared (why; ended: pids of processes that outlived the runner)
phase       begins · ends (name)
fault       asked · applied · observed (in_force: bool, probe_ms: float|null, read_back: bool,
            of a flood asked, issued, on_time) · cleared · proven · unproven (name, why)
worker      ready (worker: int, about: a remote one's machine) · ended · lost (last_stored: µs, why)
            stored (rows: samples in the evidence; writes: rows of the ledger)
            behind · back (last_stored: µs) · of a remote one's clock: clock (µs: offset, by which
            its times were translated; drift since then; error, to which both are known)
route       down · up (name, why)
authorization  read · unreachable · reachable · withdrawn · over (base, why, since, ours)
stop        over (rule: its number, since, base, why): a stop rule of the profile ends the run
platform    gone (why): the platform we started died · ready
rung        held · failed · unfit, of a search (`rentree capacity`), t: when it began (number,
            rate, through: a second, window: [µs, µs], offered, ended: attempts, p95: µs, why,
            stopped)
control     slow (probe_ms): our own line or machine was slow at that moment
note        said (text)
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rentree.quantity import SECOND, Span

Entry = dict[str, Any]


class Journal:
    """Appends entries and makes each durable at once; several threads may write."""

    def __init__(self, path: Path, clock: Callable[[], int]) -> None:
        torn = path.exists() and path.read_bytes()[-1:] not in (b"", b"\n")
        self._file = path.open("a", encoding="utf-8")
        if torn:  # a line that was cut short must not swallow the next one
            self._file.write("\n")
        self._clock = clock
        self._lock = threading.Lock()

    def write(self, event: str, state: str, *, t: int | None = None, **facts: Any) -> Entry:
        """Write one entry, now unless `t` (µs) says when, and return it."""
        entry = {"t": self._clock() if t is None else t, "event": event, "state": state, **facts}
        with self._lock:
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._file.flush()
            os.fdatasync(self._file.fileno())
        return entry

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_journal(path: Path) -> list[Entry]:
    """Read every whole entry, in order of `t`; what is none is left out (`torn_lines`)."""
    return sorted((e for e in _lines(path) if e is not None), key=lambda entry: entry["t"])


def torn_lines(path: Path) -> list[Span]:
    """The stretches of the run in which lines are no entries: between the lines around them.

    A run that is killed leaves one; a second on each side, since entries may overtake each other.
    """
    found, since, waiting = [], 0, False
    for entry in _lines(path):
        if entry is None:
            waiting = True
            continue
        if waiting:
            found.append(Span(since - SECOND, entry["t"] + SECOND))
            waiting = False
        since = entry["t"]
    return [*found, Span(since - SECOND, 2**62)] if waiting else found


def _lines(path: Path) -> Iterator[Entry | None]:
    """Each line of the file: an entry, or None where it is none."""
    for line in path.read_bytes().split(b"\n"):  # a cut may fall within a character
        if line:
            yield _entry(line)


def _entry(line: bytes) -> Entry | None:
    try:
        entry: Entry = json.loads(line)
        sound = type(entry["t"]) is int and isinstance(entry["event"] + entry["state"], str)
        named = entry["event"] != "worker" or type(entry["worker"]) is int
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return entry if sound and named else None
