"""What can go wrong, in words a user can act on. Only the CLI turns these into exit codes."""

from __future__ import annotations

from dataclasses import dataclass


class RentreeError(Exception):
    """Anything we can explain: what happened, where, and what to do. Exit code 4 (the harness)."""

    exit_code = 4


class UsageError(RentreeError):
    """The request cannot be carried out as it stands; nothing was sent. Exit code 2."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in a file: where it stands and what to write instead."""

    file: str
    line: int  # 1-based
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class InvalidFileError(UsageError):
    """A YAML file with mistakes: all of them at once, in the order in which they stand."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))
