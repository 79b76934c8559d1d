"""What a run costs, and how many cores it takes: rules of thumb from what was measured. Pure.

The figures are docs/benchmarks.md's (50,160 people over TLS on two cores) and, of the sandbox's
pages, those of runs against it. They say “about”: another platform's pages weigh something else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rentree.headroom import OWN, Means
from rentree.outlook import Counts, Outlook
from rentree.plan import Plan
from rentree.quantity import SECOND

# Requests and bytes of answers of one step on the sandbox, a page's parts included, first time.
STEPS: dict[str, tuple[float, float]] = {
    "create account": (2, 2_600),
    "sign in": (4, 3_750), "home": (6, 18_600), "messages": (1, 1_950), "hand in": (4, 4_000),
    "read homework": (1, 2_000), "sign out": (3, 3_200), "open class": (3, 3_640),
    "join class": (5, 7_700), "admit": (3, 3_650),
}  # fmt: skip
OTHER = (1.0, 2_000.0)  # of a step that is not known here
TLS_ARRIVALS = 90.0  # people a second a core: 83 a second took 0.93 core, journeys included
PLAIN_STEPS = 8_000.0  # steps a second a core, without TLS
FULL = 0.7  # of a core that a load process may use and still be on time
SANDBOX_REQUESTS = 2_200.0  # requests a second a core of the sandbox: 1,300 took 0.58


@dataclass(frozen=True)
class Cost:
    """What goes to the platform, if all is well."""

    requests: float  # of people
    bytes: float  # of answers to them
    flood: float  # requests of floods
    guessed: list[str]  # steps that are counted as one request each, for want of knowing


@dataclass(frozen=True)
class Cores:
    """Processor time in the busiest second, in cores."""

    clients: float
    sandbox: float  # 0: the platform is elsewhere
    here: int  # that this machine has
    workers: int  # load processes that are enough, for processor time and descriptors
    over: int  # seconds of the run in which it takes more than there are
    since: int  # the first of them, s of the run; else the busiest

    @property
    def needed(self) -> float:
        """Of both."""
        return self.clients + self.sandbox

    @property
    def more_machines(self) -> int:
        """Machines like this one that must help; 0: it is enough by itself."""
        return max(0, math.ceil(self.needed / max(self.here, 1)) - 1)


def cost(seen: Outlook, plan: Plan) -> Cost:
    """Requests and bytes of a whole run."""
    made = {step: float(counts.sum()) for step, counts in seen.steps.items()}
    return Cost(
        sum(n * STEPS.get(step, OTHER)[0] for step, n in made.items()),
        sum(n * STEPS.get(step, OTHER)[1] for step, n in made.items()),
        sum(f.sends * (f.end - f.start) / SECOND for f in plan.faults),
        sorted(set(made) - set(STEPS)),
    )


def cores(
    seen: Outlook, plan: Plan, people: int, means: Means, here: int, *, tls: bool, sandbox: bool
) -> Cores:
    """How many cores the busiest second takes, of `here`."""
    nothing = seen.per_second(seen.due) * 0
    steps = {step: seen.per_second(counts) for step, counts in seen.steps.items()}
    clients = sum(steps.values(), start=nothing) / PLAIN_STEPS
    if tls:
        clients = clients + seen.per_second(seen.due) / TLS_ARRIVALS
    requests = sum((n * STEPS.get(step, OTHER)[0] for step, n in steps.items()), start=nothing)
    server = (requests + _floods(plan, len(nothing))) / SANDBOX_REQUESTS * sandbox
    both = clients + server
    at = int(both.argmax())
    over = np.flatnonzero(both > here)
    enough = max(
        1, math.ceil(float(clients.max()) / FULL),
        math.ceil(people / max(means.descriptors - OWN, 1)),
    )  # fmt: skip
    return Cores(
        float(clients[at]),
        float(server[at]),
        here,
        enough,
        len(over),
        int(over[0]) if len(over) else at,
    )


def _floods(plan: Plan, seconds: int) -> Counts:
    """Requests of floods, second by second."""
    sent = np.zeros(seconds)
    for fault in plan.faults:
        sent[fault.start // SECOND : -(-fault.end // SECOND)] += fault.sends
    return sent
