"""Defects that a sandbox can be given on purpose (`--defect NAME`), one promise broken by each.

A harness that was never shown a broken platform proves nothing: each names the kind of finding
that must catch it. The code that breaks asks `site.broken(NAME)` at the one place where a sound
platform does otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rentree.errors import UsageError
from rentree.yamltext import nearest


class Defect(NamedTuple):
    """One way of being wrong."""

    breaks: str  # what a person meets, a sentence without its full stop
    finding: str  # the kind of SLO, or the outcome, that must catch it
    of: str  # the protection or promise that it belongs to


_TABLE: dict[tuple[str, str], dict[str, str]] = {  # (of, finding) → name → what it breaks
    ("homework", "nothing-lost"): {
        "homework-lost": "some homework gets its receipt and is not kept",
        "homework-twice": "some homework is kept twice",
        "homework-truncated": "long homework is kept without its end",
        "homework-misattributed": "some homework is kept under a classmate's name",
    },
    ("sessions", "no-leak"): {
        "session-leak": "some pages show another person's home",
        "cookie-twice": "two people are given the same session",
        "page-cacheable": "personal pages say that anybody may keep them",
    },
    ("quota", "quota"): {
        "quota-counts-ghosts": "who signed out keeps a place of the quota until it is idle",
        "quota-bypassed": "who comes with a deep link is let in above the quota",
        "quota-differs": "the quota of one way in is not the other's",
    },
    ("quota", "refuses-well"): {
        "quota-puts-out": "above the quota a newcomer puts somebody out who was in",
    },
    ("queue", "queue-fair"): {
        "queue-lifo": "who came last is let in first",
        "queue-position-lies": "the position that is told goes up and down",
    },
    ("queue", "single-use"): {
        "queue-token-shared": "one token lets in everybody who shows it",
    },
    ("gate", "gate"): {
        "gate-late": "the gate opens some time after it should",
        "gate-leaks": "some who must wait for the gate are let in",
        "gate-shuts-teachers": "the gate keeps those out whom it should let in",
    },
    ("sessions", "session-time"): {
        "idle-never": "idle sessions never end",
        "idle-too-soon": "sessions end long before their time",
    },
    ("rate limit", "fair"): {
        "rate-limit-blocks-school": "a school behind one address is taken for a flood",
    },
    ("rate limit", "goodput"): {
        "rate-limit-missing": "the limit is configured and limits nobody",
        "rate-limit-stuck": "an address that was limited once stays so",
    },
    ("refusals", "refuses-well"): {
        "no-retry-after": "who is turned away is not told when to come again",
    },
    ("capacity", "recovers"): {
        "retry-storm-stays": "servers go on working for people who have left",
        "recovery-ratchets": "each overload takes a server away for good",
    },
    ("pages", "wrong"): {
        "error-as-200": "an error page comes with status 200",
        "content-as-500": "the right page comes with status 500",
    },
    ("sign-in", "single-use"): {
        "ticket-twice": "a service ticket is taken a second time",
        "ticket-after-sign-out": "a ticket is taken after its person signed out",
    },
    ("virtual class", "classes-can-start"): {
        "class-button-dead": "the button of the virtual class leads nowhere",
        "class-link-expired": "links to the class are out of date when they are given",
    },
    ("tenants", "response"): {
        "noisy-tenant": "one tenant's crowd takes everybody's servers",
    },
    ("capacity", "fair"): {
        "slow-one-territory": "one territory's pages are slow",
    },
    ("capacity", "response"): {
        "slow-above-sessions": "pages get slow above a number of open sessions",
    },
    ("pages", "fresh"): {
        "stale-after-recovery": "after an overload pages show what was there before it",
    },
    ("sign-in", "goodput"): {
        "password-flood-locks-pupils": "wrong passwords lock the account, and so the pupil, out",
    },
    ("pages", "same-for-all"): {
        "thin-page-for-testers": "who seems to test gets a lighter page",
    },
}
DEFECTS = {
    name: Defect(breaks, finding, of)
    for (of, finding), rows in _TABLE.items()
    for name, breaks in rows.items()
}


def known(names: Iterable[str]) -> frozenset[str]:
    """The names, each of which must be a defect's. Raises UsageError: one is not."""
    for name in (chosen := frozenset(names)):
        if name not in DEFECTS:
            hint = nearest(name, DEFECTS)
            raise UsageError(f"no defect “{name}”: {hint or 'rentree list defects'}")
    return chosen
