"""A crowd of a million with its due times, beside bare draws; `check` of the whole country."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rentree import dropin
from rentree.crowd import crowd
from rentree.prepare import inspect
from rentree.profile import load_profile
from rentree.workspace import listing

PROFILE = "cned-jour1"  # 974,610 people
COUNTRY = "population-nationale"  # 12.3 million


class Checked(NamedTuple):
    """What a `rentree check` took."""

    seconds: float  # by the clock on the wall, start and end of Python included
    gibibytes: float  # at most


def made() -> tuple[int, float]:
    """People, and the seconds in which they are made with school, class, home and due time."""
    journeys, _ = inspect(listing("journeys"), listing("platforms"))
    profile, _ = load_profile(
        PROFILE,
        journeys={name: facts["steps"] for name, facts in journeys.items()},
        fault_kinds={word: kind.kinds[word] for word, kind in dropin.injectors().items()},
        territories=listing("territories"),
    )
    began = time.perf_counter()
    people = crowd(profile, seed=1)
    return len(people), time.perf_counter() - began


def bare(people: int) -> float:
    """Seconds of what no way of making them can do without: a draw each, and one sort."""
    began = time.perf_counter()
    np.sort(np.random.default_rng(1).random(people))
    return time.perf_counter() - began


def checked() -> Checked:
    """Look at the whole country first, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="rentree-bench-") as folder:
        out = Path(folder) / "out"
        with out.open("wb") as file:
            began = time.perf_counter()
            child = subprocess.Popen(
                [sys.executable, "-m", "rentree", "check", COUNTRY], stdout=file, stderr=file
            )
            _, status, usage = os.wait4(child.pid, 0)
            took = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise RuntimeError(out.read_text(encoding="utf-8"))
    return Checked(took, usage.ru_maxrss / 2**20)
