"""`rentree check`: what a profile would do, told before anything is sent."""

from __future__ import annotations

import math
import os
import time
from collections import Counter

import numpy as np
from rich.console import Console
from rich.table import Table

from rentree.commands.making import making
from rentree.decidable import needs, smallest
from rentree.decidable import said as enough
from rentree.headroom import means, shortages
from rentree.i18n import Language
from rentree.prepare import Prepared, Request, prepare
from rentree.profile import resolve
from rentree.reach import busiest
from rentree.slo import Refused
from rentree.stop import told
from rentree.territory import load_territory
from rentree.workspace import find, listing

BARS = "▁▂▃▄▅▆▇█"
SESSION_SEED = 1  # the preview's own draw; a run draws another


def preview(
    name: str,
    scale: float,
    clock: float | None,
    language: Language,
    console: Console,
    target: str | None = None,
) -> None:
    """Print what the profile would do, and which of its promises a target can decide.

    Raises:
        UsageError: it is not valid; every problem is named.
    """
    sandbox = _its_sandbox(name) if target is None else None
    request = Request(
        name, sandbox=sandbox, target=target, scale=scale, clock=clock, seed=SESSION_SEED
    )
    with making(Console(stderr=True), time.monotonic) as progress:
        prepared = prepare(request, progress)
    plan = prepared.plan
    console.print(f"{plan.profile}: {plan.title[language]}", markup=False, highlight=False)
    minutes, seconds = divmod(plan.end // 1_000_000, 60)
    console.print(
        f"{plan.people} of {plan.people_in_full} people, {minutes} min {seconds:02} s, "
        f"{plan.workers} load processes, verdict counts at "
        f"{plan.verdict_at['scale']:.0%} and {plan.verdict_at['clock']:g}x"
        + (" → THIS WOULD BE A REHEARSAL" if plan.rehearsal else ""),
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip
    _print_arrivals(prepared, console)
    _print_crowd(prepared, language, console)
    for fault in plan.faults:
        floor = prepared.injectors[fault.fault]().floor_us(fault) / 1000
        console.print(
            f"fault {fault.name}: {fault.fault} ({fault.told['en']}) on "
            f"{', '.join(fault.hits.values())}, {fault.start / 1e6:g} s to {fault.end / 1e6:g} s"
            + (f"; alone it adds at least {floor:g} ms to each exchange" if floor else ""),
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
    for rule in plan.stops:
        console.print(f"stops when {told(rule)}", markup=False, highlight=False, soft_wrap=True)
    found = {
        id(n.slo): n
        for n in needs(plan, prepared.members, {p: list(s) for p, s in prepared.steps.items()})
    }
    for slo in plan.slos:
        text = slo.model_dump(by_alias=True, exclude_none=True, exclude={"promise", "source"})
        shown = ", ".join(f"{k}: {_shown(k, v)}" for k, v in text.items() if k != "slo")
        console.print(f"slo {slo.slo}: {shown}", markup=False, highlight=False, soft_wrap=True)
        if need := found.get(id(slo)):
            console.print(f"    {enough(need)}", markup=False, soft_wrap=True)
    if (share := smallest(list(found.values()))) is not None and found:
        few = math.ceil(share * plan.people)
        console.print(
            f"the smallest crowd in which every promise can pass: about {few} people ({share:.0%})",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
    if prepared.target is not None:
        _print_target(prepared, language, console)
    own = prepared.target is None
    for short in shortages(
        prepared.members.per_school.tolist(), plan.workers, means(), own_addresses=own
    ):
        console.print(f"TOO FEW {short}", markup=False, highlight=False, soft_wrap=True)
    console.print("valid. Nothing was sent.", markup=False)


def _its_sandbox(name: str) -> str:
    """The first preset of which the profile expects a verdict, for its hosts; or `rentree`."""
    data = resolve(find("profiles", name)).data
    expects = data.get("expects") if isinstance(data, dict) else None
    presets = expects if isinstance(expects, dict) else {}
    return next((preset for preset in presets if preset in listing("sandboxes")), "rentree")


def _print_arrivals(prepared: Prepared, console: Console) -> None:
    """A drawing of arrivals over the run, and the busiest second."""
    due = prepared.members.due
    width = 60
    counts, _ = np.histogram(due, bins=width, range=(0, prepared.plan.end))
    bars = "".join(BARS[round(int(c) / max(counts.max(), 1) * (len(BARS) - 1))] for c in counts)
    console.print(f"arrivals {bars} peak {busiest(due)[0]}/s", markup=False, highlight=False)


def _print_crowd(prepared: Prepared, language: Language, console: Console) -> None:
    members = prepared.members
    schools = Counter(
        name.partition("/")[0]
        for name, people in zip(members.schools, members.per_school.tolist(), strict=True)
        if people
    )
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    for name in ("territory", "people", "schools", "share of its pupils", "population, source"):
        table.add_column(name)
    for coming in prepared.profile.crowd:
        territory = load_territory(coming.territory)
        counts = members.counts
        personas = {persona: counts.get((coming.territory, persona), 0) for persona in coming.come}
        pupils = territory.pupils
        table.add_row(
            territory.name[language],
            ", ".join(f"{count} {persona}" for persona, count in personas.items()),
            str(schools[coming.territory]),
            f"{personas['pupil'] / pupils.count:.3%}",
            f"{pupils.count} ({pupils.basis})",
        )
    console.print(table)


def _print_target(prepared: Prepared, language: Language, console: Console) -> None:
    """Where it would go, with which accounts, and what cannot be decided there."""
    assert prepared.target is not None  # noqa: S101  # asked by the caller
    for platform, path in prepared.adapters.items():
        hosts = ", ".join(prepared.target.platforms[platform].hosts.values())
        console.print(
            f"target {prepared.target.target}: {platform} is {hosts}, by the adapter {path.name}",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
    if prepared.target.control is not None:
        console.print(
            f"control {prepared.target.control}, asked once a second", markup=False, soft_wrap=True
        )
    accounts = prepared.target.accounts
    if accounts is not None and accounts.password and accounts.password not in os.environ:
        console.print(
            f"the password is not in the environment now: {accounts.password}", markup=False
        )
    lines = [note[language] for note in prepared.plan.notes] + undecidable(prepared)
    for line in lines:
        console.print(f"- {line}", markup=False, highlight=False, soft_wrap=True)
    if not any(line.startswith("slo ") for line in undecidable(prepared)):
        console.print("every promise of this profile can be decided there", markup=False)


def undecidable(prepared: Prepared) -> list[str]:
    """What the platforms' adapters cannot tell, and so what cannot be shown, a sentence each."""
    mute = [p for p, facts in prepared.facts.items() if not facts.tells_refusal]
    lines = [
        f"slo {slo.slo} can fail but never pass: the adapter of {', '.join(mute)} does not know "
        "what a refusal looks like (`marks: refused:`, or `tells_refusal = True`)"
        for slo in prepared.plan.slos
        if mute and isinstance(slo, Refused)
    ]
    blind = [p for p, facts in prepared.facts.items() if not facts.identifies]
    if blind:
        lines.append(
            f"somebody else's data would not be noticed: the adapter of {', '.join(blind)} does "
            "not tell whose page it is (`identity:`, or `identifies = True`)"
        )
    return lines


def _shown(key: str, value: object) -> str:
    if key in ("below", "within", "held") and isinstance(value, int):
        return f"{value / 1e6:g} s"
    if key in ("quantile", "share", "share_below") and isinstance(value, float):
        return f"{value * 100:g} %"
    return str(value)
