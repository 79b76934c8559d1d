"""docs/reference/evidence.md names what there is: each column of a sample, each file of a run."""

from __future__ import annotations

import re
from pathlib import Path

from rentree import evidence
from rentree.sample import OUTCOMES, Sample

PAGE = (Path(__file__).parents[1] / "docs" / "reference" / "evidence.md").read_text("utf-8")
WORDS = set(re.findall(r"`([^`]+)`", PAGE))


def test_every_column_and_outcome_is_there() -> None:
    """Neither more nor fewer than a sample has."""
    rows = PAGE.split("## Samples")[1].splitlines()
    columns = {
        name
        for row in rows
        if row.startswith("| `")
        for name in re.findall(r"`([^`]+)`", row.split("|")[1])
    }
    assert columns == set(Sample._fields)
    assert set(OUTCOMES) <= WORDS


def test_every_file_is_there() -> None:
    """Those that the module's own list names."""
    told = str(evidence.__doc__).split("raw/", 1)[1].split("work/")[0]
    names = re.findall(r"[\w*]+(?:/[\w*]*)?\.?[\w.]*", told)
    files = [n for n in names if "." in n or n.endswith("/")]
    assert len(files) > 15
    page = " ".join(WORDS)
    assert [n for n in files if n.removesuffix("/*.py") not in page] == []
