"""Which runs of this user are under way or were left behind: a state file each, in the XDG folder.

A run writes its file before it starts anything and removes it once everything is proven clean.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rentree.errors import UsageError
from rentree.process import Identity
from rentree.state import state_folder


@dataclass
class RunRecord:
    """What `rentree clear` needs to know of a run."""

    id: str
    evidence: str
    pid: int
    started: float
    t0: int | None = None  # ns of the monotonic clock; None: load never began
    children: list[tuple[int, float]] = field(default_factory=list)  # (pid, start time)
    left_over: list[dict[str, Any]] = field(default_factory=list)  # {"drop_in", "state"}

    @property
    def runner(self) -> Identity:
        """The process that runs it."""
        return Identity(self.pid, self.started)

    def save(self) -> None:
        """Write the state file, atomically."""
        path = _folder() / f"{self.id}.json"
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)), encoding="utf-8")
        fresh.replace(path)

    def remove(self) -> None:
        """Forget a run that is proven clean."""
        (_folder() / f"{self.id}.json").unlink(missing_ok=True)


def new_record(run_id: str, evidence: Path) -> RunRecord:
    """The record of a run of this process."""
    me = Identity.of(os.getpid())
    return RunRecord(run_id, str(evidence), me.pid, me.started)


def records() -> list[RunRecord]:
    """Every run that is not proven clean."""
    found = []
    for path in sorted(_folder().glob("*.json")):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise UsageError(
                f"{path} is not whole, so what that run left is not known: look for processes "
                "named rentree, then delete the file"
            ) from None
        data["children"] = [tuple(child) for child in data["children"]]
        found.append(RunRecord(**data))
    return found


def refuse_unless_clean() -> None:
    """Raise UsageError while another run is under way, or an earlier one is not proven clean."""
    for record in records():
        if record.runner.alive():
            raise UsageError(
                f"a run is under way (process {record.pid}, {record.evidence}): wait for it"
            )
        raise UsageError(
            f"an earlier run died and is not proven clean ({record.evidence}): "
            "run `rentree clear` first"
        )


def _folder() -> Path:
    folder = state_folder() / "runs"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder
