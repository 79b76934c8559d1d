"""python -m matrix [--sound 30] [--jobs 2] [--only WORD ...] [--fresh] [--write]

Every defect by the profile that must catch it, and sound runs that must not fail; results are kept
in the state folder as they come, so that it may be stopped and goes on where it was. Exit 1 when a
defect was missed or a sound run failed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from matrix.rows import HERE, Row, rows, untried
from matrix.table import markdown, summary
from matrix.trial import carry_out
from rentree.state import state_folder

BEGIN, END = "<!-- matrix: begin -->", "<!-- matrix: end -->"
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
    kept = state_folder() / "matrix.jsonl"
    if said.fresh:
        kept.unlink(missing_ok=True)
    results = {r["id"]: r for r in _read(kept)}
    missing = [row for row in wanted if row.id not in results]
    _say(f"{len(wanted)} runs, {len(wanted) - len(missing)} known already ({kept})")
    with ThreadPoolExecutor(said.jobs) as pool, kept.open("a", encoding="utf-8") as file:
        for told in pool.map(_one, missing):
            results[told["id"]] = told
            file.write(json.dumps(told) + "\n")
            file.flush()
            mark = "ok " if told["right"] else "NOT"
            _say(f"{mark} {told['id']}: {told['verdict']} {told['failed'][:2]} "
                  f"{'' if told['right'] else told['not_passed'][:4]}{told['why']} "
                  f"({told['seconds']} s)")  # fmt: skip
    found = [results[row.id] for row in wanted if row.id in results]
    _say(markdown(wanted, results))
    _say(summary(wanted, results))
    if said.write:
        _write(markdown(wanted, results) + "\n" + summary(wanted, results) + "\n")
    return 0 if all(told["right"] for told in found) and len(found) == len(wanted) else 1


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _one(row: Row) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        return carry_out(row, Path(folder))


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _write(text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
