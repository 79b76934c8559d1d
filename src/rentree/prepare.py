"""From what the user asked to a run that is ready: profile, crowd, plan. Sends nothing."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from rentree import dropin
from rentree.accounts import assign
from rentree.crowd import Crowd, Progress, crowd
from rentree.errors import InvalidFileError, Problem, UsageError
from rentree.fault import Injector
from rentree.feed import Fed
from rentree.outlook import Walks
from rentree.plan import Plan
from rentree.population import require_population
from rentree.presets import presets_of
from rentree.profile import FaultKinds, Profile, load_profile
from rentree.provenance import figures
from rentree.reconstruction import named
from rentree.record import record
from rentree.sample import CREATE_ACCOUNT
from rentree.sandbox.defects import known as known_defects
from rentree.sandbox.preset import load_preset
from rentree.scaling import make_plan
from rentree.target import Target, is_name, load_target
from rentree.territory import load_territory
from rentree.trust import SYSTEM, Trust
from rentree.walks import entry, persona_of, roles_of
from rentree.words import Words
from rentree.workspace import Found, find, listing, starter
from rentree.yamltext import nearest

SANDBOX = "sandbox"  # the adapter of the platform that we ship


_BLIND: Words = {
    "fr": "Les pages de la plateforme ne disent pas à l’adaptateur à qui elles sont\u00a0: les "
    "données d’autrui montrées à quelqu’un n’auraient pas été remarquées.",
    "en": "The platform’s pages do not tell the adapter whose they are: somebody else’s data shown "
    "to a person would not have been noticed.",
}
_UNVERIFIED: Words = {
    "fr": "Les certificats de la plateforme n’ont pas été vérifiés : la cible le demande "
    "(tls : verify: no). Qu’un navigateur les accepte n’est donc pas montré.",
    "en": "The platform’s certificates were not verified: the target asks for it (tls: verify: "
    "no). That a browser accepts them is therefore not shown.",
}
_NO_CONTROL: Words = {
    "fr": "La ligne jusqu’à la plateforme n’a pas été contrôlée : la cible ne nomme pas de "
    "témoin près d’elle.",
    "en": "The line to the platform was not checked: the target names no control near it.",
}


@dataclass(frozen=True)
class Request:
    """What the user asked of `rentree run` or `rentree check`."""

    profile: str
    sandbox: str | None = None  # a preset, or one for each platform (`rentree.presets`)
    target: str | None = None
    scale: float = 1.0
    clock: float | None = None  # None: the one at which the profile's verdict counts
    rehearsal: bool = False
    seed: int | None = None
    challenge: str = ""
    workers: int = 2
    evidence: Path = Path("evidence")
    toxiproxy: str | None = None
    starter_only: bool = False
    remote_workers: int = 0  # those that are started by hand, beside `workers`
    master_port: int = 5557  # at which they find us, on loopback
    authorized: tuple[str, ...] = ()  # hosts to whose test the user consents on this machine
    tls: bool = False  # the sandbox that is started is met over https
    loopback_as_remote: bool = False  # a sandbox of ours needs leave too: for tests of leave
    defects: tuple[str, ...] = ()  # that the sandbox is started with


class AdapterFacts(NamedTuple):
    """What must be known of an adapter without loading it here."""

    steps: list[str]
    doors: dict[str, str]  # step → path of its first page: what a flood hits
    identifies: bool  # it can tell whose page it is shown
    tells_refusal: bool  # it knows what a refusal looks like
    hosts: list[str]  # the hosts of the target that it calls by name


@dataclass
class Prepared:
    """A run that could begin."""

    request: Request
    profile: Profile
    resolved: str  # the profile as YAML text, with everything it extends
    plan: Plan
    members: Crowd
    journeys: dict[str, Path]  # persona (`rentree.walks`) → file
    roles: dict[str, str]  # persona, likewise → what the platform takes them for
    adapters: dict[str, Path]  # platform of the crowd → file
    facts: dict[str, AdapterFacts]  # platform of the crowd → what its adapter is
    target: Target | None  # None: a sandbox
    injectors: dict[str, type[Injector]]  # fault kind → injector class
    steps: dict[str, dict[str, list[str]]]  # persona, likewise → step → what the step is told
    dropins: list[Found] = field(default_factory=list)
    trust: Trust = SYSTEM  # who may vouch for the target's hosts
    fed: Fed | None = None  # the load is found as the run goes on
    walks: Walks = field(default_factory=dict)  # persona → its journey, move by move

    @property
    def brings_accounts(self) -> bool:
        """Whether the crowd's own accounts are given to the sandbox: the target names none."""
        return self.target is None or self.target.accounts is None


