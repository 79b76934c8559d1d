"""What README and docs show is what happens: their commands are run, their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from rentree.cli import app

from .conftest import ROOT, Home

pytestmark = pytest.mark.flow
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND = re.compile(r"^\$ (?:\.venv/bin/)?rentree ([^;\n]*)", re.M)


def test_readmes_commands_run(home: Home) -> None:
    """Every `rentree` command of README's blocks runs, in order, and ends as README says."""
    commands = COMMAND.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(commands) >= 7
    for command in commands:
        words = command.split()
        run = words[0] == "run"
        done = home.run_fit(*words[1:]) if run else home.rentree(*words)
        expected = 1 if "6-avril-2021" in words else 0
        assert done.returncode == expected, (command, done.stdout, done.stderr)


def test_readme_shows_every_command() -> None:
    """No command of the command line is missing in README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in get_command(app).commands:  # type: ignore[attr-defined]  # it is a group
        assert f"rentree {name}" in text, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page names a file that is there."""
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_command_has_a_help_that_teaches() -> None:
    """Each command and each of its options says what it is for."""
    group = get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        assert command.help, name
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name != "help":
                assert getattr(parameter, "help", None), f"{name} {parameter.name}"
