"""python -m comparison [--pairs 20] [--jobs 1] [--fresh] [--write]

Pairs of sound runs, of which one in 20 may be found worse, and pairs of which the later run has
30 % longer service at 60 % utilisation, of which 19 in 20 must be. Runs and results are kept in
the state folder, so that it may be stopped and goes on where it was; a run is deleted when all
its pairs are compared. Exit 1 when it is not so.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from comparison.pairs import HERE, Pair, pairs, runs
from comparison.table import markdown
from comparison.trial import compare, make_run
from rentree.state import state_folder
from trials.page import say, write_between

PAGE = HERE.parent / "docs" / "how-to" / "compare.md"


def main(words: list[str]) -> int:
    """Carry out what is not there yet, print the table."""
    parser = argparse.ArgumentParser(prog="python -m comparison", description=__doc__)
    parser.add_argument("--pairs", type=int, default=20, help="pairs of each kind")
    parser.add_argument("--jobs", type=int, default=1, help="runs at the same time")
    parser.add_argument("--fresh", action="store_true", help="forget what was tried before")
    parser.add_argument("--write", action="store_true", help="write the table into the how-to")
    said = parser.parse_args(words)
    kept = state_folder() / "comparison"
    if said.fresh:
        shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True, exist_ok=True)
    wanted = pairs(said.pairs)
    results = _read(kept / "pairs.jsonl")
    open_ = [pair for pair in wanted if pair not in results]
    say(f"{len(wanted)} pairs, {len(wanted) - len(open_)} known already ({kept})")
    needed, there = runs(open_), set[str]()
    with ThreadPoolExecutor(said.jobs) as pool:
        for name, made in zip(needed, pool.map(lambda n: make_run(n, kept), needed), strict=True):
            say(f"run {name}: {'there' if made else 'could not be made'}")
            there.add(name)
            for pair in [p for p in open_ if p not in results and set(p) <= there]:
                results[pair] = _compared(pair, kept)
            _forget(kept, needed, [p for p in open_ if p not in results])
    told = [results[pair] for pair in wanted]
    say(markdown(told))
    if said.write:
        write_between(PAGE, "comparison", markdown(told))
    found = {kind: sum(r["exit"] == 1 for r in told if r["after"].startswith(kind))
             for kind in ("sound", "slow")}  # fmt: skip
    return 0 if found["sound"] <= said.pairs // 20 and found["slow"] >= said.pairs * 0.95 else 1


def _compared(pair: Pair, kept: Path) -> dict[str, Any]:
    told = compare(pair, kept)
    with (kept / "pairs.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")
    right = told["exit"] == (1 if pair.kind == "slow" else 0)
    say(f"{'ok ' if right else 'NOT'} {pair.before}, {pair.after}: exit {told['exit']} "
        f"{', '.join(told['worse'])} {told['why']}")  # fmt: skip
    return told


def _forget(kept: Path, made: list[str], left: list[Pair]) -> None:
    """Delete the runs that no pair needs any more."""
    for name in set(made) - set(runs(left)):
        shutil.rmtree(kept / name, ignore_errors=True)


def _read(path: Path) -> dict[Pair, dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    told = [json.loads(line) for line in lines if line]
    return {Pair(one["before"], one["after"]): one for one in told}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
