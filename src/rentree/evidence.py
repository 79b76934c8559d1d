"""The evidence folder of one run: written once, sealed, enough to judge and report years later.

raw/  plan.json profile.yaml target.json environment.json dropins/ people.parquet
      samples/*.parquet probes.parquet monitor.parquet platform.parquet
      platform_requests.parquet floods.parquet authorities.pem authorization.json
      ledger/*.parquet reads.parquet journal.jsonl recompute.py recompute/*.py
      MANIFEST.sha256
verdict.json summary.md …   derived.sha256
work/  blocks and files of processes while the run goes on; gone once it is sealed
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rentree.journal import Entry, read_journal, torn_lines
from rentree.ledger import LEDGER, READS
from rentree.plan import Plan
from rentree.plan_reading import read_plan
from rentree.quantity import Span

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
    "phase", "first_byte", "status", "bytes", "address", "route", "request_id",
)  # fmt: skip
_FEW = (
    "territory",
    "school",
    "level",
    "persona",
    "platform",
    "step",
    "outcome",
)  # values: as categories
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
        "control": pl.Boolean,
    }
)  # fmt: skip
HOME = pl.Schema({"home": pl.String})  # beside, where the profile says `homes`
NEW_ACCOUNT = pl.Schema({"new_account": pl.Boolean})  # beside, where it says `new_accounts`
WHOSE = pl.Schema({"platform": pl.String})  # beside, where each platform has a sandbox
_NONE = pl.Schema({})
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


MANIFEST = "MANIFEST.sha256"


def sha256(path: Path) -> str:
    """The SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_T = TypeVar("_T")
DOCUMENTS: dict[str, type[dict[str, Any]] | type[list[Any]]] = {  # what reports quote
    "environment.json": dict,
    "target.json": dict,
    "authorization.json": list,
}
UNREADABLE = (OSError, ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException)


