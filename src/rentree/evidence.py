"""The evidence folder of one run: written once, sealed, enough to judge and report years later.

raw/  plan.json profile.yaml target.json environment.json dropins/ people.parquet
      samples/*.parquet probes.parquet monitor.parquet platform.parquet
      platform_requests.parquet floods.parquet authorities.pem authorization.json
      journal.jsonl MANIFEST.sha256
verdict.json summary.md …   derived.sha256
work/  blocks and files of processes while the run goes on; gone once it is sealed
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rentree.errors import RentreeError, UsageError
from rentree.journal import Entry, read_journal
from rentree.plan import Plan

SAMPLES = pl.Schema(
    {
        "seq": pl.Int64, "worker": pl.Int32, "phase": pl.String, "territory": pl.String,
        "school": pl.String, "level": pl.String, "persona": pl.String, "person": pl.String,
        "platform": pl.String, "step": pl.String, "attempt": pl.Int32, "due": pl.Int64,
        "sent": pl.Int64, "first_byte": pl.Int64, "done": pl.Int64, "outcome": pl.String,
        "status": pl.Int32, "bytes": pl.Int64, "address": pl.String, "route": pl.String,
        "queue_position": pl.Int32, "request_id": pl.String, "detail": pl.String,
    }
)  # fmt: skip
_UNJUDGED = (
    "phase", "platform", "first_byte", "status", "bytes", "address", "route", "request_id",
)  # fmt: skip
_FEW = ("territory", "school", "level", "persona", "step", "outcome")  # values: as categories
JUDGED = pl.Schema(
    {
        name: pl.Categorical() if name in _FEW else kind
        for name, kind in SAMPLES.items()
        if name not in _UNJUDGED
    }
)
PEOPLE = pl.Schema(
    {
        "index": pl.Int64, "person": pl.String, "territory": pl.String, "school": pl.String,
        "level": pl.String, "class": pl.String, "persona": pl.String, "address": pl.String,
        "login": pl.String, "name": pl.String, "convened": pl.Boolean, "due": pl.Int64,
    }
)  # fmt: skip
PROBES = pl.Schema({"t": pl.Int64, "probe": pl.String, "name": pl.String, "rtt": pl.Int64})
MONITOR = pl.Schema(
    {
        "t": pl.Int64, "worker": pl.Int32, "cpu": pl.Float64, "loop_lag": pl.Int64,
        "people": pl.Int64, "start_lag": pl.Int64, "descriptors": pl.Int64, "memory": pl.Int64,
        "retransmitted": pl.Int64, "line": pl.Float64,
    }
)  # fmt: skip
PLATFORM = pl.Schema(
    {
        "t": pl.Int64, "sessions": pl.Int64, "waiting": pl.Int64, "steps": pl.Int64,
        "late_steps": pl.Int64, "worst_lag": pl.Int64, "pressure": pl.Float64,
    }
)  # fmt: skip
PLATFORM_REQUESTS = pl.Schema(
    {"t": pl.Int64, "trace": pl.String, "mark": pl.String, "method": pl.String,
     "path": pl.String, "status": pl.Int32, "took": pl.Int64, "address": pl.String}
)  # fmt: skip
FLOODS = pl.Schema(
    {"t": pl.Int64, "name": pl.String, "asked": pl.Int64, "issued": pl.Int64,
     "on_time": pl.Int64, "answered": pl.Int64, "refused": pl.Int64, "failed": pl.Int64,
     "unanswered": pl.Int64}
)  # fmt: skip


def sha256(path: Path) -> str:
    """The SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Evidence:
    """Reads a sealed folder. Every table has its schema even when the run left it empty."""

    folder: Path

    @property
    def raw(self) -> Path:
        """The part that is sealed."""
        return self.folder / "raw"

    @cached_property
    def plan(self) -> Plan:
        """What was asked."""
        try:
            return Plan.model_validate_json((self.raw / "plan.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RentreeError(f"{self.folder} cannot be read as evidence: {error}") from error

    @cached_property
    def samples(self) -> pl.DataFrame:
        """Every sample of the crowd, whole."""
        frames = [pl.read_parquet(file) for file in self.segments]
        return pl.concat(frames) if frames else SAMPLES.to_frame()

    @property
    def segments(self) -> list[Path]:
        """The files of samples."""
        return sorted((self.raw / "samples").glob("*.parquet"))

    @cached_property
    def judged(self) -> pl.DataFrame:
        """Every sample, as far as the judge looks at it: `JUDGED`, and no detail of what was ok.

        In no order that means anything.
        """
        if not self.segments:
            return JUDGED.to_frame()
        rows, coded = pl.scan_parquet(self.segments), pl.col(_FEW).cast(pl.Categorical)
        ok = pl.col("outcome") == "ok"
        nothing = pl.lit(None, pl.String).alias("detail")
        fine = rows.filter(ok).select(pl.exclude("detail", *_UNJUDGED)).with_columns(coded, nothing)
        wrong = rows.filter(~ok).select(pl.exclude(_UNJUDGED)).with_columns(coded)
        parts = [part.select(JUDGED.names()) for part in (wrong, fine)]
        return pl.concat(pl.collect_all(parts))

    @cached_property
    def numbering(self) -> pl.DataFrame:
        """Of each worker: how many `rows`, and whether their numbers are 0, 1, 2 … each `once`."""
        return pl.DataFrame(
            [
                (worker, rows.height, _each_once(rows["seq"].to_numpy()))
                for (worker,), rows in self.judged.select("worker", "seq").group_by("worker")
            ],
            schema={"worker": pl.Int32, "rows": pl.Int64, "once": pl.Boolean}, orient="row",
        )  # fmt: skip

    @cached_property
    def heard(self) -> pl.DataFrame:
        """The `person` of whom there is any sample, each once."""
        return self.judged.select("person").unique()

    @cached_property
    def people(self) -> pl.DataFrame:
        """The crowd and its due times, as generated."""
        return self._table("people", PEOPLE)

    @cached_property
    def probes(self) -> pl.DataFrame:
        """Twin listeners and control probes, round trips in µs (null: silent)."""
        return self._table("probes", PROBES)

    @cached_property
    def monitor(self) -> pl.DataFrame:
        """The generator's own figures, per second and worker (`rentree.load.monitor`).

        Older folders lack some of them: null.
        """
        return pl.concat([MONITOR.to_frame(), self._table("monitor", MONITOR)], how="diagonal")

    @cached_property
    def platform(self) -> pl.DataFrame:
        """What the sandbox said of itself, per second; `worst_lag` µs, `pressure` % of 10 s."""
        return self._table("platform", PLATFORM)

    @cached_property
    def platform_requests(self) -> pl.DataFrame:
        """Every request that the sandbox answered, with the trace-id that it bore."""
        return self._table("platform_requests", PLATFORM_REQUESTS)

    @cached_property
    def floods(self) -> pl.DataFrame:
        """What each flood asked for, issued and got, by the second (from `t`) it was due in."""
        return self._table("floods", FLOODS)

    @cached_property
    def journal(self) -> list[Entry]:
        """The timeline; without entries (so of a run that did not finish) when there is none."""
        path = self.raw / "journal.jsonl"
        return read_journal(path) if path.exists() else []

    @property
    def manifest(self) -> str:
        """The digest that stands for the whole raw folder."""
        return sha256(self.raw / "MANIFEST.sha256")

    def _table(self, name: str, schema: pl.Schema) -> pl.DataFrame:
        path = self.raw / f"{name}.parquet"
        return pl.read_parquet(path) if path.exists() else schema.to_frame()


def _each_once(numbers: NDArray[np.int64]) -> bool:
    count = len(numbers)
    if not count or numbers.min() != 0 or numbers.max() != count - 1:
        return False
    there = np.zeros(count, dtype=np.bool_)
    there[numbers] = True
    return bool(there.all())


def open_folder(folder: Path) -> Evidence:
    """The evidence in a folder. Raises UsageError when it is no evidence folder."""
    if not (folder / "raw").is_dir():
        raise UsageError(f"{folder} is not an evidence folder: it has no raw/ in it")
    return Evidence(folder)


def write_json(path: Path, data: object) -> None:
    """Write readable JSON."""
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _listing(folder: Path, leave_out: set[str]) -> str:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in leave_out)
    return "".join(f"{sha256(p)}  {p.relative_to(folder).as_posix()}\n" for p in files)


def seal(folder: Path) -> str:
    """Write raw/MANIFEST.sha256 (the form of `sha256sum`) and return its digest."""
    raw = folder / "raw"
    manifest = raw / "MANIFEST.sha256"
    manifest.write_text(_listing(raw, {"MANIFEST.sha256"}), encoding="utf-8")
    return sha256(manifest)


def broken_seals(folder: Path) -> list[str]:
    """What differs from the manifest: one sentence a file; empty when all is intact."""
    raw = folder / "raw"
    manifest = raw / "MANIFEST.sha256"
    if not manifest.exists():
        return ["raw/MANIFEST.sha256 is missing: the run was never sealed"]
    sealed = {}
    for line in manifest.read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        sealed[name] = digest
    present = {p.relative_to(raw).as_posix(): p for p in raw.rglob("*") if p.is_file()}
    present.pop("MANIFEST.sha256")
    differences = [f"raw/{name} is missing" for name in sealed.keys() - present.keys()]
    differences += [
        f"raw/{name} was added after sealing" for name in present.keys() - sealed.keys()
    ]
    differences += [
        f"raw/{name} was changed after sealing"
        for name in sealed.keys() & present.keys()
        if sha256(present[name]) != sealed[name]
    ]
    return sorted(differences)
