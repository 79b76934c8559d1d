"""A part of the replay in CI: profiles that come as they declare, by the finding that is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

pytestmark = [pytest.mark.flow, pytest.mark.beside, pytest.mark.proof]  # make replay has all
PART = ["6-avril-quota-court on 6-avril-quota", "eclat-bfc-8-avril-court on eclat-bfc-8-avril"]


@pytest.mark.parametrize("row", PART)
def test_each_is_as_it_declares(row: str, tmp_path: Path) -> None:
    """Run once, it is as declared; asked again, it is known already and nothing is run."""
    command = [sys.executable, "-m", "replay", "--only", row]
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    for known in ("1 runs, 0 known already", "1 runs, 1 known already"):
        done = subprocess.run(
            command, cwd=ROOT, env=env, check=False, capture_output=True, text=True, timeout=280
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith(known)
        assert done.stdout.endswith("1 of 1 as declared\n")
