"""The lab's PostgreSQL, for tests: loaded by its file, as the root folder is not on the path."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.postgresql import Server, binaries, running
else:
    _FILE = Path(__file__).parents[2] / "lab" / "postgresql.py"
    _SPEC = importlib.util.spec_from_file_location("lab_postgresql", _FILE)
    _MODULE = importlib.util.module_from_spec(_SPEC)
    sys.modules["lab_postgresql"] = _MODULE
    _SPEC.loader.exec_module(_MODULE)
    Server, binaries, running = _MODULE.Server, _MODULE.binaries, _MODULE.running

__all__ = ["Server", "binaries", "running"]
