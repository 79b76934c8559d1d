"""`make bench`: every section, or those that ONLY names, ROUNDS times; the table into docs."""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.sections import SECTIONS
from benchmarks.server import nginx
from benchmarks.table import Row, markdown

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->"


def main() -> int:
    """Print the table; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=sorted(SECTIONS), default=[])
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    options = parser.parse_args()
    rows: list[Row] = []
    with nginx() as site:
        for name, section in SECTIONS.items():
            if not options.only or name in options.only:
                rows += section(site, options.rounds, say)
    text = f"{markdown(rows)}\n{versions()}, {options.rounds} rounds.\n"
    print(text)  # noqa: T201
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        begin, end = page.index(BEGIN) + len(BEGIN), page.index(END)
        PAGE.write_text(page[:begin] + text + page[end:], encoding="utf-8")
    return 0 if all(row.reached() for row in rows) else 1


def say(text: str) -> None:
    """Progress."""
    print(f"· {text}", file=sys.stderr, flush=True)  # noqa: T201


def versions() -> str:
    """Of everything that took part."""
    found = [f"Python {platform.python_version()}"]
    found += [
        f"{name} {importlib.metadata.version(name)}" for name in ("rentree", "locust", "gevent")
    ]
    found += [_said("nginx", "-v"), _said("wrk", "-v"), _said("k6", "version")]
    return ", ".join(word for word in found if word)


def _said(program: str, word: str) -> str:
    from benchmarks.run import k6_program  # noqa: PLC0415  # where k6 was built

    try:
        done = subprocess.run(
            [k6_program() if program == "k6" else program, word], capture_output=True, text=True,
            check=False,
        )  # fmt: skip
    except OSError:
        return ""
    number = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
    return f"{program} {number[0]}" if number else ""


if __name__ == "__main__":
    sys.exit(main())
