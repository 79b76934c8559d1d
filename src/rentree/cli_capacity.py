"""The command `rentree capacity`."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rentree.cli_options import Scale, read
from rentree.errors import UsageError
from rentree.quantity import SECOND, parse_duration, parse_factor, parse_number, parse_share

EPILOG = (
    "Exit codes: 0 measured, or what --at-least asks holds · 1 it does not hold · 2 usage or "
    "invalid profile, nothing was sent · 3 not decided · 4 the harness broke · 130 interrupted"
)


class Lang(StrEnum):
    """Languages of results."""

    fr = "fr"
    en = "en"


def _time(value: object) -> int:
    us = parse_duration(value)
    if us < SECOND:
        raise ValueError("give 1 s or more")
    return us


def _width(value: object) -> float:
    share = parse_share(value)
    if not 0.01 <= share <= 0.5:
        raise ValueError("give 1% to 50%")
    return share


def _hurry(value: object) -> float:
    factor = parse_factor(value)
    if factor < 1:
        raise ValueError("give 1x or more")
    return factor


def rate(text: str | None, step: str | None, option: str) -> float | None:
    """A rate as the user writes it: “40”, “40 steps/s” with --step, “8 people/s” without.

    Raises:
        UsageError: no such rate, or of another unit than is measured.
    """
    if text is None:
        return None
    found = re.fullmatch(r"\s*(.+?)\s*(people/s|steps/s)?\s*", text)
    unit = "people/s" if step is None else "steps/s"
    try:
        number = parse_number(found[1]) if found else 0.0
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None
    if number <= 0:
        raise UsageError(f"{option}: “{text}” is no rate: write it as in 40 {unit}")
    if found is not None and found[2] not in (None, unit):
        said = "only with --step" if found[2] == "steps/s" else "only without --step"
        raise UsageError(f"{option}: {found[2]} are measured {said}; here it is {unit}")
    return number


def capacity(
    profile: Annotated[str, typer.Argument(help="Name of a profile (rentree list profiles) or a file: whose crowd comes, and what must hold.")],
    sandbox: Annotated[str | None, typer.Option(help="Start this preset of the sandbox and measure it (rentree list sandboxes).")] = None,
    target: Annotated[str | None, typer.Option(metavar="NAME|URL", help="A platform described in profiles/targets/NAME.yaml, or the URL of a sandbox that is already running.")] = None,
    step: Annotated[str | None, typer.Option(metavar="NAME", help="Measure this step alone, in steps/s, by people who are signed in. Default: the journeys, in people/s.")] = None,
    at_least: Annotated[str | None, typer.Option("--at-least", metavar="RATE", help="Decide whether so much holds, as in “8 people/s” or, with --step, “40 steps/s”.")] = None,
    width: Annotated[float, typer.Option(parser=read(_width), metavar="SHARE", help="How close what holds and what fails must be.")] = "5%",  # type: ignore[assignment]
    at_most: Annotated[int, typer.Option("--at-most", parser=read(_time), metavar="DURATION", help="How long the search may take.")] = "5 min",  # type: ignore[assignment]
    start: Annotated[str | None, typer.Option("--from", metavar="RATE", help="Where to begin. Default: a sixteenth of what the profile asks at its peak.")] = None,
    window: Annotated[int, typer.Option(parser=read(_time), metavar="DURATION", help="How long a rung is judged, after its warm-up; longer where few come.")] = "10 s",  # type: ignore[assignment]
    hurry: Annotated[float, typer.Option(parser=read(_hurry), metavar="FACTOR", help="Think times are so many times shorter: the same steps a second by fewer people at once.")] = "30x",  # type: ignore[assignment]
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the result here too.")] = None,
    defect: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Start the sandbox with this defect (rentree list defects).")] = None,
    tls: Annotated[bool, typer.Option("--tls", help="The sandbox that is started is met over https.")] = False,
    scale: Scale = "100%",  # type: ignore[assignment]  # typer parses the text
    seed: Annotated[int | None, typer.Option(help="Same seed, same people. Default: drawn.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Load processes on this machine.")] = 2,
    evidence: Annotated[Path, typer.Option(help="Where the search's folder is made.")] = Path("evidence"),
    lang: Annotated[Lang, typer.Option("--lang", help="Language of results.")] = Lang.fr,
    authorized: Annotated[list[str] | None, typer.Option(metavar="HOST", help="You answer for this host and consent to its test; needed for each host of a target, beside the authorisation that it serves.")] = None,
    loopback_as_remote: Annotated[bool, typer.Option("--treat-loopback-as-remote", help="For tests of leave: a sandbox of yours needs consent and authorisation like anybody's platform.")] = False,
    starter_only: Annotated[bool, typer.Option("--starter-only", help="Refuse drop-ins that Rentrée did not ship.")] = False,
) -> None:  # fmt: skip
    """The most that holds, of a profile or of one of its steps. Open load in rungs, bisection around the knee, with its doubt."""
    from rentree.capacity.ask import Ask  # noqa: PLC0415  # heavy imports only when needed
    from rentree.commands.capacity import measure  # noqa: PLC0415
    from rentree.prepare import Request  # noqa: PLC0415

    request = Request(
        profile, sandbox, target, scale, seed=seed, workers=workers, evidence=evidence,
        starter_only=starter_only, authorized=tuple(authorized or ()), tls=tls,
        loopback_as_remote=loopback_as_remote, defects=tuple(defect or ()),
    )  # fmt: skip
    ask = Ask(
        step, width, at_most, rate(at_least, step, "--at-least"), rate(start, step, "--from"),
        window, hurry,
    )  # fmt: skip
    raise typer.Exit(measure(request, ask, json_file, lang.value, Console()))
