"""python -m benchmarks.coverage [--repetitions 1000] [--only WORD ...] [--write]

How often the judge's intervals hold the true share, how often it fails a sound platform and how
often it passes one that is not, on simulated queues; some minutes of one core. The same words give
the same figures.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.coverage.alarms import BROKEN, KEPT, Broken, Kept
from benchmarks.coverage.intervals import RARE, RUNS, TRUE, Intervals
from benchmarks.coverage.queues import LOADS, Load, mornings
from benchmarks.coverage.table import Studied, coverage, false_alarms, wrong_passes

PAGE = Path(__file__).parents[2] / "docs" / "verdict.md"
TABLES = {"coverage": coverage, "false alarms": false_alarms, "wrong passes": wrong_passes}
EVERY = 2500  # runs after which progress is told


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=1000, help=f"of {RUNS} runs each")
    parser.add_argument("--only", nargs="*", default=[], help="loads whose name holds a word")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}")
    said = parser.parse_args()
    if said.write and said.only:
        parser.error("--write writes all loads: leave --only out")
    wanted = [x for x in LOADS if not said.only or any(word in x.name for word in said.only)]
    studied = [study(load, said.repetitions) for load in wanted]
    for name, table in TABLES.items():
        sys.stdout.write(f"{name}\n{table(studied)}\n")
        if said.write:
            _write(name, table(studied))
    return 0


def study(load: Load, repetitions: int) -> Studied:
    """Everything of one load; its seed is its place among all loads."""
    place = LOADS.index(load)
    shares = (TRUE, RARE, *KEPT, *BROKEN)
    true, rarely, *limits = _limits(load, shares, repetitions * RUNS // 2, place)
    intervals, rare = Intervals(true), Intervals(rarely, RARE)
    kept = [Kept(limit, np.random.default_rng([place, 1])) for limit in limits[: len(KEPT)]]
    broken = [Broken(limit) for limit in limits[len(KEPT) :]]
    parts: list[Intervals | Kept | Broken] = [intervals, rare, *kept, *broken]
    count, began = repetitions * RUNS, time.monotonic()
    for number, morning in enumerate(mornings(load, count, np.random.default_rng([place, 2])), 1):
        for part in parts:
            part.see(morning)
        if not number % EVERY or number == count:
            _say(f"{load.name}: {number:,} of {count:,} runs, {time.monotonic() - began:.0f} s")
    return Studied(
        load.name,
        intervals.covered(),
        rare.covered()[-1],
        [k.rates() for k in kept],
        [b.rates() for b in broken],
    )


def _limits(load: Load, shares: Sequence[float], runs: int, place: int) -> list[float]:
    """What so large a share of all people waits longer than (s), from runs that nothing judges."""
    _say(f"{load.name}: {runs:,} runs for the limits")
    apart = mornings(load, runs, np.random.default_rng([place, 0]))
    waits = np.concatenate([m.took.astype(np.float32) for m in apart])
    return [float(x) for x in np.quantile(waits, [1 - share for share in shares])]


def _say(text: str) -> None:
    """Progress."""
    sys.stderr.write(f"· {text}\n")
    sys.stderr.flush()


def _write(name: str, table: str) -> None:
    """Between the marks of that name."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
