"""A generator that gets no processor time accuses nobody, and says what would help."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil
import pytest

from .conftest import Home, finish, journal_has, verdict_of, wait_until

pytestmark = pytest.mark.flow

BUSY = "import time; end = time.monotonic() + 40\nwhile time.monotonic() < end: pass"


def test_a_starved_generator_accuses_nobody(home: Home) -> None:
    """At nice 19 beside a busy loop a core: essai non valable, with reason and advice."""
    runner = home.start_run("essai", "--sandbox", "rentree", "--seed", "7")
    loops: list[subprocess.Popen[bytes]] = []
    try:
        wait_until(lambda: journal_has(home, "run", "started"), "the run to start")
        for child in psutil.Process(runner.pid).children(recursive=True):
            if "rentree.load.worker" in child.cmdline():
                child.nice(19)
        for core in sorted(psutil.Process().cpu_affinity() or []):
            loops.append(subprocess.Popen([sys.executable, "-c", BUSY]))
            psutil.Process(loops[-1].pid).cpu_affinity([core])
        time.sleep(19)
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
    code, out, _ = finish(runner)
    assert code == 3, out
    assert "NON VALABLE" in out
    verdict = verdict_of(home.latest())
    assert not [f for f in verdict["findings"] if f["decision"] == "fail"]
    reasons = [window["why"]["fr"] for window in verdict["invalid"] if window["gate"] == "g"]
    assert reasons
    assert all("cette machine était prise par autre chose" in reason for reason in reasons)
