"""The wheel alone, in an environment of its own, outside the repository: what a user does first."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from .conftest import ROOT, Home

pytestmark = [pytest.mark.flow, pytest.mark.beside, pytest.mark.timeout(900)]
KINDS = ("profiles", "studies", "sandboxes", "faults", "platforms", "reports", "slos")


def test_it_looks_tries_and_reports_where_nothing_else_is(tmp_path: Path) -> None:
    """Lists what there is, checks, certifies the sandbox, reports in both languages, verifies."""
    home = Home(tmp_path / "home")
    home.folder.mkdir()
    _do([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(ROOT)])
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / "bin"
    _do([str(programs / "python"), "-m", "pip", "install", "-q", str(wheel)])
    rentree = str(programs / "rentree")
    for kind in KINDS:
        _do([rentree, "list", kind], home)
    _do([rentree, "check", "rentree-9h", "essai"], home)
    for _ in range(3):  # 3: this machine was too busy for the trial, says so, and is asked again
        if _do([rentree, "run", "essai", "--sandbox", "rentree"], home, (0, 3)) == 0:
            break
    else:
        pytest.fail("three trials in a row were not valid: is this machine free?")
    folder = max((home.folder / "evidence").iterdir())
    for language in ("fr", "en"):
        _do([rentree, "report", str(folder), "--lang", language], home)
    for name in ("report.html", "report.en.html", "junit.xml", "summary.md"):
        assert (folder / name).stat().st_size, name
    _do([rentree, "verify", str(folder)], home)


def _do(command: list[str], home: Home | None = None, expected: tuple[int, ...] = (0,)) -> int:
    """In that home, which is no checkout, without the repository's path."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=home.folder if home else None,
        env={**home.env, "PYTHONPATH": ""} if home else None,
    )  # fmt: skip
    assert done.returncode in expected, (command, done.stdout, done.stderr)
    return done.returncode
