"""python -m matrix [--sound 30] [--jobs 2] [--only WORD ...] [--fresh] [--write]

Every defect by the profile that must catch it, and sound runs that must not fail; results are kept
in the state folder as they come, so that it may be stopped and goes on where it was. Exit 1 when a
defect was missed or a sound run failed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from matrix.rows import HERE, Row, rows, untried
from matrix.table import markdown, summary
from matrix.trial import carry_out
from rentree.state import state_folder
from trials.kept import Kept, as_they_end
from trials.page import say, write_between

PAGE = HERE.parent / "docs" / "matrix.md"


def main(words: list[str]) -> int:
    """Carry out what is not there yet, print the table."""
    parser = argparse.ArgumentParser(prog="python -m matrix", description=__doc__)
    parser.add_argument("--sound", type=int, default=30, help="sound runs in all")
    parser.add_argument("--jobs", type=int, default=2, help="runs at the same time")
    parser.add_argument("--only", nargs="*", default=[], help="rows whose name holds a word")
    parser.add_argument("--fresh", action="store_true", help="forget what was tried before")
    parser.add_argument("--write", action="store_true", help="write the table into docs/matrix.md")
    said = parser.parse_args(words)
    if left := untried():
        sys.exit(f"defects without a row in the matrix: {', '.join(sorted(left))}")
    wanted = [r for r in rows(said.sound) if not said.only or any(w in r.id for w in said.only)]
    kept = Kept(state_folder() / "matrix.jsonl", by="id")
    if said.fresh:
        kept.forget(kept.results)
    results = kept.results
    missing = [row for row in wanted if row.id not in results]
    say(f"{len(wanted)} runs, {len(wanted) - len(missing)} known already ({kept.path})")
    for told in as_they_end(_one, missing, said.jobs):
        kept.add(told)
        mark = "ok " if told["right"] else "NOT"
        say(f"{mark} {told['id']}: {told['verdict']} {told['failed'][:2]} "
            f"{'' if told['right'] else told['not_passed'][:4]}{told['why']} "
            f"({told['seconds']} s)")  # fmt: skip
    found = [results[row.id] for row in wanted if row.id in results]
    say(markdown(wanted, results))
    say(summary(wanted, results))
    if said.write:
        text = markdown(wanted, results) + "\n" + summary(wanted, results) + "\n"
        write_between(PAGE, "matrix", text)
    return 0 if all(told["right"] for told in found) and len(found) == len(wanted) else 1


def _one(row: Row) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        return carry_out(row, Path(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
