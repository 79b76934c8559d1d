"""Options that several commands take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from rentree.quantity import parse_factor, parse_share


def read(parse: Callable[[object], float]) -> Callable[[str], float]:
    """A parser of an option's text, whose ValueError tells the user what is wrong."""

    def parser(text: str) -> float:
        try:
            return parse(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return parser


def _scale(value: object) -> float:
    share = parse_share(value)
    if share <= 0:
        raise ValueError("a scale of 0 % brings nobody: write 1% or more")
    return share


def _clock(value: object) -> float:
    factor = parse_factor(value)
    if factor < 1:
        raise ValueError(
            "a clock below 1x would stretch the bell and thin the crowd: write 1x or more"
        )
    return factor


Scale = Annotated[
    float,
    typer.Option("--scale", parser=read(_scale), metavar="SHARE", help="Share of the people who come, as in 10%: whole classes. Below 100 % it is a rehearsal."),
]  # fmt: skip
Clock = Annotated[
    float,
    typer.Option("--clock", parser=read(_clock), metavar="FACTOR", help="Compress the scenario's time, as in 2x. Above 1x it is a rehearsal."),
]  # fmt: skip
RehearsalScale = Annotated[
    float | None,
    typer.Option("--scale", parser=read(_scale), metavar="SHARE", help="Share of the people who come, as in 10%, of all runs alike. Default: each profile's `rehearsal`."),
]  # fmt: skip
OwnClock = Annotated[
    float | None,
    typer.Option("--clock", parser=read(_clock), metavar="FACTOR", help="Compress the scenario's time, as in 2x. Default: the clock at which the profile's verdict counts, mostly 1x; with any other it is a rehearsal."),
]  # fmt: skip
RehearsalClock = Annotated[
    float | None,
    typer.Option("--clock", parser=read(_clock), metavar="FACTOR", help="Compress the scenario's time, as in 2x, of all runs alike. Default: each profile's `rehearsal`."),
]  # fmt: skip
