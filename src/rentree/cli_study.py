"""The command `rentree study`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rentree.cli_options import RehearsalClock, RehearsalScale
from rentree.errors import UsageError

EPILOG = (
    "Exit codes: 0 the table is whole · 2 usage, or an invalid study or profile, nothing was sent · "
    "3 a run was not valid or is missing: a hole in the table · 4 the harness broke, or faults not "
    "proven cleared · 130 interrupted. A study passes no verdict on a platform."
)


class Lang(StrEnum):
    """Languages of results."""

    fr = "fr"
    en = "en"


def study(
    name: Annotated[str, typer.Argument(help="Name of a study (rentree list studies) or a file.")],
    scale: RehearsalScale = None,
    clock: RehearsalClock = None,
    seed: Annotated[int | None, typer.Option(help="Of all runs alike. Default: drawn.")] = None,
    made: Annotated[list[Path] | None, typer.Option("--from", metavar="FOLDER", help="Make no run: take those that are there, a run’s folder each or a folder of several. More than once: --from A --from B.")] = None,
    evidence: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the study’s folder is made; with --from, where study.txt and study.json are written.")] = Path("evidence"),
    workers: Annotated[int, typer.Option(min=1, max=64, help="Load processes on this machine.")] = 2,
    starter_only: Annotated[bool, typer.Option("--starter-only", help="Refuse drop-ins that Rentrée did not ship.")] = False,
    lang: Annotated[Lang, typer.Option("--lang", help="Language of results.")] = Lang.fr,
) -> None:  # fmt: skip
    """Several runs that together answer one question, and one table.

    A study is a file, profiles/studies/NAME.yaml: which profiles on which presets of the sandbox,
    and which share is compared. Two factors each there or not (factorial), one quantity in several
    values (sweep), or days that answer one another (days). Its runs are made one after another,
    with one seed, each a sealed folder of its own as `rentree run` makes it, at the scale and clock
    of each profile’s `rehearsal` unless told otherwise; then the table is printed and written.

    A run that was not valid is a hole in the table, never an effect. Make that run again by
    itself with the same seed, and the table anew: rentree study NAME --from A --from B …
    """
    from rentree.commands.study import judge_made, make  # noqa: PLC0415  # heavy imports only when needed
    from rentree.prepare import Request  # noqa: PLC0415

    if made is not None:
        if (scale, clock, seed) != (None, None, None):
            raise UsageError("--from makes no run: --scale, --clock and --seed go without it")
        raise typer.Exit(judge_made(name, made, evidence, lang.value, Console()))
    request = Request(
        name, clock=clock, seed=seed, workers=workers, evidence=evidence, starter_only=starter_only
    )
    raise typer.Exit(make(name, request, scale, lang.value, Console()))