def prepare(request: Request, progress: Progress | None = None) -> Prepared:
    """Read and check everything. `progress` hears how many people are made.

    Raises:
        UsageError: anything that makes the run impossible, before a packet is sent.
    """
    if request.workers + request.remote_workers < 1:
        raise UsageError("nobody would do the work: --workers 1 or more, or --remote-workers")
    found = listing("journeys")
    known, known_adapters = inspect(found, listing("platforms"))
    kinds = dropin.injectors()
    fault_kinds: FaultKinds = {word: kind.kinds[word] for word, kind in kinds.items()}
    profile, document = load_profile(
        request.profile,
        journeys={name: facts["steps"] for name, facts in known.items()},
        fault_kinds=fault_kinds,
        territories=listing("territories"),
    )
    places = {c.territory: load_territory(c.territory) for c in profile.crowd}
    walks = {
        entry(coming.territory, p) if p in coming.journeys else p: known[profile.walk(coming, p)]
        for coming in profile.crowd
        for p in coming.come
    }
    roles = {key: facts["role"] or persona_of(key) for key, facts in walks.items()}
    require_population(profile, places, roles_of(known), document)
    ours = find("profiles", request.profile).resolve().is_relative_to(starter().resolve())
    clock = profile.verdict_at.clock if request.clock is None else request.clock
    simulated = False
    platforms = profile.platforms
    if request.sandbox is not None:
        presets = presets_of(request.sandbox)
        _require_each(presets, platforms)
        simulated = any(load_preset(p)[0].sign_in == "saml" for p in presets.values())
        known_defects(request.defects)
    target, file = _target(request, platforms)
    adapters = _adapters(target, platforms)
    seed = request.seed if request.seed is not None else secrets.randbelow(2**32)
    members = crowd(
        profile, seed=seed, challenge=request.challenge, scale=request.scale, clock=clock,
        progress=progress,
    )  # fmt: skip
    notes: list[Words] = []
    if target is not None and target.accounts is not None:
        own = target.accounts.file
        accounts = file.parent / own if file is not None and own is not None else None
        given, notes = assign(members, target.accounts, accounts)
        members = members.signing_in_as(given)
    facts = {platform: known_adapters[name] for platform, name in adapters.items()}
    notes += [_BLIND for adapter in facts.values() if not adapter.identifies][:1]
    notes += [_NO_CONTROL] if target is not None and target.control is None else []
    notes += [_defective(request.defects)] if request.defects else []
    notes += [SIMULATED] if simulated else []
    notes += [_UNVERIFIED] if target is not None and not target.tls.verify else []
    plan = make_plan(
        profile, members, fault_kinds=fault_kinds, seed=seed,
        territories={name: place.name for name, place in places.items()},
        challenge=request.challenge, scale=request.scale, clock=clock,
        workers=request.workers + request.remote_workers, sandbox=request.sandbox,
        rehearsal_asked=request.rehearsal,
        disclaimer=ours, named=named(profile),
        figures=figures(profile, places, reconstruction=ours),
        documents=record().documents if ours else {},
        target=request.target or "", notes=notes,
        tells_refusal=all(adapter.tells_refusal for adapter in facts.values()),
        identifies=all(adapter.identifies for adapter in facts.values()),
    )  # fmt: skip
    for platform, name in adapters.items():
        done = _done_at(platform, profile, known)
        require_steps(known, done, name, known_adapters[name].steps)
    _require_doors(plan, facts)
    _require_hosts(target, facts)
    _require_hit(request, target, plan, simulated=simulated)
    journeys = {key: Path(facts["file"]) for key, facts in walks.items()}
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
    return Prepared(
        request, profile, resolved, plan, members, journeys, roles,
        {platform: listing("platforms")[name].path for platform, name in adapters.items()},
        facts, target, kinds, {key: facts["told"] for key, facts in walks.items()}, dropins,
        SYSTEM if target is None or file is None else target.trust(file),
        walks={persona: facts["moves"] for persona, facts in walks.items()},
    )  # fmt: skip


