"""The wheel in an environment of its own, outside the repository: `python try_wheel.py DIST`.

Installs it as a user would, and does what a user does first: looks what there is, tries the
sandbox, reads the reports in both languages. Run by `tox -e package`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

INVALID = 3  # this machine was too busy for the trial: it says so, and is tried again


def main(dist: Path) -> None:
    """Install the one wheel of `dist` and use it; exits with the first that fails."""
    (wheel,) = dist.resolve().glob("*.whl")
    with tempfile.TemporaryDirectory(prefix="rentree-wheel-") as scratch:
        home = Path(scratch)
        venv.create(home / "venv", with_pip=True)
        python = home / "venv" / "bin" / "python"
        _do([python, "-m", "pip", "install", "--quiet", wheel], home)
        rentree = home / "venv" / "bin" / "rentree"
        for kind in ("profiles", "sandboxes", "faults", "platforms", "reports", "slos"):
            _do([rentree, "list", kind], home)
        _do([rentree, "check", "rentree-9h", "essai"], home)
        for _ in range(3):
            code = _do([rentree, "run", "essai", "--sandbox", "rentree"], home, (0, INVALID))
            if code == 0:
                break
        else:
            sys.exit("three trials in a row were not valid: is this machine free?")
        folder = max((home / "evidence").iterdir())
        for language in ("fr", "en"):
            _do([rentree, "report", folder, "--lang", language], home)
        for name in ("report.html", "report.en.html", "junit.xml", "summary.md"):
            if not (folder / name).stat().st_size:
                sys.exit(f"{name} is empty")
        _do([rentree, "verify", folder], home)


def _do(command: list[object], home: Path, expected: tuple[int, ...] = (0,)) -> int:
    words = [str(word) for word in command]
    print("$", *(Path(words[0]).name, *words[1:]), flush=True)  # noqa: T201  # a script
    env = {**os.environ, "XDG_STATE_HOME": str(home / "state"), "PYTHONPATH": ""}
    code = subprocess.run(words, cwd=home, env=env, check=False).returncode
    if code not in expected:
        sys.exit(f"{' '.join(words)}: exit code {code}")
    return code


if __name__ == "__main__":
    main(Path(sys.argv[1]))
