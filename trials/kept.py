"""Results in a file, a line each, as they come: what was stopped goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

Told = dict[str, Any]  # what is told of one run; JSON
T = TypeVar("T")


class Kept:
    """The results in a file of JSON lines, by the key that each has in `by`; the latest counts."""

    def __init__(self, path: Path, by: str) -> None:
        self.path, self.by = path, by
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = [json.loads(line) for line in text.splitlines() if line]
        self.results: dict[str, Told] = {told[by]: told for told in lines}

    def add(self, told: Told) -> None:
        """Keep one more, at once."""
        self.results[told[self.by]] = told
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_line(told))

    def forget(self, keys: Iterable[str]) -> None:
        """Start anew with these; the others stay."""
        for key in list(keys):
            self.results.pop(key, None)
        text = "".join(_line(told) for told in self.results.values())
        self.path.write_text(text, encoding="utf-8")


def _line(told: Told) -> str:
    return json.dumps(told, ensure_ascii=False) + "\n"


def as_they_end(one: Callable[[T], Told], rows: Sequence[T], jobs: int) -> Iterator[Told]:
    """What `one` tells of each row, so many at the same time, each begun in its turn.

    When one raises, none is begun any more; what is raised comes once the others have ended.
    """
    left = iter(rows)
    with ThreadPoolExecutor(jobs) as pool:
        begun = {pool.submit(one, row) for row in islice(left, jobs)}
        while begun:
            done, begun = wait(begun, return_when=FIRST_COMPLETED)
            told = [ended.result() for ended in done]
            begun |= {pool.submit(one, row) for row in islice(left, len(done))}
            yield from told
