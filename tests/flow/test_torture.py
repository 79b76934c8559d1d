"""A dozen of `make torture`: each kind of process killed, in every phase."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import ROOT

pytestmark = [pytest.mark.flow, pytest.mark.alone]
DOZEN = 12


def test_a_dozen_kills_leave_nothing_behind_and_no_pass() -> None:
    """Faults proven clear within 10 s, evidence readable, never conforme, nobody left."""
    command = [sys.executable, "-m", "torture", "--count", str(DOZEN), "--jobs", "4"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{DOZEN} of {DOZEN} kills" in done.stdout
