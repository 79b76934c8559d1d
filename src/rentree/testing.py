"""Test helpers, public: tell a run in a few lines and write it as a sealed evidence folder.

Moments and durations are given in seconds (float) and stored as int µs. What a story does not
say is as it should be: everybody is sent at their time, workers end, faults are seen in force
exactly in their windows, the sandbox is in good health.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from rentree.evidence import MONITOR, PEOPLE, PLATFORM, SAMPLES, WHOSE, Evidence, seal, write_json
from rentree.journal import Entry
from rentree.ledger import LEDGER, READS, digest, link, marked
from rentree.plan import Plan, PlannedFault, dump
from rentree.quantity import SECOND
from rentree.sample import Outcome, Sample, detail_of

PHASES = {"baseline": (0.0, 10.0), "bell": (10.0, 50.0), "recovery": (50.0, 100.0)}


def us(seconds: float) -> int:
    """Seconds as int µs."""
    return round(seconds * SECOND)


def make_plan(
    *,
    slos: Iterable[dict[str, Any]] = (),
    phases: dict[str, tuple[float, float]] | None = None,
    faults: Iterable[tuple[str, float, float]] = (),
    patience: float = 20.0,
    **changes: Any,
) -> Plan:
    """A plan of 100 s; SLOs as in YAML, faults as (name, start, end) in seconds."""
    named = PHASES if phases is None else phases
    behaviour = {
        "patience": us(patience), "retry_after": us(5), "retry_jitter": 0, "retry_at_most": 3,
        "stay_until": us(max(end for _, end in named.values())),
    }  # fmt: skip
    values: dict[str, Any] = {
        "profile": "small-morning",
        "title": {"fr": "Petit matin", "en": "Small morning"},
        "seed": 1,
        "scale": 1.0,
        "clock": 1.0,
        "verdict_at": {"scale": 1.0, "clock": 1.0},
        "people": 0,
        "people_in_full": 0,
        "starts_at": us(8 * 3600),
        "zone": "Europe/Paris",
        "phases": [{"name": n, "start": us(a), "end": us(b)} for n, (a, b) in named.items()],
        "behaviour": behaviour,
        "faults": [
            PlannedFault(
                name=name, fault="latency", hits={"territory": "north"},
                start=us(start), end=us(end), settings={"delay": us(0.1)},
            )
            for name, start, end in faults
        ],
        "slos": list(slos),
        "territories": {"north": {"fr": "Nord", "en": "North"}},
        "workers": 1,
        "sandbox": None,
    }  # fmt: skip
    return Plan.model_validate(values | changes)


@dataclass
class Story:
    """A run in the making: tell it with `person` and `tries`, bend it, then `write` it."""

    plan: Plan
    people: list[dict[str, Any]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    journal: list[Entry] = field(default_factory=list)  # beside what `as_it_should_be` says
    monitor: list[dict[str, Any]] = field(default_factory=list)  # load processes' own seconds
    platform: list[dict[str, Any]] | None = None  # None: in good health; empty: no such file
    ledger: list[tuple[Any, ...]] = field(default_factory=list)  # rows of worker 1, unchained
    reads: list[tuple[Any, ...]] = field(default_factory=list)
    in_force: dict[str, list[tuple[float, float]] | None] = field(default_factory=dict)
    # fault → stretches in which it was seen in force; None: nobody looked
    ends: str = "finished"  # why; "" for a journal without an end
    ends_at: float | None = None
    lost: set[int] = field(default_factory=set)  # workers without an end mark

    def person(
        self, due: float, *, territory: str = "north", persona: str = "pupil", convened: bool = True
    ) -> dict[str, Any]:
        """Add somebody who is due at a moment, and return their row."""
        index = len(self.people)
        row = {
            "index": index, "person": f"p{index:05d}", "territory": territory,
            "school": f"{territory}-1", "level": "lycée", "class": "1", "persona": persona,
            "address": "127.0.1.1", "login": "", "name": "", "convened": convened, "due": us(due),
            "control": False,
        }  # fmt: skip
        self.people.append(row)
        return row

    def tries(
        self,
        person: dict[str, Any],
        step: str = "sign in",
        *,
        due: float | None = None,
        took: float | None = 0.5,
        lag: float = 0.001,
        outcome: Outcome = "ok",
        attempt: int = 1,
        worker: int = 1,
        why: str = "",
        told: dict[str, Any] | None = None,
        size: int = 0,
        platform: str = "ent",
    ) -> Sample:
        """Add one step tried by somebody, at their arrival unless `due` says when.

        `took` is from due to done. An `abandoned` or `not_sent` row has no times of its own.
        """
        moment = person["due"] if due is None else us(due)
        sent = outcome not in ("abandoned", "not_sent")
        done = moment + us(took) if took is not None and sent else None
        row = Sample(
            seq=sum(sample.worker == worker for sample in self.samples), worker=worker,
            phase=self.plan.phase_at(moment), territory=person["territory"],
            school=person["school"], level=person["level"], persona=person["persona"],
            person=person["person"], platform=platform, step=step, attempt=attempt, due=moment,
            sent=moment + us(lag) if sent else None, first_byte=done,
            done=moment if outcome == "abandoned" else done, outcome=outcome,
            status={"ok": 200, "refused": 503}.get(outcome), bytes=size,
            address=person["address"], route="straight", queue_position=None, request_id="",
            detail=detail_of(why, told=told) if told else json.dumps({"why": why}) if why else "{}",
        )  # fmt: skip
        self.samples.append(row)
        return row

    def write(self, folder: Path) -> Evidence:
        """Write the story as a sealed evidence folder, in place of what stood there.

        A plan that names no number of people gets the story's.
        """
        raw = folder / "raw"
        shutil.rmtree(raw, ignore_errors=True)
        (raw / "samples").mkdir(parents=True)
        count = self.plan.people or len(self.people)
        plan = self.plan.model_copy(
            update={"people": count, "people_in_full": self.plan.people_in_full or count}
        )
        write_json(raw / "plan.json", dump(plan))
        _write(self.people, PEOPLE, raw / "people.parquet")
        _write([row._asdict() for row in self.samples], SAMPLES, raw / "samples" / "1.parquet")
        if self.monitor:
            _write(self.monitor, MONITOR, raw / "monitor.parquet")
        platform = self.platform
        if platform is None:
            platform = self.sandbox_seconds(plan.end / SECOND)
        if self.plan.sandbox is not None and platform:
            whose = WHOSE if "platform" in platform[0] else {}
            _write(platform, pl.Schema({**PLATFORM, **whose}), raw / "platform.parquet")
        if self.ledger:
            (raw / "ledger").mkdir()
            _table(self.ledger, LEDGER, raw / "ledger" / "worker-1.parquet")
        if self.reads:
            _table(self.reads, READS, raw / "reads.parquet")
        entries = sorted(self.as_it_should_be() + self.journal, key=lambda entry: entry["t"])
        lines = [json.dumps(entry, ensure_ascii=False) for entry in entries]
        (raw / "journal.jsonl").write_text("".join(f"{x}\n" for x in lines), encoding="utf-8")
        seal(folder)
        return Evidence(folder)

    def as_it_should_be(self) -> list[Entry]:
        """The journal of an undisturbed run: phases, faults observed each second, ends."""
        plan = self.plan
        last = plan.end if self.ends_at is None else us(self.ends_at)
        entries: list[Entry] = [{"t": 0, "event": "run", "state": "started"}]
        for phase in plan.phases:
            entries.append(
                {"t": phase.start, "event": "phase", "state": "begins", "name": phase.name}
            )
        for fault in plan.faults:
            asked = [(fault.start / SECOND, fault.end / SECOND)]
            stretches = self.in_force.get(fault.name, asked)
            if stretches is None:
                continue
            for state, moments in (("applied", stretches[:1]), ("cleared", stretches[-1:])):
                entries += [
                    {"t": us(start if state == "applied" else end), "event": "fault",
                     "state": state, "name": fault.name}
                    for start, end in moments
                ]  # fmt: skip
            for second in range(last // SECOND):
                middle = second + 0.5
                entries.append({
                    "t": us(middle), "event": "fault", "state": "observed", "name": fault.name,
                    "in_force": any(start <= middle < end for start, end in stretches),
                })  # fmt: skip
        for worker in range(1, plan.workers + 1):
            if worker not in self.lost:
                entries.append({"t": last, "event": "worker", "state": "ended", "worker": worker})
        if self.ends:
            entries.append({"t": last, "event": "run", "state": "ended", "why": self.ends})
        return entries

    def hands_in(self, person: dict[str, Any], due: float, *, ends: str = "ok") -> str:
        """Somebody hands homework in: the attempt, and its two rows of the ledger; its marker."""
        text, marker = marked("Mon devoir", person["person"], due)
        self.tries(person, "hand in", due=due, outcome="ok" if ends == "ok" else "timeout")
        for event in ("tried", ends):
            row = (len(self.ledger), 1, us(due), event, "homework", marker, person["person"],
                   *digest(text), "")  # fmt: skip
            self.ledger.append((*row, link(self.ledger[-1][-1] if self.ledger else "", row)))
        return marker

    def reads_back(self, person: dict[str, Any], *markers: str, outcome: str = "ok") -> None:
        """The person's own reading at the end, and what it showed."""
        for marker in markers:
            text = f"{marker} Mon devoir"
            self.reads.append(
                (us(200), "own", person["person"], "ok", marker, *digest(text), person["name"])
            )
        self.reads.append((us(200), "own", person["person"], outcome, None, None, None, None))

    def says(self, at: float, event: str, state: str, **facts: Any) -> None:
        """Add an entry to the journal."""
        self.journal.append({"t": us(at), "event": event, "state": state, **facts})

    def sandbox_seconds(self, until: float, late_steps: int = 0) -> list[dict[str, Any]]:
        """What a sandbox says of itself each second, with so many late steps in a hundred."""
        return [
            {"t": us(second), "sessions": 0, "waiting": 0, "steps": 100,
             "late_steps": late_steps, "worst_lag": us(0.4) if late_steps else 0, "pressure": 0.0}
            for second in range(int(until))
        ]  # fmt: skip


def _table(rows: list[tuple[Any, ...]], schema: pl.Schema, path: Path) -> None:
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(path, statistics=False)


def _write(rows: list[dict[str, Any]], schema: pl.Schema, path: Path) -> None:
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(path, statistics=False)
