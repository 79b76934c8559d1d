"""Sandboxes started by hand (`rentree sandbox start`): they outlive who started them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from rentree.errors import UsageError
from rentree.process import Identity, stop
from rentree.sandbox.process import LOG, await_ready, command_for, environment
from rentree.state import state_folder


@dataclass(frozen=True)
class DetachedSandbox:
    """What the state folder knows of one."""

    url: str
    port: int
    preset: str
    work: str
    pid: int
    started: float  # s since the epoch, as the kernel tells

    @property
    def identity(self) -> Identity:
        """The process, not to be confused with a later one of the same pid."""
        return Identity(self.pid, self.started)


def start_detached(
    preset: str,
    *,
    accounts: Path | None = None,
    scale: float = 1.0,
    clock: float = 1.0,
    port: int = 0,
    tls: bool = False,
    defects: Collection[str] = (),
    database: str | None = None,
    authorization: Path | None = None,
    timeout: float = 20.0,
) -> DetachedSandbox:
    """Start a sandbox that stays until `stop_detached`; its work folder lies in the state folder.

    Raises:
        UsageError: no such preset, or mistakes in it.
        RentreeError: it did not come up; says why.
    """
    env = environment(database, authorization)
    work = Path(tempfile.mkdtemp(prefix="work-", dir=_folder()))
    try:
        command = command_for(
            preset, work=work, accounts=accounts, scale=scale, clock=clock, port=port, tls=tls,
            defects=defects,
        )  # fmt: skip
    except BaseException:
        shutil.rmtree(work)
        raise
    return _detach(command, work, preset, timeout, env)


def start_provider(
    *, port: int = 0, metadata_in: Path | None = None, timeout: float = 20.0
) -> DetachedSandbox:
    """Start an identity provider alone, for the service provider of `metadata_in`.

    Raises:
        UsageError: its metadata cannot be read.
        RentreeError: it did not come up; says why.
    """
    words = ["--port", str(port)]
    if metadata_in is not None:
        words += ["--metadata-in", str(metadata_in.resolve())]
    work = Path(tempfile.mkdtemp(prefix="work-", dir=_folder()))
    command = [sys.executable, "-P", "-m", "rentree.sandbox.idp", "--work", str(work), *words]
    return _detach(command, work, "idp", timeout)


def running() -> list[DetachedSandbox]:
    """Those that live, by port; what dead ones left is cleared away."""
    found = []
    for path in sorted(_folder().glob("*.json"), key=lambda path: int(path.stem)):
        sandbox = DetachedSandbox(**json.loads(path.read_text(encoding="utf-8")))
        if sandbox.identity.alive():
            found.append(sandbox)
        else:
            _forget(sandbox)
    return found


def the_one(port: int | None = None) -> DetachedSandbox:
    """The one at `port`, or the only one that runs.

    Raises:
        UsageError: none runs there, or several do and no port was given.
    """
    known = running()
    chosen = [s for s in known if port in (None, s.port)]
    ports = ", ".join(str(s.port) for s in known)
    if not chosen:
        where = f" on port {port}" if port is not None else ""
        raise UsageError(
            f"no sandbox runs{where}" + (f"; ports that have one: {ports}" * bool(known))
        )
    if len(chosen) > 1:
        raise UsageError(f"several sandboxes run: say which by --port ({ports})")
    return chosen[0]


def stop_detached(port: int | None = None) -> DetachedSandbox:
    """End the one at `port`, or the only one, and say which it was. Raises as `the_one` does."""
    sandbox = the_one(port)
    if sandbox.identity.alive():
        os.kill(sandbox.pid, signal.SIGTERM)
    deadline = time.monotonic() + 5
    while sandbox.identity.alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    sandbox.identity.kill()
    _forget(sandbox)
    return sandbox


def _detach(
    command: list[str], work: Path, name: str, timeout: float, env: dict[str, str] | None = None
) -> DetachedSandbox:
    """Start a process that outlives us, wait until it accepts, and note it."""
    with (work / LOG).open("ab") as log:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            env=env,
        )  # fmt: skip
    try:
        url = await_ready(child, work, timeout)
        identity = Identity.of(child.pid)
        taken = int(url.rpartition(":")[2])
        sandbox = DetachedSandbox(url, taken, name, str(work), identity.pid, identity.started)
        _record(taken).write_text(json.dumps(asdict(sandbox)) + "\n", encoding="utf-8")
    except BaseException:
        stop(child)
        shutil.rmtree(work)
        raise
    child.returncode = 0  # not ours to wait for: without this, Popen warns when it is collected
    return sandbox


def _folder() -> Path:
    folder = state_folder() / "sandboxes"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def _record(port: int) -> Path:
    return _folder() / f"{port}.json"


def _forget(sandbox: DetachedSandbox) -> None:
    _record(sandbox.port).unlink(missing_ok=True)
    shutil.rmtree(sandbox.work, ignore_errors=True)
