"""`rentree check` as a new user sees it: in their language, within their terminal, with the SVG."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from rentree.commands.preview import preview
from rentree.errors import UsageError
from rentree.i18n import Language


def checked(width: int, language: Language, svg: Path | None) -> list[str]:
    """The lines that a terminal of this width is given."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=False)
    preview("essai", 1.0, None, language, console, svg=svg)
    return out.getvalue().splitlines()


def test_everything_is_told(tmp_path: Path) -> None:
    """Picture, table and figures in French; the table's rows are not cut; the SVG is there."""
    svg = tmp_path / "essai.svg"
    lines = checked(80, "fr", svg)
    text = "\n".join(lines)
    for words in ("Sessions ouvertes", "seconde la plus chargée", "loi de Little", "requêtes",
                  "chiffres\u00a0:", "cette machine", "Rien n’a été envoyé"):  # fmt: skip
        assert words in text
    head = next(i for i, line in enumerate(lines) if line.startswith("territoire"))
    assert len(lines[head]) <= 80
    assert "…" not in lines[head] + lines[head + 1]
    assert ET.parse(svg).getroot().tag.endswith("svg")  # noqa: S314


def test_a_picture_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A sentence with the file and the reason."""
    with pytest.raises(UsageError, match="cannot be written"):
        checked(140, "en", tmp_path / "no" / "such" / "folder.svg")
