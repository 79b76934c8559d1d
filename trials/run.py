"""One run by the real command, in folders of its own, made again when we were not fit for it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "rentree", "run"]
INTERRUPTED = 130  # exit code
AGAIN = 3  # times at most that a run is made, while it says that this machine was not fit for it
GATES = {"a", "d", "e", "g"}  # of our own lateness and starvation


def made(words: Sequence[str], folder: Path, seconds: float = 300) -> tuple[dict[str, Any], int]:
    """What `verdict.json` says of `rentree run WORDS`, and how many times it was made.

    A run that says itself that our own instrument was not fit is made again. Without a verdict:
    {"decision": "none", "why": text}. `seconds`: the most that one run may take.

    Raises:
        KeyboardInterrupt: the run was interrupted. It shows nothing, and so are we.
    """
    attempt, verdict = 0, dict[str, Any]()
    while attempt < AGAIN:
        attempt += 1
        verdict = _run(words, folder, seconds)
        gates = {window["gate"] for window in verdict.get("invalid", [])}
        if verdict.get("decision") not in ("invalid", "undecided") or not gates & GATES:
            break
    return verdict, attempt


def _run(words: Sequence[str], folder: Path, seconds: float) -> dict[str, Any]:
    shutil.rmtree(folder, ignore_errors=True)
    env = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "NO_COLOR": "1"}
    try:
        done = subprocess.run(
            [*COMMAND, *words, "--evidence", str(folder / "evidence"), "--report", "json"],
            env=env, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"decision": "none", "why": f"it took longer than {seconds:.0f} s"}
    if done.returncode == INTERRUPTED:
        raise KeyboardInterrupt
    found = sorted((folder / "evidence").glob("*/verdict.json"))
    if not found:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return {"decision": "none", "why": f"exit {done.returncode}: {last}"}
    verdict: dict[str, Any] = json.loads(found[-1].read_text(encoding="utf-8"))
    return verdict
