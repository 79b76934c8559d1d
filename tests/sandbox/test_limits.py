"""The limits of requests: by address, by session, for schools, and with each defect."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from tests.sandbox.site import make_site

from rentree.sandbox.accounts import demo_accounts
from rentree.sandbox.preset import Limit
from rentree.sandbox.protections.gate import shut_until
from rentree.sandbox.protections.limits import Limits
from rentree.sandbox.protections.quota import has_room

SCHOOLS = {"networks": ["127.16.0.0/12"], "rate": "100 requests/s", "burst": "200"}
SCHOOL, ELSEWHERE = "127.16.0.1", "127.9.0.1"
# limit, defects, from, sessions, requests at once, let in, sentence
TABLE = [
    ({}, (), ELSEWHERE, 1, 50, 20, "the burst of an address"),
    ({}, (), SCHOOL, 1, 50, 20, "a school like any other, when no network is known"),
    ({"schools": SCHOOLS}, (), SCHOOL, 1, 250, 200, "more where a school stands behind"),
    ({"schools": SCHOOLS}, (), ELSEWHERE, 1, 50, 20, "and nowhere else"),
    ({"session": {"rate": "1 requests/s", "burst": "5"}}, (), ELSEWHERE, 1, 18, 5, "one session"),
    ({"session": {"rate": "1 requests/s", "burst": "5"}}, (), ELSEWHERE, 3, 18, 15, "three"),
    ({"schools": SCHOOLS}, ("rate-limit-blocks-school",), SCHOOL, 1, 250, 20, "taken for a flood"),
    ({}, ("rate-limit-missing",), ELSEWHERE, 1, 500, 500, "configured, and limits nobody"),
]  # fmt: skip


def limits(clock: list[int], *defects: str, **more: object) -> Limits:
    """10 requests/s, 20 at once, and what a row adds."""
    limit = Limit.model_validate({"rate": "10 requests/s", "burst": "20", **more})
    return Limits(limit, pace=1, clock=lambda: clock[0], broken=lambda name: name in defects)


@pytest.mark.parametrize(
    ("more", "defects", "address", "sessions", "asked", "let_in", "why"), TABLE,
    ids=[row[-1] for row in TABLE],
)  # fmt: skip
def test_table(
    more: dict[str, object], defects: tuple[str, ...], address: str, sessions: int, asked: int,
    let_in: int, why: str,
) -> None:  # fmt: skip
    """Every row of the table holds."""
    made = limits([0], *defects, **more)
    came = [made.refuses(address, f"s{i % sessions}") is None for i in range(asked)]
    assert sum(came) == let_in, why
    assert made.limited == asked - let_in


@pytest.mark.parametrize(("defects", "after"), [((), True), (("rate-limit-stuck",), False)])
def test_who_was_turned_away_may_come_again(defects: tuple[str, ...], after: bool) -> None:
    """Ten seconds later; with the defect never."""
    clock = [0]
    made = limits(clock, *defects)
    assert not all(made.refuses(ELSEWHERE, "") is None for _ in range(50))
    clock[0] = 10_000_000
    assert (made.refuses(ELSEWHERE, "") is None) == after


def test_a_network_that_is_none_is_told() -> None:
    """At the line of the preset, before anything starts."""
    with pytest.raises(ValidationError, match=r"does not appear to be an IPv4 or IPv6 network"):
        limits([0], schools={**SCHOOLS, "networks": ["lycée"]})


GATE = {"gate": "{keeps_out: [parent], until: 15:00}"}
NOON, AT_THREE, LATER = 43_200_000_000, 54_000_000_000, 54_301_000_000


@pytest.mark.parametrize(
    ("defects", "who", "at", "out", "why"),
    [
        ((), 250, NOON, True, "a parent at noon"),
        ((), 250, AT_THREE, False, "a parent at three"),
        ((), 240, NOON, False, "a teacher at noon"),
        ((), 0, NOON, False, "a pupil at noon"),
        (("gate-late",), 250, AT_THREE, True, "late: a parent at three"),
        (("gate-late",), 250, LATER, False, "late: five minutes later"),
        (("gate-shuts-teachers",), 240, NOON, True, "shut to teachers"),
        (("gate-shuts-teachers",), 240, AT_THREE, False, "until the gate opens"),
        (("gate-shuts-teachers",), 0, NOON, False, "and to nobody else"),
    ],
)
def test_gate(
    tmp_path: Path, defects: tuple[str, ...], who: int, at: int, out: bool, why: str
) -> None:
    """Who is kept out until when (F42)."""
    site = make_site(tmp_path, GATE, defects=defects)
    site.set_time(site.started * 1000, at)
    assert (shut_until(site, demo_accounts()[who].person) is not None) == out, why
    site.close()


@pytest.mark.parametrize(("defects", "leaks"), [((), False), (("gate-leaks",), True)])
def test_a_gate_that_leaks(tmp_path: Path, defects: tuple[str, ...], leaks: bool) -> None:
    """Some parents of twenty are let in, others are not."""
    site = make_site(tmp_path, GATE, defects=defects)
    site.set_time(site.started * 1000, NOON)
    parents = [account.person for account in demo_accounts()[250:]]
    let_in = [shut_until(site, parent) is None for parent in parents]
    assert any(let_in) == leaks
    assert not all(let_in)
    site.close()


@pytest.mark.parametrize(
    ("defects", "way", "room"),
    [((), "local", True), ((), "federated", True), (("quota-differs",), "federated", False)],
)
def test_a_limit_that_was_raised_holds_for_every_way_in(
    tmp_path: Path, defects: tuple[str, ...], way: str, room: bool
) -> None:
    """With the defect, federated people keep the limit that was read at the start."""
    site = make_site(tmp_path, {"quota": "{sessions: 1}"}, defects=defects)
    site.sessions.open(demo_accounts()[0].person, ELSEWHERE)
    site.sessions.limit = 5
    assert has_room(site, way) == room  # type: ignore[arg-type]
    site.close()
