"""The table of defects and the code that has them: neither says what the other does not."""

from __future__ import annotations

import re
from pathlib import Path

import rentree.sandbox
from rentree.sandbox.defects import DEFECTS
from rentree.sandbox.preset import Preset
from rentree.sandbox.settings import FIXED

SOURCE = Path(rentree.sandbox.__file__).parent


def asked() -> set[str]:
    """The names that the sandbox's code asks for."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    return set(re.findall(r'broken\(\s*"([a-z0-9-]+)"', code))


def test_every_defect_of_the_table_is_made() -> None:
    """None is only a name."""
    assert set(DEFECTS) - asked() == set()


def test_every_defect_that_is_made_is_in_the_table() -> None:
    """A name that is misspelt breaks nothing."""
    assert asked() - set(DEFECTS) == set()


def test_the_docs_list_them_all() -> None:
    """docs/reference/sandbox.md says of each what the table says."""
    page = (Path(__file__).parents[2] / "docs/reference/sandbox.md").read_text(encoding="utf-8")
    rows = {line for line in page.splitlines() if line.startswith("| `")}
    for name, defect in DEFECTS.items():
        assert f"| `{name}` | {defect.breaks} | {defect.of} | `{defect.finding}` |" in rows


def test_the_docs_name_every_protection() -> None:
    """Each key of a preset that can be set stands there."""
    page = (Path(__file__).parents[2] / "docs/reference/sandbox.md").read_text(encoding="utf-8")
    for key in set(Preset.model_fields) - {*FIXED, "service", "home"}:
        assert f"`{key}: " in page, key
