"""Running one client on the first core, and reading what it did."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.server import CLIENT

HERE = Path(__file__).parent
_PINNED = ["taskset", "-c", CLIENT]


def engine(mode: str, number: int, url: str, ca: Path | None = None, **env: str) -> dict[str, Any]:
    """Our engine. Raises RuntimeError when a step was not ok: then nothing was measured."""
    words = [sys.executable, "-m", "benchmarks.engine", mode, str(number), url]
    done = _run([*_PINNED, *words, *([str(ca)] if ca else [])], env)
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if facts["bad"]:
        raise RuntimeError(f"{facts['bad']} steps of ours were not ok: {facts['why']}")
    return facts


def k6(mode: str, url: str, ca: Path | None = None, **env: str) -> dict[str, float]:
    """k6 on one core: `rate` in requests a second, `cpu` in s, `memory` at its most in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        more = {"MODE": mode, "URL": url, "OUT": str(out), "GOMAXPROCS": "1", **env}
        if ca:
            more["SSL_CERT_FILE"] = str(ca)
        words = [*_PINNED, k6_program(), "run", "--quiet", "--no-usage-report"]
        with subprocess.Popen(
            [*words, str(HERE / "peers/k6.js")], env={**os.environ, **more},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as child:  # fmt: skip
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise RuntimeError(f"k6 {mode}: exit {child.returncode}")
        facts: dict[str, float] = json.loads(out.read_text())
    if facts["failed"] or facts["wrong"]:
        raise RuntimeError(f"k6: {facts}")
    return {**facts, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024.0}


def k6_program() -> str:
    """Where k6 is (`benchmarks/tools.sh`)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return shutil.which("k6") or str(cache / "rentree" / "bin" / "k6")


def locust(user: str, url: str, seconds: int, ca: Path | None = None) -> float:
    """Requests a second of stock Locust on one core."""
    words = ["-f", str(HERE / "peers/locustfile.py"), "--headless", "--json"]
    words += ["--host", url.rstrip("/")]
    words += ["-u", "50", "-r", "50", "-t", f"{seconds}s", "--exit-code-on-error", "1"]
    env = {"USER_CLASS": user, **({"SSL_CERT_FILE": str(ca)} if ca else {})}
    done = _run([*_PINNED, sys.executable, "-m", "locust", *words], env)
    (row,) = json.loads(done.stdout)
    if row["num_failures"]:
        raise RuntimeError(f"Locust: {row['num_failures']} failures")
    passed: float = row["last_request_timestamp"] - row["start_time"]
    return float(row["num_requests"]) / passed


def judged(mode: str, folder: str, *rows: str) -> dict[str, Any]:
    """`benchmarks.judging` in a process of its own, on all cores."""
    words = [sys.executable, "-m", "benchmarks.judging", mode, folder, *rows]
    out = _run(words, {}).stdout
    facts: dict[str, Any] = json.loads(out) if out else {}
    return facts


def faulting(*words: str) -> dict[str, Any]:
    """`benchmarks.faulting` on the first core."""
    out = _run([*_PINNED, sys.executable, "-m", "benchmarks.faulting", *words], {}).stdout
    facts: dict[str, Any] = json.loads(out.splitlines()[-1])
    return facts


def wrk(url: str, seconds: int) -> float:
    """Requests a second of wrk on one core: no person, the ceiling of the machine."""
    done = _run([*_PINNED, "wrk", "-t1", "-c50", f"-d{seconds}s", url], {})
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert found is not None  # noqa: S101  # wrk says so
    return float(found[1])


def _run(words: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        words, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=600,
        cwd=HERE.parent,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(words[:8])}: exit {done.returncode}: {done.stderr[-800:]}")
    return done
