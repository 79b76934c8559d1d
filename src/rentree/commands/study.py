"""`rentree study`: the runs of a study, made or there already, and their one table."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath

from rich.console import Console

from rentree.commands.certify import conclude, not_clear
from rentree.commands.live import LiveDisplay
from rentree.commands.several import new_folder
from rentree.compare.side import read_side
from rentree.errors import RentreeError, UsageError
from rentree.evidence import Evidence, write_json
from rentree.gate import INTERRUPTED
from rentree.i18n import Language
from rentree.lifeline import lifeline
from rentree.prepare import Request, prepare
from rentree.presets import key_of, presets_of
from rentree.report import FIRST
from rentree.run import run
from rentree.seal_check import broken_seals
from rentree.study.conclusion import Conclusion
from rentree.study.kind import Study
from rentree.study.outcome import NO_RUN, outcome_of
from rentree.study.picture import picture
from rentree.study.reading import load_study, size_of
from rentree.visible import visible


def make(
    name: str, request: Request, scale: float | None, language: Language, console: Console
) -> int:
    """Make the runs of a study and its table; returns the exit code.

    `request`: what all runs have in common. `scale`, and the request's clock: None, each profile's
    own rehearsal. An interrupted study has a table of the runs that there are.

    Raises:
        UsageError: nothing was sent. RentreeError: the harness broke.
    """
    study = load_study(name)
    asked = _requests(study, request, scale)
    for one in asked:
        prepared = prepare(one)  # all are sound before the first one sends anything
    folder = new_folder(prepared, study.study, "study")
    line, made, interrupted, left = lifeline(), list[Path](), False, ""
    for i, one in enumerate(asked):
        told = f"{study.labels()[i][language]}: {one.profile}, {one.sandbox}"
        console.print(f"{i + 1}/{len(asked)} {told}", markup=False, highlight=False, soft_wrap=True)
        try:
            prepared = prepare(replace(one, evidence=folder))
            with LiveDisplay(prepared.plan) as display:
                display.say(f"run {i + 1} of {len(asked)}")
                ended = run(prepared, display, line=line)
        except KeyboardInterrupt:
            interrupted = True
            break
        made.append(ended.folder)
        conclude(ended.folder, FIRST, language, console, full=False)
        interrupted, left = ended.interrupted, ended.not_clear
        if interrupted or left:
            break
    if not made:
        folder.rmdir()
        return INTERRUPTED
    code = _conclude(study, made, folder, language, console)
    if left:
        return not_clear(left, console)
    return INTERRUPTED if interrupted else code


def judge_made(
    name: str, folders: Sequence[Path], evidence: Path, language: Language, console: Console
) -> int:
    """The table of runs that are there; nothing is sent. Returns the exit code.

    `folders`: each of one run, or of several. The study's folder is made in `evidence`.

    Raises:
        UsageError: a folder is none, or of no run of this study. RentreeError: it cannot be read.
    """
    study = load_study(name)
    runs = [one for folder in folders for one in read_side(folder, "--from").runs]
    _fit(study, runs)
    return _conclude(study, [one.folder for one in runs], evidence, language, console)


def _requests(study: Study, request: Request, scale: float | None) -> list[Request]:
    """What each run is asked, all with one seed. Raises UsageError: they do not go together."""
    seed = request.seed if request.seed is not None else secrets.randbelow(2**32)
    asked = []
    for ran in study.runs:
        own = size_of(ran.profile)
        asked.append(replace(
            request, profile=ran.profile, sandbox=ran.sandbox, seed=seed, rehearsal=True,
            scale=own.scale if scale is None else scale,
            clock=own.clock if request.clock is None else request.clock,
        ))  # fmt: skip
    if why := study.unlike([(one.scale, one.clock or 1.0) for one in asked]):
        raise UsageError(f"{study.study}: {why}")
    return asked


def _fit(study: Study, runs: Sequence[Evidence]) -> None:
    """See that runs that are there go together: whole, of this study, one each, of one seed.

    Raises:
        UsageError, RentreeError: they do not.
    """
    for one in runs:
        if broken := broken_seals(one.folder):
            raise RentreeError(f"{one.folder}: {broken[0]}; what was altered is not judged")
    asked = [(ran.profile, _plain(ran.sandbox)) for ran in study.runs]
    seen: dict[tuple[str, str], Path] = {}
    for one in runs:
        is_of = (one.plan.profile, _plain(one.plan.sandbox or ""))
        if is_of not in asked:
            known = ", ".join(f"{profile} on {sandbox}" for profile, sandbox in asked)
            told = f"{is_of[0]} on {is_of[1] or 'a target'}"
            raise UsageError(f"{one.folder} is of {told}, which is no run of this study: {known}")
        if is_of in seen:
            told = f"{one.folder} and {seen[is_of]} are of the same run of the study: leave one out"
            raise UsageError(told)
        seen[is_of] = one.folder
    if len(seeds := sorted({one.plan.seed for one in runs})) > 1:
        told = ", ".join(map(str, seeds))
        raise UsageError(f"the runs of a study have one seed, and these have {told}")
    if why := study.unlike([(one.plan.scale, one.plan.clock) for one in runs]):
        raise UsageError(f"{study.study}: {why}")


def _conclude(
    study: Study, made: Sequence[Path], folder: Path, language: Language, console: Console
) -> int:
    """Judge, print, and write study.txt, study.json, study.svg; returns the exit code."""
    runs = {(one.plan.profile, _plain(one.plan.sandbox or "")): one for one in map(Evidence, made)}
    outcomes = [
        outcome_of(runs[key], study.measure) if key in runs else NO_RUN
        for key in ((ran.profile, _plain(ran.sandbox)) for ran in study.runs)
    ]
    conclusion = Conclusion(study, outcomes)
    lines = [visible(line) for line in conclusion.lines(language)]
    with suppress(OSError):  # the reader may be gone
        for line in ("", *lines, ""):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    try:
        written = _write(conclusion, lines, folder, language)
    except OSError as error:
        raise UsageError(f"{folder}: the table cannot be written: {error.strerror}") from error
    for path in written:
        console.print(str(path), markup=False, highlight=False, soft_wrap=True)
    return conclusion.exit_code()


def _write(
    conclusion: Conclusion, lines: Sequence[str], folder: Path, language: Language
) -> list[Path]:
    """The table as text and as data, and a sweep as a picture; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    text, data, svg = (folder / f"study.{ending}" for ending in ("txt", "json", "svg"))
    text.write_text("\n".join([*lines, ""]), encoding="utf-8")
    write_json(data, conclusion.told())
    drawn = picture(conclusion, language)
    if drawn is None:
        return [text, data]
    svg.write_text(drawn, encoding="utf-8")
    return [text, data, svg]


def _plain(sandbox: str) -> str:
    """Presets by their names, also where a file was given."""
    return key_of({at: PurePath(preset).stem for at, preset in presets_of(sandbox).items()})