@dataclass(frozen=True)
class Evidence:
    """Reads a sealed folder. Every table has its schema even when the run left it empty.

    What is there and cannot be read counts as missing; it is in `damaged` once it was asked for.
    """

    folder: Path
    damaged: dict[str, str] = field(default_factory=dict, compare=False)  # file of raw/ → why

    @property
    def raw(self) -> Path:
        """The part that is sealed."""
        return self.folder / "raw"

    @property
    def runs(self) -> list[Evidence]:
        """Itself; of a series (`rentree.series`) every run."""
        return [self]

    @cached_property
    def plan(self) -> Plan:
        """What was asked. Raises RentreeError: there is none that this release can read."""
        return read_plan(self.raw)

    @cached_property
    def samples(self) -> pl.DataFrame:
        """Every sample of the crowd, whole."""
        return self._of_segments(lambda files: pl.concat([pl.read_parquet(f) for f in files]))

    @cached_property
    def segments(self) -> list[Path]:
        """The files of samples that can be read."""
        files = sorted((self.raw / "samples").glob("*.parquet"))
        return [f for f in files if self._tried(pl.read_parquet_schema, f) is not None]

    @cached_property
    def judged(self) -> pl.DataFrame:
        """Every sample, as far as the judge looks at it: `JUDGED`, and no detail of what was ok.

        In no order that means anything.
        """
        return self._of_segments(_judged, JUDGED)

    @cached_property
    def told(self) -> pl.DataFrame:
        """The samples in whose detail the adapter told of more than words, whole."""
        told = pl.col("detail").str.contains('"told":', literal=True)
        return self._of_segments(lambda files: pl.scan_parquet(files).filter(told).collect())

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
    def never_started(self) -> pl.DataFrame:
        """`person` and `due` (µs) of each of the crowd of whom nothing but `not_sent` is told."""
        sent = self.judged.filter(pl.col("outcome") != "not_sent").select("person").unique()
        untold = self.heard.join(sent, on="person", how="anti")
        return self.people.select("person", "due").join(untold, on="person", how="semi")

    @cached_property
    def traces(self) -> pl.DataFrame:
        """The `request_id` of every attempt that was ok and bore one."""
        asked = pl.col("request_id")
        fine = (pl.col("outcome") == "ok") & (asked != "")
        return self._of_segments(
            lambda files: pl.scan_parquet(files).filter(fine).select(asked).collect(),
            pl.Schema({"request_id": pl.String}),
        )

    @cached_property
    def people(self) -> pl.DataFrame:
        """The crowd and its due times, as generated."""
        return self._table("people", PEOPLE, beside=pl.Schema({**HOME, **NEW_ACCOUNT}))

    @cached_property
    def probes(self) -> pl.DataFrame:
        """Twin listeners and control probes, round trips in µs (null: silent)."""
        return self._table("probes", PROBES)

    @cached_property
    def monitor(self) -> pl.DataFrame:
        """The generator's own figures, per second and worker (`rentree.load.monitor`).

        Older folders lack some of them: null.
        """
        table = self._table("monitor", MONITOR, whole=False)
        return pl.concat([MONITOR.to_frame(), table], how="diagonal")

    @cached_property
    def platform(self) -> pl.DataFrame:
        """What the sandbox said of itself, per second; `worst_lag` µs, `pressure` % of 10 s.

        `platform`: whose sandbox, where each has one.
        """
        return self._table("platform", PLATFORM, beside=WHOSE)

    @cached_property
    def platform_requests(self) -> pl.DataFrame:
        """Every request that the sandbox answered, with the trace-id that it bore."""
        return self._table("platform_requests", PLATFORM_REQUESTS, beside=WHOSE)

    @cached_property
    def floods(self) -> pl.DataFrame:
        """What each flood asked for, issued and got, by the second (from `t`) it was due in."""
        return self._table("floods", FLOODS)

    @cached_property
    def ledger(self) -> dict[str, pl.DataFrame]:
        """Name of a worker's file → its rows, in their order (`rentree.ledger`)."""
        files = sorted((self.raw / "ledger").glob("*.parquet"))
        return {file.stem: self._rows(file, LEDGER) for file in files}

    @cached_property
    def reads(self) -> pl.DataFrame:
        """What was read back at the end, a row a piece, and one a reading (`marker` null)."""
        return self._table("reads", READS)

    @cached_property
    def journal(self) -> list[Entry]:
        """The timeline; without entries (so of a run that did not finish) when there is none."""
        path = self.raw / "journal.jsonl"
        return read_journal(path) if path.exists() else []

    @cached_property
    def torn(self) -> list[Span]:
        """The stretches of the run in which a line of the journal cannot be read."""
        path = self.raw / "journal.jsonl"
        return torn_lines(path) if path.exists() else []

    def document(self, name: str) -> Any:
        """A file of DOCUMENTS; an empty one when there is none, or none that can be read."""
        path, kind = self.raw / name, DOCUMENTS[name]
        if not path.exists():
            return kind()
        read = self._tried(lambda file: json.loads(file.read_bytes()), path)
        if not isinstance(read, kind):
            self.damaged.setdefault(name, "it is not what a run writes")
            return kind()
        return read

    @property
    def manifest(self) -> str:
        """The digest that stands for the whole raw folder."""
        return sha256(self.raw / MANIFEST)

    def _table(
        self, name: str, schema: pl.Schema, *, whole: bool = True, beside: pl.Schema = _NONE
    ) -> pl.DataFrame:
        """A table of raw/; those of its columns `beside` that a folder has not are null."""
        path, both = self.raw / f"{name}.parquet", pl.Schema({**schema, **beside})
        if not path.exists():
            return both.to_frame()
        known = (self._tried(pl.read_parquet_schema, path) or beside) if beside else {}
        there = {column: kind for column, kind in beside.items() if column in known}
        table = self._rows(path, pl.Schema({**schema, **there}), whole=whole)
        lacking = len(there) < len(beside)
        return pl.concat([both.to_frame(), table], how="diagonal") if lacking else table

    def _rows(self, file: Path, schema: pl.Schema, *, whole: bool = True) -> pl.DataFrame:
        """A table, empty when it is damaged; of one that is not `whole` columns may be missing."""
        table = self._tried(pl.read_parquet, file)
        if table is None:
            return schema.to_frame()
        if not (table.schema == schema if whole else table.schema.items() <= schema.items()):
            self.damaged[self._called(file)] = "it has other columns than those of this release"
            return schema.to_frame()
        return table

    def _of_segments(
        self, read: Callable[[list[Path]], pl.DataFrame], schema: pl.Schema = SAMPLES
    ) -> pl.DataFrame:
        """What is read of all segments; one that turns out to be damaged within is left out."""
        if not self.segments:
            return schema.to_frame()
        try:
            return read(self.segments)
        except UNREADABLE:
            sound = [f for f in self.segments if self._tried(pl.read_parquet, f) is not None]
            self.segments[:] = sound
            return read(sound) if sound else schema.to_frame()

    def _tried(self, read: Callable[[Path], _T], file: Path) -> _T | None:
        """What is read of a file; None when it cannot be, which `damaged` then tells."""
        try:
            return read(file)
        except UNREADABLE as error:
            self.damaged[self._called(file)] = str(error).strip().partition("\n")[0]
            return None

    def _called(self, file: Path) -> str:
        return file.relative_to(self.raw).as_posix()


def _judged(files: list[Path]) -> pl.DataFrame:
    rows, coded = pl.scan_parquet(files), pl.col(_FEW).cast(pl.Categorical)
    ok = pl.col("outcome").eq_missing("ok")
    nothing = pl.lit(None, pl.String).alias("detail")
    fine = rows.filter(ok).select(pl.exclude("detail", *_UNJUDGED)).with_columns(coded, nothing)
    wrong = rows.filter(~ok).select(pl.exclude(_UNJUDGED)).with_columns(coded)
    parts = [part.select(JUDGED.names()) for part in (wrong, fine)]
    return pl.concat(pl.collect_all(parts))


def _each_once(numbers: NDArray[np.int64]) -> bool:
    count = len(numbers)
    if not count or numbers.min() != 0 or numbers.max() != count - 1:
        return False
    there = np.zeros(count, dtype=np.bool_)
    there[numbers] = True
    return bool(there.all())


def write_json(path: Path, data: object) -> None:
    """Write readable JSON."""
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def seal(folder: Path) -> str:
    """Write raw/MANIFEST.sha256 (the form of `sha256sum`) and return its digest.

    Empty folders, which it cannot name, are taken away. `rentree.seal_check` says what differs
    from it later.
    """
    raw = folder / "raw"
    for path in sorted(raw.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()
    manifest = raw / MANIFEST
    files = sorted(p for p in raw.rglob("*") if p.is_file() and p != manifest)
    lines = [f"{sha256(p)}  {p.relative_to(raw).as_posix()}\n" for p in files]
    manifest.write_bytes("".join(lines).encode("utf-8", "surrogateescape"))
    return sha256(manifest)
