"""Load processes that this machine keeps from running accuse nobody."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from .conftest import Home, child_of, finish, journal_has, verdict_of, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.alone]
_BUSY = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"


def test_a_starved_generator_is_not_valid_and_says_what_to_do(home: Home) -> None:
    """Nice 19 beside two busy loops, pinned to their processor: exit 3, reason and advice."""
    cpu = min(os.sched_getaffinity(0))
    with contextlib.ExitStack() as stack:
        runner = home.start_run("essai", "--sandbox", "rentree", "--seed", "7")
        wait_until(lambda: journal_has(home, "run", "started"), "the run to start")
        for number in (1, 2):
            worker = child_of(runner, "rentree.load.worker", f" {number} ")
            for thread in worker.threads():
                os.setpriority(os.PRIO_PROCESS, thread.id, 19)
                os.sched_setaffinity(thread.id, {cpu})
            with contextlib.suppress(OSError):  # Linux may weigh sessions, not processes
                Path(f"/proc/{worker.pid}/autogroup").write_text("19", encoding="ascii")
        for _ in range(2):
            command = [sys.executable, "-c", _BUSY]
            loop = stack.enter_context(subprocess.Popen(command, start_new_session=True))
            stack.callback(loop.kill)
            psutil.Process(loop.pid).cpu_affinity([cpu])
        time.sleep(12)
    code, out, err = finish(runner)
    assert code == 3, out + err
    assert "NON VALABLE" in out
    verdict = verdict_of(home.latest())
    assert {f["decision"] for f in verdict["findings"]} == {"invalid"}
    whys = [w["why"]["fr"] for w in verdict["invalid"] if w["gate"] == "g"]
    assert whys, verdict["invalid"]
    assert all("cette machine était prise" in w or "il aurait fallu" in w for w in whys)
    assert any(w in (home.latest() / "summary.md").read_text(encoding="utf-8") for w in whys)
