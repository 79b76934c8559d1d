"""What is made before a run begins: its folder, what it is judged by, its accounts, its load."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rentree import plan as plans
from rentree.crowd import Crowd, Member, password
from rentree.crowd_table import table
from rentree.environment import describe
from rentree.errors import UsageError
from rentree.evidence import sha256, write_json
from rentree.fault import Route
from rentree.load.spec import LoadSpec, RouteSpec, write_spec
from rentree.prepare import Prepared
from rentree.reach import Reach
from rentree.sandbox.accounts import ROLES, Account, Person
from rentree.walks import walked


def new_folder(prepared: Prepared) -> Path:
    """Make the evidence folder `<date>-<profile>-<short id>` with `raw/` and `work/`.

    Raises:
        UsageError: it cannot be made.
    """
    now = datetime.now(ZoneInfo(prepared.plan.zone))
    name = f"{now:%Y-%m-%d-%H%M%S}-{prepared.plan.profile}-{secrets.token_hex(3)}"
    folder = prepared.request.evidence.resolve() / name
    try:
        (folder / "raw").mkdir(parents=True)
        (folder / "work").mkdir(mode=0o700)
    except OSError as error:
        raise UsageError(
            f"the evidence folder cannot be made: {folder}: {error.strerror}"
        ) from error
    return folder


def write_raw(folder: Path, prepared: Prepared) -> None:
    """Write everything that is known before the run: plan, profile, crowd, code, environment."""
    raw = folder / "raw"
    write_json(raw / "plan.json", plans.dump(prepared.plan))
    (raw / "profile.yaml").write_text(prepared.resolved, encoding="utf-8")
    write_people(raw, prepared.members)
    listing = []
    for found in prepared.dropins:
        copy = raw / "dropins" / found.kind / found.path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found.path, copy)
        listing.append(
            {
                "kind": found.kind, "name": found.name, "sha256": sha256(found.path),
                "starter": found.starter, "replaces_starter": found.replaces,
            }
        )  # fmt: skip
    write_json(raw / "environment.json", {**describe(), "dropins": listing})
    write_recomputation(raw)


def write_recomputation(raw: Path) -> None:
    """Write the program that reckons the verdict's figures anew, without Rentrée, years later."""
    source, copy = Path(__file__).with_name("recompute"), raw / "recompute"
    copy.mkdir()
    for path in source.glob("*.py"):
        if path.name not in ("__main__.py", "start.py"):
            shutil.copyfile(path, copy / path.name)
    shutil.copyfile(source / "start.py", raw / "recompute.py")


def write_people(raw: Path, members: Crowd) -> None:
    """Write the crowd and its due times, as generated."""
    table(members).write_parquet(raw / "people.parquet")


def accounts_of(prepared: Prepared, platform: str = "") -> list[Account]:
    """The crowd as accounts of a sandbox: those who may come there, when it plays one platform."""
    profile = prepared.profile
    there = {c.territory for c in profile.crowd if not platform or platform in profile.goes(c)}
    return [
        Account(
            Person(
                m.login,
                m.name,
                _role(walked(prepared.roles, m.territory, m.persona)),
                m.territory,
                m.school,
                m.level,
                m.class_,
            ),
            "" if _lacks(m, platform) else password(prepared.plan.seed, m.login),
        )
        for m in prepared.members
        if m.territory in there
    ]


def _lacks(member: Member, platform: str) -> bool:
    """Whether somebody has no account there yet: on the platform where they go first."""
    return member.new_account and platform in ("", member.platform)


def _role(persona: str) -> str:
    """What a persona is to the sandbox, which knows four roles."""
    return persona if persona in ROLES else "staff"


def write_load_spec(
    folder: Path, prepared: Prepared, reached: Reach, routes: Sequence[Route]
) -> Path:
    """Write what the load processes are told, and keep where the platform was (target.json)."""
    work, target = folder / "work", prepared.target
    accounts = target.accounts if target else None
    authorities = folder / "raw" / "authorities.pem"
    if reached.trust.ca is not None:
        shutil.copyfile(reached.trust.ca, authorities)
    spec = LoadSpec(
        workers=prepared.plan.workers,
        plan=folder / "raw" / "plan.json",
        members=work / "members.msgpack",
        work=work,
        journeys=prepared.journeys,
        adapters=prepared.adapters,
        hosts=reached.hosts,
        pins=reached.pins,
        routes=[
            RouteSpec(
                territory=r.territory,
                host=r.host,
                via=r.via,
                name=r.name,
                home=r.home,
                introduces=r.introduces,
            )
            for r in routes
        ],
        forwarded_for=reached.forwarded_for,
        password_env=accounts.password if accounts else None,
        accounts_seed=prepared.plan.seed,
        authorities=authorities if reached.trust.ca is not None else None,
        verify=reached.trust.verify,
        requests_per_second=reached.requests_per_second(),
        fed=prepared.fed,
    )
    write_spec(work / "load.json", spec, prepared.members)
    facts = {
        "base": next(iter(reached.bases.values())),
        "platforms": {
            name: {"adapter": path.stem, "hosts": reached.hosts[name]}
            for name, path in prepared.adapters.items()
        },
        "pins": reached.pins,
        "sandbox": prepared.request.sandbox,
        "defects": list(prepared.request.defects),
        "target": target.model_dump(mode="json") if target else None,
        "routes": [
            {"territory": r.territory, "home": r.home, "name": r.name, "via": list(r.via)}
            for r in routes
        ],
    }
    write_json(folder / "raw" / "target.json", facts)
    if reached.granted:
        documents = [
            {"base": g.base, "address": g.address, "text": g.text} for g in reached.granted
        ]
        write_json(folder / "raw" / "authorization.json", documents)
    return work / "load.json"
