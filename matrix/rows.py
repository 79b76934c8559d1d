"""What is tried: defect, profile, sandbox, and the finding that must name it; a sound twin each."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from rentree.sandbox.defects import DEFECTS

HERE = Path(__file__).parent
# profile → sandbox, and defect → the part of its finding's name that must fail
_TABLE: dict[tuple[str, str], dict[str, str]] = {
    ("m-homework", "m-plain"): {
        "homework-lost": "nothing-lost/homework", "homework-twice": "nothing-lost/homework",
        "homework-truncated": "nothing-lost/homework",
        "homework-misattributed": "nothing-lost/homework",
    },
    ("m-pages", "m-pages"): {
        "session-leak": "no-leak/pages", "cookie-twice": "no-leak/sessions",
        "page-cacheable": "no-leak/caches", "content-as-500": "wrong/attempts",
        "thin-page-for-testers": "same-for-all/pupil/home", "slow-one-territory": "fair",
    },
    ("m-tickets", "m-plain"): {
        "ticket-twice": "single-use/ticket again",
        "ticket-after-sign-out": "single-use/ticket after sign out",
    },
    ("m-quota", "m-quota"): {
        "quota-counts-ghosts": "quota/given", "quota-puts-out": "refuses-well/in",
        "no-retry-after": "refuses-well/when",
    },
    ("m-quota-cas", "m-quota-cas"): {
        "quota-bypassed": "quota/kept", "quota-differs": "quota/kept",
    },
    ("m-queue", "m-queue"): {
        "queue-lifo": "queue-fair/order", "queue-position-lies": "queue-fair/position",
        "queue-token-shared": "single-use/queue ticket shared",
    },
    ("m-gate", "m-gate"): {
        "gate-late": "gate/opens", "gate-leaks": "gate/keeps", "gate-shuts-teachers": "gate/spares",
    },
    ("m-idle", "m-idle"): {
        "idle-never": "session-time/ends", "idle-too-soon": "session-time/lasts",
    },
    ("m-limit", "m-limit"): {"rate-limit-stuck": "goodput"},
    ("m-lock", "m-lock"): {"password-flood-locks-pupils": "goodput"},
    ("m-flood", "m-flood"): {"rate-limit-missing": "goodput"},
    ("flood-and-school", "rentree"): {"rate-limit-blocks-school": "fair"},
    ("m-overload", "m-overload"): {
        "recovery-ratchets": "recovers/bursts", "error-as-200": "wrong/attempts",
    },
    ("m-storm", "m-storm"): {"retry-storm-stays": "recovers/hot-spot"},
    ("m-fresh", "m-fresh"): {"stale-after-recovery": "fresh"},
    ("m-sessions", "m-plain"): {"slow-above-sessions": "response/home"},
    ("m-class", "m-plain"): {
        "class-button-dead": "classes-can-start/join class",
        "class-link-expired": "classes-can-start/join class",
    },
    ("m-tenants", "m-tenants"): {"noisy-tenant": "response/messages"},
}  # fmt: skip


class Row(NamedTuple):
    """One run. Without a defect it is the sound twin, the `number`th of its profile."""

    profile: str
    sandbox: str
    defect: str  # "": sound
    finding: str  # the beginning of the name of the finding that must fail; "": none may
    number: int = 1

    @property
    def id(self) -> str:
        """Its name in the table."""
        return (
            f"{self.profile} + {self.defect}" if self.defect else f"{self.profile} #{self.number}"
        )


def rows(sound: int) -> list[Row]:
    """Every defect once, and so many sound runs in all, each profile's at least once."""
    broken = [
        Row(profile, sandbox, defect, finding)
        for (profile, sandbox), defects in _TABLE.items()
        for defect, finding in defects.items()
    ]
    pairs = list(_TABLE)
    count = max(sound, len(pairs))
    twins = [Row(*pairs[i % len(pairs)], "", "", i // len(pairs) + 1) for i in range(count)]
    return [*broken, *twins]


def untried() -> set[str]:
    """Defects without a row: there must be none."""
    return set(DEFECTS) - {defect for defects in _TABLE.values() for defect in defects}


def path_of(kind: str, name: str) -> str:
    """The file of a profile or sandbox of ours, or the name of one that is shipped."""
    own = HERE / kind / f"{name}.yaml"
    return str(own) if own.exists() else name
