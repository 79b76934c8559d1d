"""Whole runs as users start them: the real command, real processes, a state folder of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from rentree.evidence import Evidence
from rentree.journal import read_journal

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from rentree.cli import main; main()"]


@dataclass
class Home:
    """A user's own folders, so that runs of tests never meet runs of people."""

    folder: Path

    @property
    def env(self) -> dict[str, str]:
        """The environment of that user; the Toxiproxy that was built stays shared."""
        return {
            **os.environ, "XDG_STATE_HOME": str(self.folder / "state"), "NO_COLOR": "1",
            "COLUMNS": "240",
        }  # fmt: skip

    @property
    def evidence(self) -> Path:
        """Where runs put their folders."""
        return self.folder / "evidence"

    def rentree(
        self, *words: str, timeout: float = 240, cwd: Path = ROOT
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, standing in the repository or another folder."""
        return subprocess.run(
            [*COMMAND, *words], cwd=cwd, env=self.env, capture_output=True, text=True,
            timeout=timeout, check=False,
        )  # fmt: skip

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command and go on."""
        return subprocess.Popen(
            [*COMMAND, *words], cwd=ROOT, env=self.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`rentree run …` with its evidence in this home."""
        return self.rentree("run", *words, "--evidence", str(self.evidence))

    def run_fit(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`rentree run …`, tried again, twice at most, while this machine was not fit for it.

        Only a run that says so itself, by our own lateness or starvation (gates a, d, e, g), is
        tried again: any other end is the test's.
        """
        for _ in range(3):
            done = self.run(*words)
            if done.returncode != 3 or not self.evidence.exists():
                break
            gates = {window["gate"] for window in verdict_of(self.latest())["invalid"]}
            if not gates or not gates <= {"a", "d", "e", "g"}:
                break
        return done

    def start_run(self, *words: str) -> subprocess.Popen[str]:
        """Start `rentree run …`."""
        return self.start("run", *words, "--evidence", str(self.evidence))

    def latest(self) -> Path:
        """The newest evidence folder."""
        return max(self.evidence.iterdir(), key=lambda p: p.stat().st_mtime_ns)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that nobody has used."""
    return Home(tmp_path)


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home for runs whose evidence several tests read."""
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def good(shared_home: Home) -> tuple[subprocess.CompletedProcess[str], Evidence]:
    """`essai` on the protected platform."""
    done = shared_home.run_fit("essai", "--sandbox", "rentree", "--seed", "7")
    assert shared_home.evidence.exists(), done.stderr
    return done, Evidence(shared_home.latest())


@pytest.fixture(scope="session")
def drowned(shared_home: Home) -> tuple[subprocess.CompletedProcess[str], Evidence]:
    """`essai` on the platform of 6 April."""
    done = shared_home.run_fit("essai", "--sandbox", "6-avril-2021", "--seed", "7")
    assert shared_home.evidence.exists(), done.stderr
    return done, Evidence(shared_home.latest())


def wait_until(what: Callable[[], Any], why: str, seconds: float = 60) -> Any:
    """Wait for something true and return it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s for {why}")


def journal_has(home: Home, event: str, state: str, **facts: Any) -> bool:
    """Whether the run under way has written such a line."""
    wanted = {"event": event, "state": state, **facts}.items()
    return any(
        wanted <= entry.items()
        for path in home.evidence.glob("*/raw/journal.jsonl")
        for entry in read_journal(path)
    )


def child_of(runner: subprocess.Popen[str], *words: str) -> psutil.Process:
    """The child process of a run whose command line holds all these words."""

    def look() -> psutil.Process | None:
        for child in psutil.Process(runner.pid).children(recursive=True):
            line = " ".join(child.cmdline())
            if all(word in line for word in words):
                return child
        return None

    found: psutil.Process = wait_until(look, f"a child like {words}")
    return found


def finish(runner: subprocess.Popen[str], seconds: float = 90) -> tuple[int, str, str]:
    """Wait for a run; returns exit code, stdout, stderr."""
    out, err = runner.communicate(timeout=seconds)
    return runner.returncode, out, err


def interrupt(runner: subprocess.Popen[str]) -> None:
    """Ctrl-C."""
    runner.send_signal(signal.SIGINT)


def verdict_of(folder: Path) -> dict[str, Any]:
    """What verdict.json says."""
    data: dict[str, Any] = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    return data
