"""What the parent tells its load processes, as two files in the run's work folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgpack
from pydantic import BaseModel, ConfigDict

from rentree.crowd import Member
from rentree.feed import Fed
from rentree.trust import Trust


class RouteSpec(BaseModel):
    """A detour of one territory's people: they connect to `via` where they mean `host`."""

    model_config = ConfigDict(frozen=True)

    territory: str
    host: tuple[str, int]
    via: tuple[str, int]
    name: str
    home: str = ""  # only for those of this home network
    introduces: bool = False  # whoever connects to `via` says first who it is (rentree.line)


class LoadSpec(BaseModel):
    """All that a worker needs besides its number and the master's address."""

    model_config = ConfigDict(frozen=True)

    workers: int
    plan: Path
    members: Path
    work: Path  # where blocks go
    journeys: dict[str, Path]  # persona (`rentree.walks`) → file in loadtests/
    adapters: dict[str, Path]  # platform of the crowd ("ent") → file in loadtests/platforms/
    hosts: dict[str, dict[str, str]]  # platform → name of a host → base URL; the first is its base
    pins: dict[str, str] = {}  # host → address; empty: a sandbox of ours, nothing to resolve
    routes: list[RouteSpec]
    forwarded_for: bool  # the platform trusts X-Forwarded-For from our proxies
    authorities: Path | None = None  # PEM: those that alone may vouch for hosts; None: the system's
    verify: bool = True  # false: any certificate will do
    password_env: str | None = None  # the variable that holds everybody's password; None: the seed
    accounts_seed: int
    requests_per_second: float | None = None  # ceiling of the authorisation, for all workers
    fed: Fed | None = None  # the load is found as the run goes on: `rentree.feed`, not `members`

    @property
    def trust(self) -> Trust:
        """Who may vouch for the hosts."""
        return Trust(str(self.authorities) if self.authorities else None, self.verify)

    def base(self, platform: str) -> str:
        """Where the platform's relative addresses start."""
        return next(iter(self.hosts[platform].values()))


def write_spec(path: Path, spec: LoadSpec, members: Sequence[Member]) -> None:
    """Write the spec and the crowd (msgpack rows in arrival order)."""
    packer = msgpack.Packer()
    with spec.members.open("wb") as file:
        file.write(packer.pack_array_header(len(members)))
        file.writelines(packer.pack(member) for member in members)
    path.write_text(spec.model_dump_json(), encoding="utf-8")


def read_spec(path: Path) -> LoadSpec:
    """Read a spec."""
    return LoadSpec.model_validate(json.loads(path.read_text(encoding="utf-8")))


def read_members(spec: LoadSpec, worker: int) -> list[Member]:
    """The people whose arrival index falls to a worker (from 1)."""
    rows = msgpack.unpackb(spec.members.read_bytes())
    return [Member(*row) for row in rows if row[0] % spec.workers == worker - 1]
