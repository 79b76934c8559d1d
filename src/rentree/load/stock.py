"""The stage under the stock `locust -f`: demo people of the sandbox, Locust's own statistics."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Mapping
from typing import Any

from rentree import dropin
from rentree.client import Client, shared_context
from rentree.crowd import Member
from rentree.errors import UsageError
from rentree.plan import Behaviour
from rentree.platform import Account, Platform
from rentree.sample import Sample
from rentree.sandbox.accounts import demo_accounts
from rentree.sandbox.authority import trust
from rentree.workspace import find

NEVER = 10**15  # µs


class StockStage:
    """Implements `rentree.person.Stage` for people whom Locust spawns."""

    behaviour = Behaviour(
        patience=60_000_000, retry_after=0, retry_jitter=0, retry_at_most=0, stay_until=NEVER
    )
    compression = 1.0
    end = NEVER
    worker = 1
    once = False

    def __init__(self, environment: Any) -> None:
        if not environment.host:
            raise UsageError("say where the sandbox is: --host http://127.0.0.1:PORT")
        self.seed = str(time.time_ns())
        self.steps_at: Mapping[str, str] = {}
        self._environment = environment
        self._t0 = time.monotonic_ns()
        self._numbers = itertools.count()
        self._people = itertools.cycle(demo_accounts())

    def now(self) -> int:
        """µs since this stage was set."""
        return (time.monotonic_ns() - self._t0) // 1000

    def cast(self, persona: str) -> tuple[Member, Account]:
        """The next demo account of the persona."""
        who, secret = next(a for a in self._people if a.person.role == persona)
        person = f"{who.login}#{next(self._numbers)}"
        member = Member(
            0, person, who.territory, who.school, who.level, who.class_name, persona,
            "127.0.0.1", who.login, who.name, False, self.now(), "ent",
        )  # fmt: skip
        return member, Account(who.login, secret, who.name, persona)

    def client(self, member: Member) -> tuple[Client, str]:
        """A browser that goes straight to --host."""
        host = self._environment.host
        return Client(base=host, tls=shared_context(trust()), clock=self.now), "straight"

    def platform(self, name: str, client: Client, account: Account) -> Platform:
        """A person's dealings with the sandbox."""
        return dropin.adapter(find("platforms", "sandbox"))(client, account)

    def phase_at(self, moment: int) -> str:
        """There are no phases here."""
        return ""

    def stay_until(self, draw: float) -> int:
        """Ten to thirty seconds from now: there is no bell to stay for."""
        return self.now() + round((10 + 20 * draw) * 1_000_000)

    def opened(self, sample: Sample) -> int:
        """Nothing to note."""
        return 0

    def write(self, t: int, event: str, kind: str, *facts: str) -> None:
        """Nobody reads it back."""

    def finished(self) -> None:
        """Nothing to count: the next person comes."""

    def closed(self, sample: Sample) -> None:
        """Report a step to Locust's statistics; what was not ok is a failure with its words."""
        failed = None
        if sample.outcome != "ok":
            failed = RuntimeError(f"{sample.outcome}: {json.loads(sample.detail).get('why', '')}")
        waited = (sample.done or sample.due) - sample.due
        self._environment.events.request.fire(
            request_type="step", name=sample.step, response_time=waited / 1000,
            response_length=sample.bytes, exception=failed, context={},
        )  # fmt: skip


def stage_for(environment: Any) -> StockStage:
    """The one stage of this Locust process."""
    if not hasattr(environment, "stage"):
        environment.stage = StockStage(environment)
    stage: StockStage = environment.stage
    return stage
