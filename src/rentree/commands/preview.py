"""`rentree check`: what a profile would do, told before anything is sent."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from rentree.asked import Capacity
from rentree.charts import outlook as drawn
from rentree.commands.making import making
from rentree.commands.preview_reckoning import figures, machines
from rentree.commands.preview_target import print_target
from rentree.commands.preview_timetable import print_timetable, require_whole
from rentree.decidable import needs, smallest
from rentree.decidable import said as enough
from rentree.errors import UsageError
from rentree.i18n import Language, translator
from rentree.outlook import outlook
from rentree.outlook_picture import picture
from rentree.plan import Plan
from rentree.prepare import Prepared, Request, prepare
from rentree.profile import resolve
from rentree.quantity import Span
from rentree.stop import announced
from rentree.territory import load_territory
from rentree.timetable import DAY
from rentree.tried import hit
from rentree.words import PERSONAS, day, duration, number, people_word, percent
from rentree.workspace import find, listing

SESSION_SEED = 1  # the preview's own draw; a run draws another
Translate = Callable[[str], str]


def preview(
    name: str,
    scale: float,
    clock: float | None,
    language: Language,
    console: Console,
    target: str | None = None,
    svg: Path | None = None,
    fits: Capacity | None = None,
    hours: Span = DAY,
) -> bool:
    """Print what the profile would do, and which of its promises a target can decide.

    False: its arrivals do not fit what the platform bears (`fits`).

    Raises:
        UsageError: it is not valid; every problem is named. Or the picture cannot be written.
    """
    sandbox = _its_sandbox(name) if target is None else None
    request = Request(
        name, sandbox=sandbox, target=target, scale=scale, clock=clock, seed=SESSION_SEED
    )
    with making(Console(stderr=True), time.monotonic, language) as progress:
        prepared = prepare(request, progress)
    if fits is not None:
        require_whole(prepared, fits)
    plan, _ = prepared.plan, translator(language)
    seen = outlook(prepared.members, plan, prepared.walks)

    def say(line: str, style: str | None = None) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True, style=style)

    say(f"{plan.profile}{_(': ')}{plan.title[language]}", "bold")
    say(_head(plan, language, _))
    if plan.day is not None:
        say(_("The profile plays {day}.").format(day=day(plan.day, language)))
    say("")
    for line in picture(seen, plan, console.width, language, _):
        say(line)
    say("")
    for line in figures(prepared, seen, language):
        say(line)
    say("")
    _print_crowd(prepared, language, console, say)
    say("")
    for fault in plan.faults:
        floor = prepared.injectors[fault.fault]().floor_us(fault)
        say(
            _("fault {name}: {kind} ({told}) on {hits}, {start} to {end}").format(
                name=fault.name, kind=fault.fault, told=fault.told[language],
                hits=hit(fault, plan, language), start=duration(fault.start, language),
                end=duration(fault.end, language),
            )
            + (_("; alone it adds at least {floor} to each exchange").format(
                floor=duration(floor, language)) if floor else "")
        )  # fmt: skip
    for rule in plan.stops:
        say(_("stops when {what}").format(what=announced(rule, language)))
    _print_promises(prepared, language, say, _)
    kinds = Counter(figure.kind for figure in plan.figures if not figure.disputed)
    say(
        _("figures: {sourced} with a source, {conventions} conventions, {hypotheses} hypothèses")
        .format(sourced=kinds["sourced"], conventions=kinds["convention"],
                hypotheses=kinds["hypothèse"])
    )  # fmt: skip
    if prepared.target is not None:
        print_target(prepared, language, console)
    say("")
    for line in machines(prepared, seen, language):
        say(line)
    if svg is not None:
        _write(svg, drawn(seen, plan, language, _))
        say(_("The picture is in {file}.").format(file=svg))
    fit = True
    if fits is not None:
        say("")
        fit = print_timetable(prepared, seen, fits, hours, language, console)
        say("")
    say(_("valid. Nothing was sent."))
    return fit


def _head(plan: Plan, language: Language, _: Translate) -> str:
    """How many, how long, and at which scale and clock the verdict counts."""
    minutes, seconds = divmod(plan.end // 1_000_000, 60)
    return _(
        "{people} of {full} people, {minutes} min {seconds} s, {workers} load processes, verdict "
        "counts at {scale} and {clock}x"
    ).format(
        people=number(plan.people, language), full=number(plan.people_in_full, language),
        minutes=minutes, seconds=f"{seconds:02}", workers=plan.workers,
        scale=percent(plan.verdict_at["scale"], language), clock=f"{plan.verdict_at['clock']:g}",
    ) + (_(" → THIS WOULD BE A REHEARSAL") if plan.rehearsal else "")  # fmt: skip


def _print_promises(
    prepared: Prepared, language: Language, say: Callable[[str], None], _: Translate
) -> None:
    """Each promise in words, how many people it needs, and the smallest crowd for all of them."""
    plan = prepared.plan
    found = {
        id(n.slo): n
        for n in needs(plan, prepared.members, {p: list(s) for p, s in prepared.steps.items()})
    }
    for slo in plan.slos:
        say(f"slo {slo.word}{_(': ')}{slo.told(language)}")
        if need := found.get(id(slo)):
            say(f"    {enough(need, language)}")
    if (share := smallest(list(found.values()))) is not None and found:
        few = math.ceil(share * plan.people)
        part = percent(share, language, apart_from=0.0, decimals=0)
        say(
            _("the smallest crowd in which every promise can pass: about {few} people ({share})")
            .format(few=number(few, language), share=part)
        )  # fmt: skip
    for item in plan.not_checked:
        told = f"{item.ref}{_(': ')}{item.text} ({item.because(language)})"
        say(_("not checked: {what}").format(what=told))


def _its_sandbox(name: str) -> str:
    """The first preset of which the profile expects a verdict, for its hosts; or `rentree`."""
    data = resolve(find("profiles", name)).data
    expects = data.get("expects") if isinstance(data, dict) else None
    presets = expects if isinstance(expects, dict) else {}
    return next((preset for preset in presets if preset in listing("sandboxes")), "rentree")


def _print_crowd(
    prepared: Prepared, language: Language, console: Console, say: Callable[[str], None]
) -> None:
    """People by territory and persona; where the territories' own figures are from, below."""
    _, members = translator(language), prepared.members
    schools = Counter(
        name.partition("/")[0]
        for name, people in zip(members.schools, members.per_school.tolist(), strict=True)
        if people
    )
    personas = list(dict.fromkeys(p for c in prepared.profile.crowd for p in c.come))
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column(_("territory"))
    for head in (*(_word(p, language) for p in personas), _("schools"), _("of its pupils")):
        table.add_column(head, justify="right")
    below = []
    for coming in prepared.profile.crowd:
        territory, counts = load_territory(coming.territory), members.counts
        here = {p: counts.get((coming.territory, p), 0) for p in personas}
        pupils = sum(n for p, n in here.items() if prepared.roles.get(p, p) == "pupil")
        table.add_row(
            territory.name[language],
            *(number(count, language) for count in here.values()),
            number(schools[coming.territory], language),
            percent(pupils / territory.pupils.count, language, decimals=3),
        )
        below.append(
            f"{territory.name[language]}{_(': ')}{number(territory.pupils.count, language)} "
            f"{people_word(2, language, 'pupil')} ({territory.pupils.told(language)})"
        )
    console.print(table)
    for line in below:
        say(f"  {line}")


def _word(persona: str, language: Language) -> str:
    return people_word(2, language, persona) if persona in PERSONAS else persona


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
