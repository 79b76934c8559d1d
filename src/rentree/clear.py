"""`rentree clear`: ends and undoes what a dead run left, proves it, and saves its evidence."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rentree import dropin
from rentree.block import BlockReader
from rentree.finish import finish
from rentree.journal import Journal, read_journal
from rentree.process import Identity
from rentree.runs import RunRecord, records
from rentree.workspace import listing


@dataclass
class Cleared:
    """What became of one dead run."""

    folder: Path
    not_clear: str  # empty when all is proven clear
    sealed: bool  # there was evidence, and it can be judged now


def clear(say: Callable[[str], None]) -> list[Cleared]:
    """Clear every run whose runner is dead; those under way are left alone."""
    return [clear_one(record, say) for record in records() if not record.runner.alive()]


def clear_one(
    record: RunRecord, say: Callable[[str], None], guarded: Mapping[str, Any] | None = None
) -> Cleared:
    """Clear the run of a dead runner. `guarded`: what its guard says of it, for the journal."""
    folder = Path(record.evidence)
    say(f"clearing {folder.name}")
    not_clear = _end_children(record, say) + _undo_faults(record)
    sealed = False
    if (folder / "raw" / "MANIFEST.sha256").exists():  # it died after sealing
        shutil.rmtree(folder / "work", ignore_errors=True)
        sealed = True
    elif record.t0 is not None and (folder / "work").is_dir():
        ended = _last_moment(folder)
        _write_down(folder, ended, not_clear, guarded)
        finish(folder, t0=record.t0, why="killed", ended=ended)
        sealed = True
    else:  # it died before anything was sent
        shutil.rmtree(folder, ignore_errors=True)
    if not not_clear:
        record.remove()
    return Cleared(folder, "; ".join(not_clear), sealed)


def _end_children(record: RunRecord, say: Callable[[str], None]) -> list[str]:
    """End processes of that run that live; what does not end, in words."""
    not_clear = []
    for pid, started in record.children:
        child = Identity(pid, started)
        if child.alive():
            say(f"ending process {pid} of that run")
            child.kill()
        if child.alive():
            not_clear.append(f"process {pid} does not end")
    return not_clear


def _undo_faults(record: RunRecord) -> list[str]:
    """Undo the faults of each injector; what is not proven clear, in words."""
    files = listing("faults")
    undone = [
        dropin.load(files[left["drop_in"]]).Injector.undo(left["state"])
        for left in record.left_over
    ]
    return [why for why in undone if why]


def _write_down(
    folder: Path, ended: int, not_clear: list[str], guarded: Mapping[str, Any] | None
) -> None:
    """Into the journal: who cleared, and of each fault whether that is proven."""
    path = folder / "raw" / "journal.jsonl"
    asked = {
        e["name"]
        for e in (read_journal(path) if path.exists() else [])
        if e["event"] == "fault" and e["state"] == "asked"
    }
    journal = Journal(path, lambda: ended)
    journal.write("guard", "cleared", **(guarded or {"why": "rentree clear"}))
    for name in sorted(asked):
        if not_clear:
            journal.write("fault", "unproven", name=name, why="; ".join(not_clear))
        else:
            journal.write("fault", "proven", name=name)
    journal.close()


def _last_moment(folder: Path) -> int:
    """The last moment, µs, that the run left a trace of."""
    moments = [0]
    for path in (folder / "work").glob("worker-*.blocks"):
        moments += [block.until for block in BlockReader(path).new()]
    journal = folder / "raw" / "journal.jsonl"
    if journal.exists():
        moments += [entry["t"] for entry in read_journal(journal)]
    return max(moments)
