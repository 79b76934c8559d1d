"""docs/how-to/which-profile.md: each row says of its profile what the profile says of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from replay.rows import Row, shipped

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "which-profile.md"
ROWS = re.findall(
    r"^\|(.*)\| `([\w-]+)` \| (.+) \| (.+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.M
)
WORDS = {"pass": "holds", "fail": "fails", "undecided": "is undecided"}


@pytest.fixture(scope="module")
def replays() -> Mapping[str, Sequence[Row]]:
    """The runs of every profile that we ship."""
    return {profile.name: profile.rows for profile in shipped()}


def test_the_table_is_read() -> None:
    """A row of it that is written otherwise would go untried."""
    table = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    assert len(ROWS) == len(table) - 2 > 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_a_row_is_as_its_profile_says(
    row: tuple[str, ...], replays: Mapping[str, Sequence[Row]]
) -> None:
    """It exists; the scale and clock of its rehearsal, each preset and the verdict there."""
    _, name, _, small, presets = row
    runs = replays[name]
    assert {f"{run.scale * 100:.10g} %, {run.clock:.10g}x" for run in runs} == {small}
    assert presets == ", ".join(f"`{run.preset}` {WORDS[run.expected]}" for run in runs)
