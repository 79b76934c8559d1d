"""One side of a comparison: an evidence folder, or a folder of several."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rentree.errors import UsageError
from rentree.evidence import MANIFEST, Evidence
from rentree.series import SERIES, is_series, read_series


def _listed(folder: Path, what: str) -> list[Evidence]:
    """The runs of a series, every one that it names. Raises UsageError: one is missing."""
    asked, listed = read_series(folder)
    runs = [Evidence(folder / run.folder) for run in listed]
    for run, told in zip(runs, listed, strict=True):
        if not (run.raw / MANIFEST).is_file() or run.manifest != told.manifest:
            raise UsageError(f"{what}: {run.folder} is not the run that {SERIES} names")
    if len(runs) < asked:
        raise UsageError(
            f"{what}: {folder} was cut short ({len(runs)} of {asked} runs): a series is compared "
            "whole"
        )
    return runs


@dataclass(frozen=True)
class Side:
    """The runs of one side, by the names of their folders."""

    folder: Path
    runs: list[Evidence]


def read_side(folder: Path, what: str) -> Side:
    """The run, or the runs, that lie in a folder; `what` names it to the user.

    Raises:
        UsageError: nothing is there, or no evidence.
    """
    if not folder.exists():
        raise UsageError(
            f"{what}: {folder} does not exist. A run makes its evidence folder: "
            "rentree run PROFILE … --evidence DIR"
        )
    if (folder / "raw").is_dir():
        return Side(folder, [Evidence(folder)])
    if is_series(folder):
        return Side(folder, _listed(folder, what))
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    runs = [Evidence(one) for one in inside if (one / "raw").is_dir()]
    if not runs:
        raise UsageError(
            f"{what}: {folder} is neither an evidence folder nor a folder of some: "
            "there is no raw/ in it, nor in a folder directly in it"
        )
    return Side(folder, runs)
