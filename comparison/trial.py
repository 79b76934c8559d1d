"""One run, and one comparison of two, carried out by the real commands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from comparison.pairs import PROFILE, Pair, sandbox_of

COMMAND = [sys.executable, "-m", "rentree"]
AGAIN = 3  # times at most that a run is made, while it says that this machine was not fit for it


def make_run(name: str, kept: Path) -> bool:
    """Make a run under `kept`/NAME, unless it is there; whether it is."""
    if (kept / name / "raw" / "MANIFEST.sha256").exists():
        return True
    work = kept / f"{name}.work"
    for _ in range(AGAIN):
        shutil.rmtree(work, ignore_errors=True)
        words = [str(PROFILE), "--sandbox", str(sandbox_of(name)), "--report", "json"]
        _carry_out(["run", *words, "--evidence", str(work / "evidence")], work)
        found = sorted((work / "evidence").glob("*/verdict.json"))
        if found and (last := json.loads(found[-1].read_text(encoding="utf-8"))):
            sealed = found[-1].parent
            if last["decision"] != "invalid":
                shutil.rmtree(kept / name, ignore_errors=True)
                sealed.rename(kept / name)
                break
    shutil.rmtree(work, ignore_errors=True)
    return (kept / name).exists()


def compare(pair: Pair, kept: Path) -> dict[str, Any]:
    """What `rentree compare` said of two runs that are there."""
    file = kept / f"{pair.before}+{pair.after}.json"
    words = ["compare", str(kept / pair.before), str(kept / pair.after), "--json", str(file)]
    done = _carry_out(words, kept)
    told: dict[str, Any] = {"before": pair.before, "after": pair.after, "exit": done.returncode}
    if not file.exists():
        return told | {"why": (done.stderr.strip().splitlines() or ["no word"])[-1], "worse": {}}
    data = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    figures = {f["id"]: f for f in data["compared"]}
    return told | {
        "why": "; ".join(words["en"] for words in data["undecided"][:2]),
        "worse": {
            name: [f["before"], f["after"], f["p"], f["ours"]]
            for name, f in figures.items()
            if f["state"] == "worse"
        },
        "median": figures.get("median/messages/bell", {}).get("change"),
        "p95": figures.get("p95/messages/bell", {}).get("change"),
    }


def _carry_out(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "NO_COLOR": "1"}
    return subprocess.run(
        [*COMMAND, *words], env=env, capture_output=True, text=True, timeout=300, check=False
    )
