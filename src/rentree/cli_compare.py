"""The command `rentree compare`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rentree.cli_options import read
from rentree.errors import UsageError
from rentree.quantity import SECOND, parse_duration, parse_share

EPILOG = (
    "Exit codes: 0 nothing got worse · 1 something did · 2 usage, or not comparable · 3 undecided: "
    "nothing could be compared, or a part of it · 4 a folder cannot be read"
)


class Lang(StrEnum):
    """Languages of results."""

    fr = "fr"
    en = "en"


def _time(value: object) -> float:
    share = parse_share(value)
    if not 0 <= share <= 1:
        raise ValueError("give 0% to 100%, as in 10%")
    return share


def _moment(value: object) -> float:
    return parse_duration(value) / SECOND


Folder = Annotated[
    Path,
    typer.Argument(metavar="BEFORE", show_default=False, help="The earlier evidence folder, or a folder of several; with --baseline, the new one."),
]  # fmt: skip


def compare(
    before: Folder,
    after: Annotated[Path | None, typer.Argument(metavar="AFTER", show_default=False, help="The new evidence folder, or a folder of several.")] = None,
    baseline: Annotated[Path | None, typer.Option(metavar="DIR", help="In a pipeline: the folder to compare with; then one folder is given, the new one.")] = None,
    time: Annotated[float, typer.Option(parser=read(_time), metavar="SHARE", help="The least change of a response time that matters, as a share of it.")] = "10%",  # type: ignore[assignment]  # typer parses the text
    moment: Annotated[float, typer.Option(parser=read(_moment), metavar="DURATION", help="And at least so much: less is a machine’s own.")] = "10 ms",  # type: ignore[assignment]
    share: Annotated[float, typer.Option(parser=read(_time), metavar="SHARE", help="The least change of a share that matters: 1% is one point, as from 2 % to 3 %.")] = "1%",  # type: ignore[assignment]
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the result here too.")] = None,
    lang: Annotated[Lang, typer.Option("--lang", help="Language of results.")] = Lang.fr,
) -> None:  # fmt: skip
    """What got worse between two runs, or groups of runs. Beyond chance, and beyond what matters.

    Each folder is the evidence of a run, or a folder of several runs, as `rentree run --repeat`
    makes. Several runs a side tell a change from a bad moment; two single runs rest on the
    sections of their windows.
    """
    from rentree.commands.compare import compare_folders  # noqa: PLC0415  # heavy imports only when needed
    from rentree.compare.weighing import Least  # noqa: PLC0415

    if (after is None) == (baseline is None):
        raise UsageError(
            "say what to compare with what: rentree compare BEFORE AFTER, "
            "or rentree compare AFTER --baseline BEFORE"
        )
    pair = (before, after) if after is not None else (baseline or before, before)
    names = ("BEFORE", "AFTER") if after is not None else ("--baseline", "AFTER")
    raise typer.Exit(
        compare_folders(pair, names, Least(time, moment, share), json_file, lang.value, Console())
    )
