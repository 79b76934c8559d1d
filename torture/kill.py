"""One kill: a whole run, one of its processes killed at a drawn moment, and what became of it."""

from __future__ import annotations

import json
import os
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from rentree.evidence import Evidence
from rentree.journal import read_journal
from rentree.seal_check import broken_seals

PROFILE, SANDBOX = "essai", "rentree"
PHASES = ("baseline", "bell", "disturbance", "recovery")
KINDS = {  # kind of process → words of its command line
    "guard": ("rentree", "run"), "runner": ("-m rentree run",), "master": ("rentree.load.master",),
    "worker": ("rentree.load.worker",), "toxiproxy": ("server", "-host"),
    "flood": ("rentree.flood",), "sandbox": ("rentree.sandbox",),
}  # fmt: skip
CLEAR = 10.0  # s within which all faults must be proven clear
_MARK = "RENTREE_TORTURE"  # in the environment of every process of a run
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Kill:
    """What is killed, when."""

    kind: str
    phase: str
    seed: int


@dataclass
class Outcome:
    """What became of a run; `wrong` is empty when all is as it must be."""

    kill: Kill
    verdict: str = "none"
    code: int | None = None
    proven_s: float | None = None  # from the kill, or the faults' own end, until proven clear
    wrong: list[str] = field(default_factory=list)


def carry_out(kill: Kill, folder: Path) -> Outcome:
    """Run, kill, wait, look. Everything of the run is below `folder`, which is empty."""
    run = _Run(folder)
    outcome = Outcome(kill)
    try:
        run.start(kill.seed)
        victim = run.wait_for_moment(kill)
        killed = time.monotonic()
        victim.kill()
        outcome.proven_s = run.wait_until_proven(killed, ends_now=kill.kind in ("guard", "runner"))
        outcome.code = run.wait_for_end()
        outcome.verdict = run.verdict()
        outcome.wrong = run.look(outcome)
    except _Late as late:
        outcome.wrong.append(str(late))
    finally:
        run.end()
    return outcome


class _Late(Exception):  # noqa: N818  # it took too long
    pass


class _Run:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mark = secrets.token_hex(16)
        self._env = {
            **os.environ, _MARK: self._mark, "NO_COLOR": "1", "COLUMNS": "200",
            "XDG_STATE_HOME": str(folder / "state"),
        }  # fmt: skip
        self._guard: subprocess.Popen[bytes] | None = None

    def start(self, seed: int) -> None:
        words = ["run", PROFILE, "--sandbox", SANDBOX, "--seed", str(seed)]
        command = [sys.executable, "-m", "rentree", *words, "--evidence", str(self._folder / "ev")]
        with (self._folder / "log").open("wb") as log:
            self._guard = subprocess.Popen(
                command, cwd=_ROOT, env=self._env, stdout=log, stderr=log, start_new_session=True
            )

    def wait_for_moment(self, kill: Kill) -> psutil.Process:
        """Wait for the drawn moment of the phase; returns who is to be killed."""
        drawn = random.Random(f"{kill.kind}/{kill.phase}/{kill.seed}")
        _until(lambda: self._begun(kill.phase), f"{kill.phase} to begin", 120)
        time.sleep(drawn.uniform(0.2, 1.4))
        if kill.kind == "guard":
            assert self._guard is not None  # noqa: S101  # it was started
            return psutil.Process(self._guard.pid)
        words = KINDS[kill.kind]
        mine = [p for p in self._mine() if p.pid != (self._guard and self._guard.pid)]
        found = [p for p in mine if all(word in _line(p) for word in words)]
        if not found:
            raise _Late(f"no {kill.kind} is there")
        return drawn.choice(sorted(found, key=lambda p: p.pid))

    def wait_until_proven(self, since: float, *, ends_now: bool) -> float:
        """Seconds until every fault is proven clear; of a run that goes on, from their own end."""
        if not ends_now:
            plan = json.loads((self._evidence() / "raw" / "plan.json").read_text("utf-8"))
            started = next(e for e in self._journal() if e["event"] == "run")
            end = max(fault["end"] for fault in plan["faults"])
            wall = _wall(started["wall"]) + end / 1e6
            since = max(since, time.monotonic() + wall - time.time())
        _until(self._all_proven, "all faults to be proven clear", since - time.monotonic() + 60)
        return max(0.0, time.monotonic() - since)

    def wait_for_end(self) -> int:
        """Wait for the guard, and for whoever outlives it."""
        assert self._guard is not None  # noqa: S101  # it was started
        code = self._guard.wait(120)
        _until(lambda: not self._mine(), "the run's processes to end", 60)
        return code

    def verdict(self) -> str:
        path = self._evidence() / "verdict.json"
        return str(json.loads(path.read_text("utf-8"))["decision"]) if path.exists() else "none"

    def look(self, outcome: Outcome) -> list[str]:
        """What is not as it must be."""
        wrong = []
        if outcome.verdict in ("pass", "none") or outcome.code == 0:
            wrong.append(f"verdict {outcome.verdict}, exit {outcome.code}")
        if outcome.proven_s is not None and outcome.proven_s > CLEAR:
            wrong.append(f"proven clear after {outcome.proven_s:.1f} s")
        if broken := broken_seals(self._evidence()):
            wrong.append(f"evidence: {broken[0]}")
        if Evidence(self._evidence()).journal[-1]["event"] != "run":  # and all tables are read
            wrong.append("evidence: the journal has no end")
        if left := list((self._folder / "state" / "rentree" / "runs").glob("*.json")):
            wrong.append(f"not proven clean: {left[0].name}")
        return wrong + [f"left behind: {_line(p)[:80]}" for p in self._mine()]

    def end(self) -> None:
        """End what is left of this run, by id."""
        for process in self._mine():
            with _gone_is_fine():
                process.kill()
        if self._guard is not None:
            self._guard.wait(10)

    def _mine(self) -> list[psutil.Process]:
        """Every living process of this run: the mark is in its environment."""
        found = []
        for process in psutil.process_iter():
            with _gone_is_fine():
                mine = process.environ().get(_MARK) == self._mark
                if mine and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def _evidence(self) -> Path:
        return next((self._folder / "ev").iterdir())

    def _journal(self) -> list[dict[str, Any]]:
        paths = list((self._folder / "ev").glob("*/raw/journal.jsonl"))
        return read_journal(paths[0]) if paths else []

    def _begun(self, phase: str) -> bool:
        if self._guard is not None and self._guard.poll() is not None:
            raise _Late(f"the run ended by itself: {(self._folder / 'log').read_text()[-300:]}")
        return any(e["event"] == "phase" and e["name"] == phase for e in self._journal())

    def _all_proven(self) -> bool:
        told: dict[str, str] = {}
        for entry in self._journal():
            if entry["event"] == "fault" and entry["state"] != "observed":
                told[entry["name"]] = entry["state"]
        return bool(told) and set(told.values()) == {"proven"}


class _gone_is_fine:  # noqa: N801  # reads like contextlib.suppress
    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, psutil.Error | OSError)


def _until(what: Callable[[], bool], why: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise _Late(f"waited {seconds:.0f} s for {why}")
        time.sleep(0.05)


def _line(process: psutil.Process) -> str:
    with _gone_is_fine():
        return " ".join(process.cmdline())
    return ""


def _wall(text: str) -> float:
    from datetime import datetime  # noqa: PLC0415

    return datetime.fromisoformat(text).timestamp()
