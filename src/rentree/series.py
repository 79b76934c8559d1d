"""A series: several runs of one profile (`run --repeat N`), each an evidence folder of its own.

evidence/<date>-<profile>-<short id>-series/
  series.json                  which runs, with each one's manifest digest; written after each
  <date>-<profile>-<id>/ …     the runs, sealed, judged and reported like any other
  verdict.json report.html …   of all of them together; derived.sha256

`series.json` stands for the whole as a manifest does for a run: its digest is what the run prints.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from rentree.errors import RentreeError, UsageError
from rentree.evidence import Evidence, sha256, write_json

SERIES = "series.json"


class Listed(NamedTuple):
    """One run, as series.json names it."""

    folder: str
    manifest: str
    seed: int


def is_series(folder: Path) -> bool:
    """Whether a folder holds a series rather than one run."""
    return (folder / SERIES).is_file() and not (folder / "raw").exists()


def write_series(folder: Path, asked: int, runs: Sequence[Listed]) -> str:
    """Write series.json and return its digest. `asked`: how many runs there were to be."""
    write_json(folder / SERIES, {"asked": asked, "runs": [run._asdict() for run in runs]})
    return sha256(folder / SERIES)


def read_series(folder: Path) -> tuple[int, list[Listed]]:
    """How many runs were asked for, and those that there are.

    Raises:
        RentreeError: it cannot be read, or names a run outside the folder.
    """
    path = folder / SERIES
    try:
        told = json.loads(path.read_bytes())
        runs = [Listed(str(r["folder"]), str(r["manifest"]), int(r["seed"])) for r in told["runs"]]
        asked = int(told["asked"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RentreeError(f"{path} cannot be read as a series of runs: {error!r}") from error
    if not runs or any(Path(run.folder).name != run.folder for run in runs):
        raise RentreeError(f"{path} names no run, or one that does not lie beside it")
    return asked, runs


class SeriesEvidence(Evidence):
    """What reports read of a series: plan, crowd and pictures of its first run, its own digest."""

    @cached_property
    def runs(self) -> list[Evidence]:  # read once
        """Every run, in order."""
        return [Evidence(self.folder / run.folder) for run in read_series(self.folder)[1]]

    @property
    def raw(self) -> Path:
        """The sealed part of the first run."""
        return self.runs[0].raw

    @property
    def manifest(self) -> str:
        """The digest that stands for all runs."""
        return sha256(self.folder / SERIES)


def open_evidence(folder: Path) -> Evidence:
    """The evidence of a run or of a series. Raises UsageError when it is neither."""
    if is_series(folder):
        return SeriesEvidence(folder)
    if not (folder / "raw").is_dir():
        raise UsageError(f"{folder} is not an evidence folder: it has no raw/ in it")
    return Evidence(folder)