SIMULATED: Words = {
    "fr": "Fournisseur d’identité simulé : ce n’est pas celui du ministère qui a été éprouvé.",
    "en": "Simulated identity provider: it is not the ministry's that was tried.",
}


def _done_at(
    platform: str, profile: Profile, known: Mapping[str, dict[str, Any]]
) -> dict[str, set[str]]:
    """Journey → what of it is done at a platform."""
    done: dict[str, set[str]] = {}
    for coming in profile.crowd:
        for persona in coming.come:
            walk, new = profile.walk(coming, persona), profile.new_accounts.share.get(persona)
            steps = [*known[walk]["steps"], *([CREATE_ACCOUNT] if new else [])]
            there = {s for s in steps if platform in profile.done_at(coming, s)}
            done.setdefault(walk, set()).update(there)
    return done


def _require_each(presets: Mapping[str, str], platforms: Sequence[str]) -> None:
    """Raise UsageError when a platform has no sandbox, or a sandbox no platform."""
    if "" in presets:
        return
    for platform in presets:
        if platform not in platforms:
            raise UsageError(
                f"--sandbox {platform}=…: nobody goes to “{platform}”: "
                f"{nearest(platform, platforms)}"
            )
    if missing := [platform for platform in platforms if platform not in presets]:
        raise UsageError(
            "people go to "
            + ", ".join(f"“{platform}”" for platform in missing)
            + " too, which has no sandbox: "
            + " ".join(f"--sandbox {platform}=PRESET" for platform in missing)
        )


def _defective(defects: Sequence[str]) -> Words:
    names = ", ".join(defects)
    return {
        "fr": f"Le bac à sable a été rendu défectueux exprès : {names}.",
        "en": f"The sandbox was made defective on purpose: {names}.",
    }


def _target(request: Request, platforms: list[str]) -> tuple[Target | None, Path | None]:
    """The target that was asked for by name, and its file."""
    if request.target is None or not is_name(request.target):
        return None, None
    return load_target(request.target, platforms)


def _adapters(target: Target | None, platforms: list[str]) -> dict[str, str]:
    """Platform → the name of its adapter. Raises InvalidFileError when there is no such adapter."""
    if target is None:
        return dict.fromkeys(platforms, SANDBOX)
    known = listing("platforms")
    file = str(find("targets", target.target)) if target.target in listing("targets") else "target"
    problems = [
        Problem(file, 1, f"no adapter “{at.adapter}” in loadtests/platforms/: {hint}")
        for at in target.platforms.values()
        if at.adapter not in known and (hint := nearest(at.adapter, known))
    ]
    if problems:
        raise InvalidFileError(problems)
    return {platform: target.platforms[platform].adapter for platform in platforms}


def _require_doors(plan: Plan, facts: Mapping[str, AdapterFacts]) -> None:
    """Raise UsageError when a fault hits a step whose first page the adapter does not tell."""
    for fault in plan.faults:
        if "step" not in fault.hits or "platform" not in fault.hits:
            continue
        doors, wanted = facts[fault.hits["platform"]].doors, fault.hits["step"]
        if wanted not in doors:
            raise UsageError(
                f"fault “{fault.name}” hits the step “{wanted}”, of which the adapter tells no "
                f"first page: {nearest(wanted, doors)}"
            )


