"""What is said while it goes on, and the part of a page of docs/ that is generated."""

from __future__ import annotations

import sys
from pathlib import Path


def say(text: str) -> None:
    """A line for who waits, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def between(page: str, word: str, text: str) -> str:
    """The page with `text` between `<!-- WORD: begin -->` and `<!-- WORD: end -->`."""
    begin, end = f"<!-- {word}: begin -->", f"<!-- {word}: end -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{text}{end}{after}"


def write_between(page: Path, word: str, text: str) -> None:
    """Write that page."""
    page.write_text(between(page.read_text(encoding="utf-8"), word, text), encoding="utf-8")
