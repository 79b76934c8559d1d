"""`rentree capacity`: the most that holds, with its doubt, and the headroom over what is asked."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from rentree.capacity.ask import Ask, asked_of, lead, once_each
from rentree.capacity.conductor import Conductor
from rentree.capacity.costs import costs
from rentree.capacity.display import CapacityDisplay, print_result
from rentree.capacity.record import told, write_record
from rentree.capacity.result import Result
from rentree.capacity.search import so_far
from rentree.errors import RentreeError, UsageError
from rentree.evidence import Evidence, write_json
from rentree.gate import HARNESS_BROKE
from rentree.i18n import Language
from rentree.journal import Entry
from rentree.prepare import Request, prepare
from rentree.presets import presets_of
from rentree.run import run
from rentree.words import Words, because, both


def measure(
    request: Request, ask: Ask, json_file: Path | None, language: Language, console: Console
) -> int:
    """Search, print, and write the record; returns the exit code.

    Raises:
        UsageError: nothing was sent. RentreeError: the harness broke.
    """
    if (request.sandbox is None) == (request.target is None):
        raise UsageError("say what to measure: --sandbox PRESET, or --target NAME|URL")
    if "" not in presets_of(request.sandbox or ""):
        raise UsageError("one platform is measured at a time: --sandbox PRESET")
    prepared = prepare(request)
    quest, people, asked = lead(prepared, ask)
    unit = "people/s" if ask.step is None else f"steps/s ({ask.step})"
    with CapacityDisplay(unit, ask.at_most) as display:
        conductor = Conductor(
            quest, people, request.workers, request.sandbox is not None,
            asked_of(ask, quest, asked), display.rung,
        )  # fmt: skip
        display.conductor = conductor
        ended = run(prepared, display, conductor)
    evidence = Evidence(ended.folder)
    trouble = conductor.trouble or _ended_early(conductor, evidence.journal)
    result = Result(
        conductor.found or so_far(conductor.tries), conductor.judged, ask.step,
        asked if once_each(prepared, ask) else 0.0,
        ask.width, conductor.took, quest.promises, costs(conductor.calm), ask.at_least,
        trouble, ended.interrupted, evidence.plan.notes,
    )  # fmt: skip
    print_result(result, language, console)
    data = told(result, evidence, sys.argv[1:])
    path = write_record(ended.folder, data)
    for file in filter(None, (path, json_file)):
        console.print(str(file), markup=False, highlight=False, soft_wrap=True)
    console.print(f"manifest {evidence.manifest}", markup=False, highlight=False, soft_wrap=True)
    if ended.not_clear:
        console.print(f"NOT PROVEN CLEAR: {ended.not_clear}; run `rentree clear`", markup=False)
    if json_file is not None:
        try:
            write_json(json_file, data)
        except OSError as error:
            raise RentreeError(
                f"{json_file} cannot be written: {error.strerror}; the same is in {path}"
            ) from error
    return HARNESS_BROKE if ended.not_clear else result.exit_code()


def _ended_early(conductor: Conductor, journal: Sequence[Entry]) -> Words | None:
    """What ended the run before the search was over, if anything did."""
    if conductor.found is not None:
        return None
    why = next((str(e["why"]) for e in reversed(journal) if e["event"] == "run"), "")
    words = {"fr": "la recherche a été arrêtée", "en": "the search was ended"}
    return both(lambda lang: words[lang] + because(why, lang))
