"""A part of the replay in CI: profiles that come as they declare, by the finding that is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

pytestmark = [pytest.mark.flow, pytest.mark.beside]
PART = [  # each fails or holds by another mechanism; make replay has all
    "eclat-bfc-50k on renforce-50k",
    "rendez-vous-8h on sature-200k",
    "temoin-paca on renforce-200k",
    "saturation-reseau on renforce-200k",
    "verdict-contradictoire on mon-bureau-numerique-7-avril",
    "restriction-parents-15h on sature-50k",
    "quota-sessions on quota-ile-de-france",
    "deconnexion-inactivite on deconnexion-4min",
]


@pytest.mark.parametrize("row", PART)
def test_each_is_as_it_declares(row: str, tmp_path: Path) -> None:
    """Run once, it is as declared; the first, asked again, is known already and is not run."""
    command = [sys.executable, "-m", "replay", "--only", row]
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    for known in range(2 if row == PART[0] else 1):
        done = subprocess.run(
            command, cwd=ROOT, env=env, check=False, capture_output=True, text=True, timeout=280
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith(f"1 runs, {known} known already")
        assert done.stdout.endswith("1 of 1 as declared\n")
