"""Tells what journeys and adapters do, as JSON: a short child of `rentree.prepare`.

    python -m rentree.load.inspect JOURNEY... [--adapters ADAPTER...]

It walks each journey with a person who has left already, so that each step names itself and
nothing is sent.
"""

from __future__ import annotations

import os

os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"

import inspect
import json
import sys
from pathlib import Path

from rentree import dropin
from rentree.errors import RentreeError, UsageError
from rentree.load.worker import load_personas
from rentree.person import Person
from rentree.platform import Platform

MOST_MOVES = 10_000  # of a journey that ends


class _Endless(Exception):  # noqa: N818  # no error of ours: how a walk is left
    """A journey that does not end."""


def steps_of(persona: type[Person]) -> tuple[dict[str, list[str]], list[list[str | float]]]:
    """The steps of a persona's journey, in order, each once, and what each is told; and its moves.

    A move is a step, a think time (s of the scenario, from and to) or the stay. It is walked twice,
    by somebody whose steps are all ok and by somebody whose steps all fail: what the second one
    does not name would have no row, and who was turned away would not be missed there.

    Raises:
        UsageError: the journey raises, never ends, or leaves out steps once one has failed.
    """
    steps, moves = _walked(persona, ok=True)
    failing, _ = _walked(persona, ok=False)
    if left_out := [name for name in steps if name not in failing]:
        line = inspect.getsourcelines(persona.journey)[1]
        raise UsageError(
            f"{inspect.getfile(persona)}:{line}: once a step has failed the journey does not name "
            f"“{left_out[0]}”: name every step whatever the one before answered; what somebody who "
            "left cannot do is recorded as abandoned, and counts"
        )
    return {**failing, **steps}, moves


def _walked(
    persona: type[Person], *, ok: bool
) -> tuple[dict[str, list[str]], list[list[str | float]]]:
    """Steps and moves, when every step comes out so."""
    steps: dict[str, list[str]] = {}
    moves: list[list[str | float]] = []

    class Walker(persona):  # type: ignore[valid-type, misc]  # the class is a value here
        def __init__(self) -> None:
            self.who = _Nobody()

        def step(self, name: str, **facts: object) -> bool:
            steps[name] = sorted(facts)
            moves.append(["step", name])
            if len(moves) > MOST_MOVES:
                raise _Endless
            return ok

        def think(self, least: float, most: float) -> None:
            moves.append(["think", least, most])

        def stay(self) -> None:
            moves.append(["stay"])

        def draw(self) -> float:
            return 0.5

    try:
        Walker().journey()
    except _Endless:
        file, line = inspect.getfile(persona), inspect.getsourcelines(persona.journey)[1]
        raise UsageError(
            f"{file}:{line}: the journey tries the same again and again once a step has failed: "
            "trying again is the profile's (`behaviour: retry`)"
        ) from None
    except Exception as error:  # a drop-in's mistake, told before anything is sent
        file, line = inspect.getfile(persona), dropin.line_in(error, inspect.getfile(persona))
        text = f"the journey raises {type(error).__name__}: {error}"
        raise UsageError(f"{file}:{line}: {text}") from error
    return steps, moves


def facts_of(adapter: type[Platform]) -> dict[str, object]:
    """What `rentree.prepare.AdapterFacts` holds."""
    return {
        "steps": list(adapter.methods),
        "doors": dict(adapter.doors),
        "identifies": adapter.identifies,
        "tells_refusal": adapter.tells_refusal,
        "hosts": list(adapter.names_hosts),
    }


class _Nobody:
    """Somebody of the crowd's form, for journeys that ask who they are."""

    name = "Nobody 1"
    person = "nowhere/nobody-00001"
    school = class_ = "nowhere/lycée-01/c01"
    territory, level, persona = "nowhere", "lycée", "nobody"


def main(words: list[str]) -> None:
    """Print {"journeys": {persona: facts of it}, "adapters": {name: facts}}.

    A journey's: `file`, `says`, `steps`, `told` (step → names of the facts that it is told),
    `role`, and `moves`, the journey as `steps_of` walks it.

    When a file does not load: {"error": text}.
    """
    files, adapters = words, list[str]()
    if "--adapters" in words:
        split = words.index("--adapters")
        files, adapters = words[:split], words[split + 1 :]
    journeys = {}
    try:
        for file in files:
            for name, persona in load_personas({Path(file).stem: Path(file)}).items():
                says = (persona.__doc__ or "").strip().split("\n")[0]
                told, moves = steps_of(persona)
                journeys[name] = {
                    "file": file, "says": says, "steps": list(told), "told": told,
                    "role": persona.role, "moves": moves,
                }  # fmt: skip
        known = {Path(file).stem: facts_of(dropin.adapter(Path(file))) for file in adapters}
    except RentreeError as error:
        print(json.dumps({"error": str(error)}))  # noqa: T201
        return
    print(json.dumps({"journeys": journeys, "adapters": known}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
