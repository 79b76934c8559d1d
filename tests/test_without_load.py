"""Who only audits needs neither Locust nor a server: judge, report and verify do without them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden" / "all-fine"
LOAD = ("locust", "gevent", "granian", "starlette", "httptools", "toxiproxy", "requests")
WITHOUT = f"""
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {LOAD!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
from rentree.cli import main
sys.exit(main())
"""


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("judge",), "CONFORME"),
        (("verify",), "intact"),
        (("report",), "summary.md"),
        (("report", "--lang", "en"), "summary"),
    ],
)
def test_auditing_needs_no_load_engine(tmp_path: Path, words: tuple[str, ...], shown: str) -> None:
    """The command works where nothing that makes load is installed."""
    folder = tmp_path / "evidence"
    shutil.copytree(GOLDEN, folder)
    command, *options = words
    if command == "verify":
        subprocess.run([sys.executable, "-c", WITHOUT, "judge", str(folder)], check=True)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, command, str(folder), *options],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert shown in done.stdout
