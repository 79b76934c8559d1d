"""From what a user asks of `rentree capacity` to a run that can be led: plan, people, quest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rentree.capacity.conductor import OVERTIME, SPARE
from rentree.capacity.promise import limit_of, promises_of
from rentree.capacity.quest import Quest
from rentree.capacity.search import LEAST, Wanted
from rentree.capacity.traffic import in_turn
from rentree.crowd import Member
from rentree.errors import UsageError
from rentree.feed import Fed
from rentree.plan import Phase, Plan
from rentree.prepare import Prepared
from rentree.quantity import SECOND
from rentree.reach import busiest
from rentree.sample import SIGN_IN, SIGN_OUT
from rentree.walks import walked
from rentree.words import LANGUAGES
from rentree.yamltext import nearest

PHASE = "capacity"
WARM = 3 * SECOND  # at least: a load is judged once it is steady
BELOW = 16  # times below the profile's peak is where the search begins


@dataclass(frozen=True)
class Ask:
    """What the user asks. Times are µs, rates are per second."""

    step: str | None = None  # try this step alone
    width: float = 0.05
    at_most: int = 300 * SECOND
    at_least: float | None = None
    start: float | None = None
    window: int = 10 * SECOND
    hurry: float = 30.0  # think times are so many times shorter


def fed_plan(plan: Plan, ask: Ask, peak_at: int) -> Plan:
    """The plan of a search: one phase, no faults, nobody tries again, at the peak's time of day."""
    end = ask.at_most + OVERTIME
    bearing = {"retry_at_most": 0, "stay_until": end + plan.behaviour.patience}
    return plan.model_copy(
        update={
            "phases": [Phase(name=PHASE, start=0, end=end)],
            "behaviour": plan.behaviour.model_copy(update=bearing),
            "starts_at": plan.starts_at + round(peak_at * plan.clock),
            "faults": [], "slos": [], "stops": [], "not_checked": [], "expects": {},
        }
    )  # fmt: skip


def people_of(prepared: Prepared, ask: Ask) -> list[Member]:
    """Who comes, in their order: those whose journey has the step, when there is one.

    Raises:
        UsageError: nobody's journey has it, or it needs more than can be told it here.
    """
    members: Sequence[Member] = prepared.members
    if ask.step is not None:
        steps = {step: told for of in prepared.steps.values() for step, told in of.items()}
        if ask.step not in steps or ask.step == SIGN_OUT:
            known = [step for step in steps if step != SIGN_OUT]
            raise UsageError(f"--step “{ask.step}”: {nearest(ask.step, known)}")
        if more := set(steps[ask.step]) - {"text"}:
            raise UsageError(
                f"--step “{ask.step}” needs {', '.join(sorted(more))}, which only a journey of its "
                "own can say: measure the journeys (without --step)"
            )
        members = [m for m in members if ask.step in walked(prepared.steps, m.territory, m.persona)]
    plan = prepared.plan
    return in_turn(members, f"{plan.seed}/{plan.challenge}")


def lead(prepared: Prepared, ask: Ask) -> tuple[Quest, list[Member], float]:
    """The quest, who comes, and how many of them come in the profile's busiest second.

    `prepared` becomes the search's: its plan and its feed.

    Raises:
        UsageError: what is asked cannot be.
    """
    prepared.members = prepared.members.with_accounts()  # the same people come again and again
    people = people_of(prepared, ask)
    asked, peak_at = busiest(np.array([member.due for member in people], dtype=np.int64))
    plan = prepared.plan
    steps = [list(of) for of in prepared.steps.values()] if ask.step is None else [[ask.step]]
    promises = promises_of(plan.slos, {s for of in steps for s in of}, plan.behaviour.patience)
    start = ask.start or max(asked / BELOW, 10 * LEAST)
    most = math.inf
    if ask.step not in (None, SIGN_IN):
        limit = limit_of(promises, ask.step or "") / SECOND
        most = (len(people) - 2 * plan.workers) / (limit * SPARE)
        if most < LEAST:
            raise UsageError(
                f"{len(people)} people are too few to measure a step by: raise --scale"
            )
    wanted = Wanted(min(start, most), ask.width, ask.at_least, most)
    quest = Quest(
        wanted, promises, ask.step, max(len(of) for of in steps), WARM, ask.window,
        ask.at_most, plan.behaviour.patience,
    )  # fmt: skip
    told = prepared.steps.values()
    writes = ask.step is not None and any("text" in of.get(ask.step, ()) for of in told)
    prepared.plan = fed_plan(plan, ask, peak_at)
    prepared.fed = Fed(only=ask.step, writes=writes, hurry=ask.hurry)
    return quest, people, asked


def once_each(prepared: Prepared, ask: Ask) -> bool:
    """Whether nobody does the one step twice: else people a second are not steps a second."""
    if ask.step is None:
        return True
    return all(list(moves).count(["step", ask.step]) <= 1 for moves in prepared.walks.values())


def asked_of(ask: Ask, quest: Quest, asked: float) -> dict[str, Any]:
    """What was asked, for the evidence; times in s."""
    return {
        "step": ask.step,
        "unit": "people/s" if ask.step is None else "steps/s",
        "start": quest.wanted.start,
        "width": ask.width,
        "at_least": ask.at_least,
        "at_most": ask.at_most / SECOND,
        "window": ask.window / SECOND,
        "hurry": ask.hurry,
        "profile_asks_at_its_peak": asked,
        "promises": [{lang: p.says(lang) for lang in LANGUAGES} for p in quest.promises],
    }
