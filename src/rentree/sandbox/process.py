"""A sandbox that a run starts and stops: a child process that cannot outlive us."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from rentree import process
from rentree.errors import RentreeError, UsageError
from rentree.sandbox.defects import known
from rentree.sandbox.postgres import where
from rentree.sandbox.preset import load_preset

READY = "sandbox.json"  # written by the sandbox once it accepts
LOG = "sandbox.log"
AUTHORIZATION = "RENTREE_SANDBOX_AUTHORIZATION"  # a file that it serves
DATABASE = "RENTREE_SANDBOX_DATABASE"  # in the environment, which others cannot read: a password


@dataclass
class RunningSandbox:
    """A sandbox that accepts at `url`; its database, telemetry and log lie in `work`."""

    url: str
    child: subprocess.Popen[bytes]
    work: Path

    @property
    def hosts(self) -> dict[str, str]:
        """Every host of it: the portal, and the identity provider when it has one."""
        facts = json.loads((self.work / READY).read_text(encoding="utf-8"))
        return {"portal": self.url} | ({"idp": facts["idp"]} if "idp" in facts else {})

    def gone(self) -> str:
        """Empty while it lives; otherwise how it ended, with the last line of its log."""
        return "" if (code := self.child.poll()) is None else _ended(code, self.work)

    def stop(self) -> None:
        """End it; its telemetry is complete when this returns."""
        process.stop(self.child, grace=5.0)


def start(
    preset: str | Path,
    *,
    work: Path,
    accounts: Path | None = None,
    scale: float = 1.0,
    clock: float = 1.0,
    port: int = 0,
    tls: bool = False,
    defects: Collection[str] = (),
    database: str | None = None,
    timeout: float = 20.0,
) -> RunningSandbox:
    """Start a sandbox on 127.0.0.1 and wait, `timeout` s at most, until it accepts.

    Call it from the main thread (`rentree.process.die_with_parent` says why).

    Raises:
        UsageError: no such preset, or mistakes in it.
        RentreeError: it did not come up; says why.
    """
    command = command_for(
        preset, work=work, accounts=accounts, scale=scale, clock=clock, port=port, tls=tls,
        defects=defects,
    )  # fmt: skip
    child = process.start(command, log=work / LOG, env=environment(database))
    try:
        url = await_ready(child, work, timeout)
    except BaseException:  # Ctrl-C too: nothing of ours stays behind
        process.stop(child)
        raise
    return RunningSandbox(url, child, work)


def command_for(
    preset: str | Path,
    *,
    work: Path,
    accounts: Path | None,
    scale: float,
    clock: float,
    port: int,
    tls: bool,
    defects: Collection[str],
) -> list[str]:
    """The command of a sandbox's process; makes its work folder ready for it.

    Raises:
        UsageError: no such preset, mistakes in it, or no such defect.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"{port} is no port: give 1 to 65535, or 0 for any that is free")
    _, path = load_preset(preset)
    work.mkdir(parents=True, exist_ok=True)
    (work / READY).unlink(missing_ok=True)
    # -P: a file of the folder we stand in (`json.py`, `reports/`) is never imported.
    command = [sys.executable, "-P", "-m", "rentree.sandbox", "--preset", str(path)]
    command += ["--work", str(work.resolve()), "--port", str(port)]
    command += ["--scale", repr(scale), "--clock", repr(clock), *["--tls"] * tls]
    command += [word for name in sorted(known(defects)) for word in ("--defect", name)]
    return command if accounts is None else [*command, "--accounts", str(accounts.resolve())]


def environment(database: str | None, authorization: Path | None = None) -> dict[str, str] | None:
    """The environment of a sandbox with that database (URL), which serves that authorisation.

    None: ours as it is.

    Raises:
        UsageError: not a database on this machine.
    """
    if database is not None:
        where(database)
    served = None if authorization is None else str(authorization.resolve())
    told = {DATABASE: database, AUTHORIZATION: served}
    more = {key: value for key, value in told.items() if value is not None}
    return {**os.environ, **more} if more else None


def await_ready(child: subprocess.Popen[bytes], work: Path, timeout: float) -> str:
    """Wait until a sandbox accepts and return its URL.

    Raises:
        RentreeError: it ended, or `timeout` s passed.
    """
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if (work / READY).exists():
            return str(json.loads((work / READY).read_text(encoding="utf-8"))["url"])
        if (code := child.poll()) is not None:
            raise RentreeError(_ended(code, work))
        time.sleep(0.02)
    raise RentreeError(f"the sandbox does not accept after {timeout:g} s: see {work / LOG}")


def _ended(code: int, work: Path) -> str:
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    log = work / LOG
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    lines = [line for line in text.splitlines() if line.strip()]
    return f"the sandbox {how}: {lines[-1] if lines else 'its log is empty'}"
