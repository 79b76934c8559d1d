"""What was seen: docs/replay.json, from which the table is made again without running anything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from replay.rows import Row
from replay.trial import weigh

FILE = Path(__file__).parents[1] / "docs" / "replay.json"


class Seen(NamedTuple):
    """What one run came to, and what had been declared of it."""

    profile: str
    preset: str
    digest: str
    expected: str
    named_by: str
    decision: str
    right: bool
    by: list[str]
    on: str  # ISO date

    def is_of(self, row: Row) -> bool:
        """Whether it is this row's, as the row is now."""
        return self[:5] == (row.profile, row.preset, row.digest, row.expected, row.named_by)


def seen(row: Row, told: Mapping[str, Any]) -> Seen:
    """What is written down of a result."""
    weighed = weigh(row.expected, row.named_by, told["decision"], told["findings"])
    return Seen(
        row.profile, row.preset, row.digest, row.expected, row.named_by,
        told["decision"], weighed.right, weighed.by[:3], told["on"],
    )  # fmt: skip


def load(path: Path = FILE) -> list[Seen]:
    """Read the file; there may be none yet."""
    text = path.read_text(encoding="utf-8") if path.exists() else "[]"
    return [Seen(**one) for one in json.loads(text)]


def stored(all_seen: Iterable[Seen]) -> str:
    """The file's text: a line each, by name."""
    lines = [json.dumps(one._asdict(), ensure_ascii=False) for one in sorted(all_seen)]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def merged(rows: Iterable[Row], before: Iterable[Seen], new: Iterable[Seen]) -> list[Seen]:
    """The newest of each row that there still is and that has not changed since."""
    latest = {(one.profile, one.preset): one for one in [*before, *new]}
    found = [(row, latest.get((row.profile, row.preset))) for row in rows]
    return [one for row, one in found if one is not None and one.is_of(row)]
