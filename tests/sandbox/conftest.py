"""Real sandboxes for the tests: presets written on the spot, processes that are always ended."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest
from tests.sandbox.postgresql import Server, binaries, running

from rentree.sandbox.database import Database, Sqlite
from rentree.sandbox.postgres import Postgres
from rentree.sandbox.process import RunningSandbox, start

_PRESET = """
sandbox: {name}
title: {{fr: "Essai", en: "Trial"}}
capacity: {{servers: {servers}, queue: {queue}}}
service: {{sign-in: {service}, page: {service}, asset: 1 ms, write: 1 ms}}
quota: {quota}
session: {{idle: {idle}, at_most: none}}
overload: {{retry_after: {retry_after}}}
{more}
"""

Start = Callable[..., RunningSandbox]


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep keys and records of the tests out of this user's state folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def write_preset(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a preset that is wide open, but for what a test says."""

    def write(name: str = "trial", **changes: str) -> Path:
        values = {"servers": "1 000", "queue": "1 000", "service": "1 ms", "quota": "none"}
        values |= {"idle": "30 min", "retry_after": "none", "more": "", **changes}
        path = tmp_path_factory.mktemp("preset") / f"{name}.yaml"
        path.write_text(_PRESET.format(name=name, **values), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def run_sandbox(
    tmp_path_factory: pytest.TempPathFactory, write_preset: Callable[..., Path]
) -> Iterator[Start]:
    """Start real sandboxes; all are ended when the tests are over."""
    started: list[RunningSandbox] = []

    def run(
        scale: float = 1.0,
        clock: float = 1.0,
        accounts: Path | None = None,
        defects: Collection[str] = (),
        database: str | None = None,
        **changes: str,
    ) -> RunningSandbox:
        work, preset = tmp_path_factory.mktemp("sandbox"), write_preset(**changes)
        started.append(
            start(
                preset,
                work=work,
                accounts=accounts,
                scale=scale,
                clock=clock,
                defects=defects,
                database=database,
            )
        )
        return started[-1]

    yield run
    for sandbox in started:
        sandbox.stop()


@pytest.fixture(scope="session")
def sandbox(run_sandbox: Start) -> RunningSandbox:
    """A sandbox with room for everybody, shared by the tests that leave it as it was."""
    return run_sandbox()


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL of the tests' own; skipped where there is none, under CI never."""
    if binaries() is None and not os.environ.get("CI"):
        pytest.skip("no PostgreSQL here (tests/system-packages.sh installs it)")
    with running(tmp_path_factory.mktemp("postgresql")) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], Database]]:
    """Opens the test's database, of each kind in turn; the same one each time."""
    opened: list[Database] = []
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        url = server.new_database(f"t{secrets.token_hex(6)}")

    def make() -> Database:
        made = Sqlite(tmp_path / "db") if request.param == "sqlite" else Postgres(url)
        opened.append(made)
        return made

    yield make
    for database in opened:
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """What `--database` is: nothing, or a PostgreSQL's URL."""
    if request.param == "sqlite":
        return None
    server: Server = request.getfixturevalue("postgresql")
    return server.new_database(f"t{secrets.token_hex(6)}")
