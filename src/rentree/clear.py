"""`rentree clear`: ends and undoes what a dead run left, proves it, and saves its evidence."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rentree import dropin
from rentree.block import BlockReader
from rentree.finish import finish
from rentree.journal import read_journal
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
    return [_clear_one(record, say) for record in records() if not record.runner.alive()]


def _clear_one(record: RunRecord, say: Callable[[str], None]) -> Cleared:
    folder = Path(record.evidence)
    say(f"clearing {folder.name}")
    not_clear = []
    for pid, started in record.children:
        child = Identity(pid, started)
        if child.alive():
            say(f"ending process {pid} of that run")
            child.kill()
        if child.alive():
            not_clear.append(f"process {pid} does not end")
    files = listing("faults")
    for left in record.left_over:
        injector = dropin.load(files[left["drop_in"]]).Injector
        if why := injector.undo(left["state"]):
            not_clear.append(why)
    sealed = False
    if (folder / "raw" / "MANIFEST.sha256").exists():  # it died after sealing
        shutil.rmtree(folder / "work", ignore_errors=True)
        sealed = True
    elif record.t0 is not None and (folder / "work").is_dir():
        finish(folder, t0=record.t0, why="killed", ended=_last_moment(folder))
        sealed = True
    else:  # it died before anything was sent
        shutil.rmtree(folder, ignore_errors=True)
    if not not_clear:
        record.remove()
    return Cleared(folder, "; ".join(not_clear), sealed)


def _last_moment(folder: Path) -> int:
    """The last moment, µs, that the run left a trace of."""
    moments = [0]
    for path in (folder / "work").glob("worker-*.blocks"):
        moments += [block.until for block in BlockReader(path).new()]
    journal = folder / "raw" / "journal.jsonl"
    if journal.exists():
        moments += [entry["t"] for entry in read_journal(journal)]
    return max(moments)
