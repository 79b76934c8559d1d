"""The sandboxes that a run starts: one that plays all its platforms, or one for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rentree.begin import accounts_of
from rentree.errors import RentreeError
from rentree.prepare import Prepared
from rentree.presets import presets_of
from rentree.sandbox.accounts import write_accounts
from rentree.sandbox.process import RunningSandbox, start
from rentree.sandbox.telemetry_tables import OWN_FOLDER


class Sandboxes:
    """Those of one run; none before `start`."""

    def __init__(self, prepared: Prepared, work: Path, remember: Callable[[int], None]) -> None:
        """`remember` hears the pid of each that is started."""
        self.running: dict[str, RunningSandbox] = {}  # by platform; under "" one that plays all
        self.gone: set[str] = set()  # platforms of those that were told to be dead
        self._prepared, self._work, self._remember = prepared, work, remember

    def start(self) -> None:
        """Start each preset that was asked for, with the accounts of those who come there.

        All have the crowd's scale and clock.

        Raises:
            RentreeError: one does not come up.
        """
        key = self._prepared.request.sandbox
        assert key is not None  # noqa: S101  # one of sandbox and target was asked for
        for platform, preset in presets_of(key).items():
            self.running[platform] = self._start(platform, preset)
            self._remember(self.running[platform].child.pid)

    def _start(self, platform: str, preset: str) -> RunningSandbox:
        plan, request = self._prepared.plan, self._prepared.request
        work = self._work / f"{OWN_FOLDER}{platform}" if platform else self._work
        work.mkdir(exist_ok=True)
        accounts = work / "accounts.csv"
        write_accounts(accounts, accounts_of(self._prepared, platform))
        return start(
            preset, work=work, accounts=accounts, scale=plan.people / plan.people_in_full,
            clock=plan.clock, tls=request.tls, defects=request.defects,
        )  # fmt: skip

    def stop(self) -> None:
        """End them all; their telemetry is complete when this returns."""
        for sandbox in self.running.values():
            sandbox.stop()

    def hosts(self, platforms: Iterable[str]) -> dict[str, dict[str, str]]:
        """Platform → name of a host → URL."""
        return {name: (self.running.get(name) or self.running[""]).hosts for name in platforms}

    def deaths(self) -> Iterator[tuple[str, str]]:
        """Platform ("": all) and how it ended, of each that died since this was last asked.

        Raises:
            RentreeError: this machine's own fault, a full disk say.
        """
        for platform, sandbox in self.running.items():
            if platform in self.gone or not (why := sandbox.gone()):
                continue
            self.gone.add(platform)
            if sandbox.child.returncode == RentreeError.exit_code:
                raise RentreeError(f"by this machine's own fault, {why} ({self._work.parent})")
            yield platform, why
