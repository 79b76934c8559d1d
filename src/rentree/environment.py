"""What the run was done with: machine, limits, versions, code. Goes into the evidence."""

from __future__ import annotations

import hashlib
import os
import platform
import resource
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from rentree import __version__

PACKAGES = ("locust", "gevent", "httptools", "polars", "numpy", "scipy", "granian", "starlette")


def describe() -> dict[str, Any]:
    """Machine, limits and versions, JSON-ready; memory in bytes."""
    return {
        "rentree": __version__,
        "code_sha256": code_hash(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "load_before": list(os.getloadavg()),
        "descriptors": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "packages": {name: _version(name) for name in PACKAGES},
    }


def code_hash() -> str:
    """SHA-256 over the engine's own files, names and contents, in order."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