def _require_hosts(target: Target | None, facts: Mapping[str, AdapterFacts]) -> None:
    """Raise UsageError when an adapter calls a host by a name that the target does not give."""
    for platform, adapter in facts.items():
        known = target.platforms[platform].hosts if target else {"portal": ""}
        for name in adapter.hosts:
            if name not in known:
                raise UsageError(
                    f"the adapter of “{platform}” goes to the host {{{name}}}, which the target "
                    f"does not name: {nearest(name, known)}"
                )


def _require_hit(request: Request, target: Target | None, plan: Plan, *, simulated: bool) -> None:
    """Raise UsageError when a fault hits a host or a link that the platform will not have."""
    if request.sandbox is None and target is None:  # its hosts are known once it is asked
        return
    hosts = {"portal", *(["idp"] if simulated else [])}
    if target is not None:
        hosts = {name for at in target.platforms.values() for name in at.hosts}
    links = target.links if target is not None else {}
    for fault in plan.faults:
        host, link = fault.hits.get("host"), fault.hits.get("link")
        if host is not None and host not in hosts:
            raise UsageError(
                f"fault “{fault.name}” hits the host “{host}”, which the platform does not have: "
                f"{nearest(host, hosts)}"
            )
        if link is not None and link not in links:
            known = nearest(link, links) if links else "only a target file names links"
            raise UsageError(f"fault “{fault.name}” hits the link “{link}”: {known}")


def inspect(
    journeys: Mapping[str, Found], adapters: Mapping[str, Found]
) -> tuple[dict[str, dict[str, Any]], dict[str, AdapterFacts]]:
    """What journeys and adapters do, told by a short child.

    Returns persona → {"file", "says", "steps", "told", "moves"}, and adapter → what it is.

    Raises:
        UsageError: a file of loadtests/ does not load.
    """
    files = tuple(_as_it_is(f.path) for f in journeys.values())
    shown = _child(files, tuple(_as_it_is(f.path) for f in adapters.values()))
    try:
        answer = json.loads(shown.stdout)
    except ValueError:
        lines = shown.stderr.strip().splitlines()
        why = lines[-1] if lines else "no answer"
        raise UsageError(f"the files of loadtests/ cannot be read: {why}") from None
    if "error" in answer:
        raise UsageError(answer["error"])
    told = {name: AdapterFacts(**facts) for name, facts in answer["adapters"].items()}
    return answer["journeys"], told


class _AsItIs(NamedTuple):
    """A file as it stands: changed, it is asked again."""

    path: str
    changed_ns: int
    size: int


def _as_it_is(path: Path) -> _AsItIs:
    try:
        told = path.stat()
    except OSError:  # the child says what is wrong with it
        return _AsItIs(str(path), 0, 0)
    return _AsItIs(str(path), told.st_mtime_ns, told.st_size)


@cache
def _child(
    journeys: tuple[_AsItIs, ...], adapters: tuple[_AsItIs, ...]
) -> subprocess.CompletedProcess[str]:
    """The child's answer, once for the same files: a series of runs asks before each of them."""
    words = [*(f.path for f in journeys), "--adapters", *(f.path for f in adapters)]
    command = [sys.executable, "-P", "-m", "rentree.load.inspect", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def require_steps(
    known: Mapping[str, dict[str, Any]],
    done: Mapping[str, Collection[str]],
    adapter: str,
    steps: list[str],
) -> None:
    """Raise UsageError when a step is done there (journey → steps) that the adapter knows not."""
    problems = [
        f"{known[persona]['file']}:1: the adapter “{adapter}” does not know the step "
        f"“{step}”: {nearest(step, steps)}"
        for persona in sorted(done)
        for step in sorted(done[persona])
        if step not in steps
    ]
    if problems:
        raise UsageError("\n".join(problems))
