"""The main job in one go: run, judge, report, print; and the same from evidence that is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from rentree.capacity.record import SEARCH, is_search
from rentree.clear import Cleared, clear, clear_one
from rentree.commands.live import LiveDisplay
from rentree.commands.summary import print_verdict
from rentree.errors import RentreeError, UsageError
from rentree.evidence import Evidence
from rentree.gate import HARNESS_BROKE, INTERRUPTED
from rentree.i18n import Language
from rentree.judge.repeated import judge_folder
from rentree.prepare import Request, prepare
from rentree.presets import presets_of
from rentree.process import Identity
from rentree.report import FIRST, reporters, write_reports
from rentree.run import run
from rentree.runs import records
from rentree.seal_check import broken_series
from rentree.series import open_evidence
from rentree.verdict import exit_code, write
from rentree.yamltext import nearest


def certify(request: Request, reports: Sequence[str], language: Language, console: Console) -> int:
    """Run, judge and report; returns the exit code.

    Raises:
        UsageError: nothing was sent. RentreeError: the harness broke.
    """
    ask(request, reports)
    prepared = prepare(request)
    with LiveDisplay(prepared.plan) as display:
        ended = run(prepared, display)
        display.say("judging")
    code = conclude(ended.folder, reports, language, console)
    if ended.not_clear:
        return not_clear(ended.not_clear, console)
    return INTERRUPTED if ended.interrupted else code


def ask(request: Request, reports: Sequence[str]) -> None:
    """Raise UsageError when what was asked for does not go together."""
    if (request.sandbox is None) == (request.target is None):
        raise UsageError("say what to try: --sandbox PRESET, or --target NAME|URL")
    if request.tls and request.sandbox is None:
        raise UsageError("--tls goes with --sandbox: a target says by its addresses what it speaks")
    if request.defects and request.sandbox is None:
        raise UsageError(
            "--defect goes with --sandbox: only a platform of ours is broken on purpose"
        )
    if request.defects and "" not in presets_of(request.sandbox or ""):
        raise UsageError("--defect goes with one --sandbox that plays all platforms")
    if unknown := [name for name in reports if name not in reporters()]:
        raise UsageError(f"no report “{unknown[0]}”: {nearest(unknown[0], reporters())}")


def not_clear(why: str, console: Console) -> int:
    """Say that faults are not proven cleared; returns the exit code."""
    console.print(f"FAULTS NOT PROVEN CLEARED: {why}", markup=False, soft_wrap=True)
    console.print("run `rentree clear`", markup=False)
    return HARNESS_BROKE


def judge_again(folder: Path, language: Language, console: Console) -> int:
    """Judge sealed evidence again and print the verdict."""
    evidence = _evidence(folder)
    verdict = judge_folder(evidence)
    write(folder, verdict)
    print_verdict(verdict, evidence, language, console)
    return exit_code(verdict)


def report_again(folder: Path, names: Sequence[str], language: Language, console: Console) -> int:
    """Write reports again; 0 when all were written."""
    verdict = judge_folder(_evidence(folder))
    written, failed = write_reports(folder, verdict, names, language)
    for path in written:
        console.print(str(path), markup=False, highlight=False, soft_wrap=True)
    for failure in failed:
        console.print(failure, markup=False, soft_wrap=True)
    return HARNESS_BROKE if failed else 0


def clear_all(console: Console) -> int:
    """Clear what dead runs left; 0 when all is proven clear."""
    cleared = clear(lambda text: console.print(f"· {text}", markup=False, highlight=False))
    codes = [_tell(one, console) for one in cleared]
    alive = [record.runner for record in records() if record.runner.alive()]
    for runner in alive:
        console.print(f"a run is under way (process {runner.pid}): it clears what it breaks itself")
        codes.append(HARNESS_BROKE)
    if not cleared and not alive:
        console.print("nothing to clear: every run is proven clean")
    return max(codes, default=0)


def clear_after(runner: Identity, why: str, ended: Sequence[int], console: Console) -> None:
    """What the guard does for a runner that died: clear its run, say so, and judge its rest.

    `ended`: the processes that outlived it and that the guard ended.
    """
    for record in records():
        if record.runner == runner:
            guarded = {"why": why, "ended": list(ended)}
            _tell(clear_one(record, lambda text: console.print(f"· {text}"), guarded), console)


def _tell(one: Cleared, console: Console) -> int:
    """Say what became of a dead run, judge its evidence; 0 when it is proven clear."""
    if one.not_clear:
        console.print(f"NOT PROVEN CLEAR: {one.not_clear}", markup=False, soft_wrap=True)
    else:
        console.print(f"{one.folder.name}: proven clear", markup=False, soft_wrap=True)
    if one.sealed and is_search(one.folder):
        console.print("a search for capacity, cut short: what was tried is in its journal")
    elif one.sealed:
        conclude(one.folder, FIRST, "fr", console)
    return HARNESS_BROKE if one.not_clear else 0


def conclude(
    folder: Path, reports: Sequence[str], language: Language, console: Console, *, full: bool = True
) -> int:
    """Judge a run or a series, write its reports, print it: in `full`, or its first line alone."""
    evidence = _evidence(folder)
    verdict = judge_folder(evidence)
    unwritten = []
    try:
        write(folder, verdict)
    except OSError as error:  # the verdict stands; it can be written again
        unwritten.append(f"verdict.json cannot be written: {error.strerror or error} ({folder})")
    written, failed = write_reports(folder, verdict, reports, language)
    failed += unwritten
    if full:
        print_verdict(verdict, evidence, language, console, written)
    else:
        console.print(verdict.title[language], markup=False, highlight=False, soft_wrap=True)
    for failure in failed:
        console.print(failure, markup=False, soft_wrap=True)
    return exit_code(verdict)


def _evidence(folder: Path) -> Evidence:
    """The folder of a run or a series, when it is what was sealed."""
    evidence = open_evidence(folder)
    if is_search(folder):
        raise UsageError(
            f"{folder} is of a search for capacity, which certifies nothing: its result is in "
            f"{folder / SEARCH}"
        )
    if broken := broken_series(folder):
        told = "\n".join(f"BROKEN: {difference}" for difference in broken)
        raise RentreeError(f"{told}\nthe evidence is not what was sealed: it is not judged")
    return evidence
