"""`rentree run --repeat N`: one profile several times, judged together by Student's t."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console

from rentree.commands.certify import ask, conclude, not_clear
from rentree.commands.live import LiveDisplay
from rentree.commands.several import new_folder
from rentree.errors import UsageError
from rentree.gate import INTERRUPTED
from rentree.i18n import Language
from rentree.judge.across import LEAST
from rentree.lifeline import lifeline
from rentree.prepare import Request, prepare
from rentree.run import run
from rentree.series import Listed, write_series


def repeat(
    request: Request, count: int, reports: Sequence[str], language: Language, console: Console
) -> int:
    """Make `count` runs, each another morning (seed, seed + 1 …), and judge them all together.

    An interrupted series is judged by the runs that there are. Returns the exit code.

    Raises:
        UsageError: nothing was sent. RentreeError: the harness broke.
    """
    if count < LEAST:
        raise UsageError(
            f"--repeat takes {LEAST} runs or more: fewer show too little of how mornings differ"
        )
    ask(request, reports)
    seed = request.seed if request.seed is not None else secrets.randbelow(2**32)
    prepared = prepare(replace(request, seed=seed))
    folder = new_folder(prepared, prepared.plan.profile, "series")
    line, done, interrupted, left = lifeline(), list[Listed](), False, ""
    for number in range(count):
        one = replace(request, seed=(seed + number) % 2**32, evidence=folder)
        try:
            prepared = prepare(one)
            with LiveDisplay(prepared.plan) as display:
                display.say(f"run {number + 1} of {count}")
                ended = run(prepared, display, line=line)
                display.say("judging")
        except KeyboardInterrupt:
            interrupted = True
            break
        done.append(Listed(ended.folder.name, ended.digest, prepared.plan.seed))
        write_series(folder, count, done)
        conclude(ended.folder, reports, language, console, full=False)
        interrupted, left = ended.interrupted, ended.not_clear
        if interrupted or left:
            break
    if not done:
        folder.rmdir()
        return INTERRUPTED
    code = conclude(folder, reports, language, console)
    if left:
        return not_clear(left, console)
    return INTERRUPTED if interrupted else code
