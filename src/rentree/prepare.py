"""From what the user asked to a run that is ready: profile, crowd, plan. Sends nothing."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from rentree import dropin
from rentree.crowd import Member, crowd
from rentree.errors import UsageError
from rentree.fault import Injector
from rentree.plan import Plan
from rentree.profile import FaultKinds, Profile, load_profile
from rentree.sandbox.preset import load_preset
from rentree.scaling import make_plan
from rentree.territory import load_territory
from rentree.workspace import Found, find, listing, starter
from rentree.yamltext import nearest

ADAPTER = "sandbox"  # of every platform, until targets name their own


@dataclass(frozen=True)
class Request:
    """What the user asked of `rentree run` or `rentree check`."""

    profile: str
    sandbox: str | None = None
    target: str | None = None
    scale: float = 1.0
    clock: float = 1.0
    rehearsal: bool = False
    seed: int | None = None
    challenge: str = ""
    workers: int = 2
    evidence: Path = Path("evidence")
    toxiproxy: str | None = None
    starter_only: bool = False


@dataclass
class Prepared:
    """A run that could begin."""

    request: Request
    profile: Profile
    resolved: str  # the profile as YAML text, with everything it extends
    plan: Plan
    members: list[Member]
    journeys: dict[str, Path]  # persona → file
    injectors: dict[str, type[Injector]]  # fault kind → injector class
    dropins: list[Found] = field(default_factory=list)


def prepare(request: Request) -> Prepared:
    """Read and check everything.

    Raises:
        UsageError: anything that makes the run impossible, before a packet is sent.
    """
    found = listing("journeys")
    known, adapters = inspect(found, listing("platforms"))
    kinds = dropin.injectors()
    fault_kinds: FaultKinds = {word: kind.kinds[word] for word, kind in kinds.items()}
    territories = {name: load_territory(name).name for name in listing("territories")}
    profile, document = load_profile(
        request.profile,
        journeys={name: facts["steps"] for name, facts in known.items()},
        fault_kinds=fault_kinds,
        territories=territories,
    )
    if request.sandbox is not None:
        load_preset(request.sandbox)
    seed = request.seed if request.seed is not None else secrets.randbelow(2**32)
    members = crowd(
        profile, seed=seed, challenge=request.challenge, scale=request.scale, clock=request.clock
    )
    plan = make_plan(
        profile, members, fault_kinds=fault_kinds, territories=territories, seed=seed,
        challenge=request.challenge, scale=request.scale, clock=request.clock,
        workers=request.workers, sandbox=request.sandbox, rehearsal_asked=request.rehearsal,
        disclaimer=find("profiles", request.profile).resolve().is_relative_to(starter().resolve()),
    )  # fmt: skip
    used = {persona for coming in profile.crowd for persona in coming.come}
    require_steps(known, used, ADAPTER, adapters[ADAPTER])
    journeys = {persona: Path(known[persona]["file"]) for persona in used}
    dropins = [
        *(f for f in found.values() if f.path in journeys.values()),
        *listing("platforms").values(),
        *listing("faults").values(),
        *listing("reports").values(),
    ]
    foreign = [f for f in dropins if not f.starter]
    if request.starter_only and foreign:
        names = ", ".join(str(f.path) for f in foreign)
        raise UsageError(f"--starter-only refuses drop-ins that we did not ship: {names}")
    resolved = yaml.safe_dump(document.data, allow_unicode=True, sort_keys=False)
    return Prepared(request, profile, resolved, plan, members, journeys, kinds, dropins)


def inspect(
    journeys: Mapping[str, Found], adapters: Mapping[str, Found]
) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    """What journeys and adapters do, told by a short child.

    Returns persona → {"file", "says", "steps"}, and adapter → the steps that it knows.

    Raises:
        UsageError: a file of loadtests/ does not load.
    """
    words = [str(f.path) for f in journeys.values()]
    words += ["--adapters", *(str(f.path) for f in adapters.values())]
    command = [sys.executable, "-P", "-m", "rentree.load.inspect", *words]
    child = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    try:
        answer = json.loads(child.stdout)
    except ValueError:
        lines = child.stderr.strip().splitlines()
        why = lines[-1] if lines else "no answer"
        raise UsageError(f"the files of loadtests/ cannot be read: {why}") from None
    if "error" in answer:
        raise UsageError(answer["error"])
    return answer["journeys"], answer["adapters"]


def require_steps(
    known: Mapping[str, dict[str, Any]], personas: set[str], adapter: str, steps: list[str]
) -> None:
    """Raise UsageError when a persona who comes does a step that the adapter does not know."""
    problems = [
        f"{known[persona]['file']}:1: the adapter “{adapter}” does not know the step "
        f"“{step}”: {nearest(step, steps)}"
        for persona in sorted(personas)
        for step in known[persona]["steps"]
        if step not in steps
    ]
    if problems:
        raise UsageError("\n".join(problems))
