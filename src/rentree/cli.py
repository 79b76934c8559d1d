"""The command line: reads options, calls one function, prints, and turns the end into an exit code."""

from __future__ import annotations

import io
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from rentree import __version__, guard
from rentree.cli_capacity import EPILOG as CAPACITY_EPILOG
from rentree.cli_capacity import capacity
from rentree.cli_compare import EPILOG as COMPARE_EPILOG
from rentree.cli_compare import compare
from rentree.cli_options import OwnClock, Scale
from rentree.cli_sandbox import sandbox_app
from rentree.cli_study import EPILOG as STUDY_EPILOG
from rentree.cli_study import study
from rentree.errors import InvalidFileError, RentreeError, UsageError
from rentree.presets import key_asked

EPILOG = (
    "Exit codes: 0 conforme · 1 non conforme · 2 usage or invalid profile, nothing was sent · "
    "3 undecided, invalid, or a rehearsal not asked for · 4 the harness broke, or faults not "
    "proven cleared · 130 interrupted"
)
app = typer.Typer(
    help="Tries the nine o'clock login of whole school regions beforehand, and says whether it held.",
    epilog=EPILOG, no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip
app.add_typer(sandbox_app, name="sandbox")


class Lang(StrEnum):
    """Languages of results."""

    fr = "fr"
    en = "en"


ProfileArg = Annotated[
    str, typer.Argument(help="Name of a profile (rentree list profiles) or a file.")
]
EvidenceArg = Annotated[Path, typer.Argument(help="Evidence folder of a run.")]
Language = Annotated[Lang, typer.Option("--lang", help="Language of results.")]


@app.command(epilog=EPILOG)
def run(
    profile: ProfileArg,
    sandbox: Annotated[list[str] | None, typer.Option(metavar="[PLATFORM=]PRESET", help="Start this preset of the sandbox and try it (rentree list sandboxes). Once for all platforms, or once for each: --sandbox ent=rentree --sandbox cned=cned-classes.")] = None,
    target: Annotated[str | None, typer.Option(metavar="NAME|URL", help="A platform described in profiles/targets/NAME.yaml, or the URL of a sandbox that is already running.")] = None,
    defect: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Start the sandbox with this defect (rentree list defects).")] = None,
    tls: Annotated[bool, typer.Option("--tls", help="The sandbox that is started is met over https, by an authority of your own.")] = False,
    scale: Scale = "100%",  # type: ignore[assignment]  # typer parses the text
    clock: OwnClock = None,
    rehearsal: Annotated[bool, typer.Option("--rehearsal", help="A smaller scale or faster clock is meant: exit by the findings.")] = False,
    seed: Annotated[int | None, typer.Option(help="Same seed, same people and times. Default: drawn.")] = None,
    repeat: Annotated[int, typer.Option(metavar="N", help="Make N runs, 5 or more, each with another seed, and judge them together: how mornings differ is then known.")] = 1,
    challenge: Annotated[str, typer.Option(help="A text of the buyer's; goes into the seed and the seal.")] = "",
    workers: Annotated[int, typer.Option(min=0, max=64, help="Load processes on this machine.")] = 2,
    remote_workers: Annotated[int, typer.Option("--remote-workers", min=0, max=64, help="Wait for so many more, each started by hand: rentree worker.")] = 0,
    master_port: Annotated[int, typer.Option("--master-port", min=1, max=65535, help="Where remote workers find the run, on 127.0.0.1.")] = 5557,
    evidence: Annotated[Path, typer.Option(help="Where the run's folder is made.")] = Path("evidence"),
    report: Annotated[str, typer.Option(help="Reports to write, with commas (rentree list reports).")] = "html,junit,markdown,json",
    lang: Language = Lang.fr,
    toxiproxy: Annotated[str | None, typer.Option(metavar="URL", help="A Toxiproxy of yours on loopback, instead of one of ours.")] = None,
    authorized: Annotated[list[str] | None, typer.Option(metavar="HOST", help="You answer for this host and consent to its test; needed for each host of a target, beside the authorisation that it serves.")] = None,
    loopback_as_remote: Annotated[bool, typer.Option("--treat-loopback-as-remote", help="For tests of leave: a sandbox of yours needs consent and authorisation like anybody's platform.")] = False,
    starter_only: Annotated[bool, typer.Option("--starter-only", help="Refuse drop-ins that Rentrée did not ship.")] = False,
) -> None:  # fmt: skip
    """Load, faults, verdict and reports, in one go. The exit code is the verdict."""
    from rentree.commands.certify import certify  # noqa: PLC0415  # heavy imports only when needed
    from rentree.prepare import Request  # noqa: PLC0415

    request = Request(
        profile, key_asked(sandbox or []), target, scale, clock, rehearsal, seed, challenge, workers, evidence,
        toxiproxy, starter_only, remote_workers, master_port, tuple(authorized or ()),
        tls, loopback_as_remote, tuple(defect or ()),
    )  # fmt: skip
    if repeat != 1:
        from rentree.commands.repeat import repeat as several  # noqa: PLC0415

        raise typer.Exit(several(request, repeat, report.split(","), lang.value, Console()))
    raise typer.Exit(certify(request, report.split(","), lang.value, Console()))


app.command(epilog=CAPACITY_EPILOG)(capacity)
app.command(epilog=COMPARE_EPILOG)(compare)
app.command(epilog=STUDY_EPILOG)(study)


@app.command()
def worker(
    master: Annotated[str, typer.Option(metavar="HOST[:PORT]", help="The run's machine, or this end of a tunnel to it: 127.0.0.1.")],
    token: Annotated[str, typer.Option(envvar="RENTREE_WORKER_TOKEN", metavar="TOKEN", help="The run's token; rather by the variable, since others see a command's words. Not needed by the user who started the run.")] = "",
    profile: Annotated[str, typer.Option(metavar="SHA256", help="Take part only if the run's profile has this hash, or this beginning of one.")] = "",
) -> None:  # fmt: skip
    """A load process of a run with --remote-workers. Here or on another machine."""
    from rentree.commands.worker import become_worker  # noqa: PLC0415

    become_worker(master, token, profile)


@app.command(epilog="Exit codes: 0 valid · 1 valid, and does not fit (--fits) · 2 not valid.")
def check(
    profiles: Annotated[list[str], typer.Argument(help="Names or files of profiles.")],
    scale: Scale = "100%",  # type: ignore[assignment]
    clock: OwnClock = None,
    target: Annotated[str | None, typer.Option(metavar="NAME", help="Also: which promises can this target decide?")] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the picture of people, sessions and faults there, too; of one profile.")] = None,
    fits: Annotated[list[str] | None, typer.Option(metavar="CAPACITY", help="Do its arrivals fit a platform that bears so much? “160 steps/s”, “40 people/s”, “8 500 sessions”, or the folder that rentree capacity wrote; several bind together. If not: a timetable by slots that does, as YAML for a profile, and exit code 1.")] = None,
    day: Annotated[str | None, typer.Option(metavar="FROM-TO", help="With --fits: the stretch of the day that its slots may take; 08:00-18:00 if not said.")] = None,
    lang: Language = Lang.fr,
) -> None:  # fmt: skip
    """Is the profile valid, and what would it do? Sends nothing. People, curve, sessions, cost, machines, and whether it fits."""
    from rentree.commands.preview import preview  # noqa: PLC0415
    from rentree.fits import read_capacities, read_day  # noqa: PLC0415

    if svg is not None and len(profiles) > 1:
        raise UsageError("--svg is the picture of one profile: check them one by one")

    if day is not None and not fits:
        raise UsageError(
            "--day is the stretch that a timetable may take: say of which capacity, --fits “8 500 sessions”"
        )

    console, broken, fit = Console(), [], True
    most, slots = read_capacities(fits or []), read_day(day or "08:00-18:00")
    for name in profiles:
        try:
            told = preview(name, scale, clock, lang.value, console, target, svg, most, slots)
            fit = fit and told
        except UsageError as problem:
            broken.append(problem)
    for each in broken:
        _complain(each)
    if broken:
        raise typer.Exit(2)
    if not fit:
        raise typer.Exit(1)


@app.command()
def judge(evidence: EvidenceArg, lang: Language = Lang.fr) -> None:
    """Judge again, from the samples."""
    from rentree.commands.certify import judge_again  # noqa: PLC0415

    raise typer.Exit(judge_again(evidence, lang.value, Console()))


@app.command()
def verify(
    evidence: EvidenceArg,
    expect: Annotated[str | None, typer.Option(metavar="DIGEST", help="The manifest's digest that the run printed.")] = None,
    challenge: Annotated[str | None, typer.Option(metavar="TEXT", help="The text that was to go into the run (run --challenge).")] = None,
) -> None:  # fmt: skip
    """Whether the evidence is what was sealed, reports included. Hashes every file, follows the ledger's chain, judges anew."""
    from rentree.commands.verify import verify as check_folder  # noqa: PLC0415

    result = check_folder(evidence, expect, challenge)
    console = Console()
    for line in result.lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(result.code)


@app.command()
def report(
    evidence: EvidenceArg,
    format: Annotated[str, typer.Option(help="Reports, with commas (rentree list reports).")] = "html,junit,markdown,json",  # noqa: A002
    lang: Language = Lang.fr,
) -> None:  # fmt: skip
    """Write the reports again."""
    from rentree.commands.certify import report_again  # noqa: PLC0415

    raise typer.Exit(report_again(evidence, format.split(","), lang.value, Console()))


@app.command()
def clear() -> None:
    """Undo what a dead run left, prove it, judge its rest."""
    from rentree.commands.certify import clear_all  # noqa: PLC0415

    raise typer.Exit(clear_all(Console()))


@app.command()
def doctor() -> None:
    """This machine: is it fit, and what to do if not."""
    from rentree.commands.doctor import examine  # noqa: PLC0415

    console, sound = Console(), True
    for found in examine():
        sound = sound and found.good
        console.print(
            f"{'ok ' if found.good else 'BAD'} {found.what}: {found.said}",
            markup=False,
            highlight=False,
        )
        if not found.good:
            console.print(f"    → {found.advice}", markup=False, highlight=False)
    raise typer.Exit(0 if sound else 1)


def _new_key(file: Path | None) -> None:
    if file is not None:
        from rentree.signature import new_key  # noqa: PLC0415

        sys.stdout.write(f"authorization_key: {new_key(file)}\n")
        raise typer.Exit


@app.command()
def authorize(
    host: Annotated[list[str], typer.Option(metavar="HOST", help="Host that may be tried, as its URL names it.")],
    start: Annotated[str, typer.Option("--from", metavar="MOMENT", help="As in 2026-11-24T08:00+01:00.")],
    end: Annotated[str, typer.Option("--to", metavar="MOMENT", help="When it ends; a run must fit in.")],
    by: Annotated[str, typer.Option(metavar="TEXT", help="Who agreed.")],
    ref: Annotated[str, typer.Option(metavar="TEXT", help="The agreement's reference.")],
    contact: Annotated[str, typer.Option(metavar="TEXT", help="Whom to call when something goes wrong.")],
    signed: Annotated[str, typer.Option("--date", metavar="DATE", help="When it was agreed. Default: today.")] = "",
    address: Annotated[list[str] | None, typer.Option(metavar="ADDRESS", help="Address or network that the hosts may stand for.")] = None,
    people: Annotated[int, typer.Option(help="People in a run.")] = 100,
    arrivals: Annotated[float, typer.Option(help="People who arrive in one second.")] = 10,
    requests: Annotated[float, typer.Option(help="Requests a second of the crowd.")] = 50,
    minutes: Annotated[float, typer.Option(help="Length of a run.")] = 30,
    fault: Annotated[list[str] | None, typer.Option(metavar="KIND", help="Fault that may be used (rentree list faults).")] = None,
    flood: Annotated[float | None, typer.Option(metavar="RATE", help="Allow floods, up to so many requests a second.")] = None,
    container: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Container that may be broken, beside those that bear our label.")] = None,
    sign: Annotated[Path | None, typer.Option(metavar="FILE", help="Sign it by this private key (Ed25519, PEM).")] = None,
    new_key: Annotated[Path | None, typer.Option("--new-key", metavar="FILE", callback=_new_key, is_eager=True, help="Make a private key in FILE, print what a profile pins, and end.")] = None,
    when_unreachable: Annotated[str, typer.Option(metavar="DURATION", help="How long a run goes on without an answer; 60 s at most in a flood.")] = "5 min",
) -> None:  # fmt: skip
    """A document for the platform's owner to publish. It says who agreed, how hard, when."""
    from rentree.commands.authorize import Grant, advice, document  # noqa: PLC0415

    grant = Grant(
        host, address or [], people, arrivals, requests, minutes, start, end, fault or [], flood,
        by, ref, signed, contact, when_unreachable, container or [], sign,
    )  # fmt: skip
    text = document(grant)
    sys.stdout.write(text + "\n")
    console = Console(stderr=True)
    for line in advice(grant):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command("list")
def list_(
    kind: Annotated[str, typer.Argument(help="profiles, journeys, platforms, faults, slos, slo-sets, reports, sandboxes, studies, defects, territories")] = "profiles",
) -> None:  # fmt: skip
    """What there is, with a sentence each."""
    from rentree.commands.catalogue import catalogue  # noqa: PLC0415

    console = Console()
    told = list(catalogue(kind))
    width = max([24, *(len(name) for name, _ in told)])
    for name, says in told:
        console.print(f"{name:{width}} {says}", markup=False, highlight=False, soft_wrap=True)


def _version(asked: bool) -> None:
    if asked:
        Console().print(__version__)
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:  # fmt: skip
    """Tries the nine o'clock login of whole school regions beforehand, and says whether it held."""


def _complain(error: RentreeError) -> None:
    console = Console(stderr=True)
    if isinstance(error, InvalidFileError):
        count = len(error.problems)
        console.print(f"{count} problem{'s' * (count > 1)}, nothing was sent:", markup=False)
    console.print(str(error), markup=False, highlight=False, soft_wrap=True)


def main() -> Any:
    """The entry point. No traceback reaches a user unless RENTREE_DEBUG is set."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot write « or ✓
    try:
        if guard.wanted(sys.argv[1:]):
            sys.exit(guard.guard(sys.argv[1:]))
        return app(prog_name="rentree")
    except RentreeError as error:
        if os.environ.get("RENTREE_DEBUG"):
            raise
        _complain(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read us is gone; what was to be written is written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(4)
    except Exception as error:
        if os.environ.get("RENTREE_DEBUG"):
            raise
        text = f"Rentrée broke: {type(error).__name__}: {error} (RENTREE_DEBUG=1 shows where)"
        Console(stderr=True).print(text, markup=False, highlight=False, soft_wrap=True)
        sys.exit(4)
