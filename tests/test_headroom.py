"""Descriptors and ports of a crowd: counted before the start, told with what would be enough."""

from __future__ import annotations

from typing import Any

import pytest

from rentree.crowd import Member
from rentree.headroom import Limits, limits, needs

LIMITS = Limits(descriptors=20_000, ports=28_232)
SECOND = 1_000_000


def people(count: int, schools: int = 100, territory: str = "north", due: int = 0) -> list[Member]:
    """A crowd of so many schools."""
    return [
        Member(i, f"p{i}", territory, f"s{i % schools}", "lycée", "c", "pupil",
               f"127.16.0.{i % schools}", "", "", True, due, "ent")
        for i in range(count)
    ]  # fmt: skip


def told(members: list[Member], **changes: Any) -> dict[str, tuple[int, int, int]]:
    """What is short: needed, there, workers that would be enough."""
    asked: dict[str, Any] = {
        "stay_until": 10 * SECOND, "workers": 2, "hosts": {"ent": 1}, "routed": (),
        "by_school": True, "limits": LIMITS,
    }  # fmt: skip
    found = needs(members, **asked | changes)
    return {n.what: (n.needed, n.there, n.workers) for n in found if n.short}


WORKER, PORTS, PROXY = "descriptors a worker", "ports", "descriptors for Toxiproxy"


@pytest.mark.parametrize(
    ("sentence", "members", "changes", "expected"),
    [
        ("a small crowd", people(600), {}, {}),
        ("50,000 by two workers do not fit, by three they do", people(50_000, 250), {},
         {WORKER: (27_756, 20_000, 3)}),
        ("by three", people(50_000, 250), {"workers": 3}, {}),
        ("who comes when the others leave is not there with them",
         people(20_000, 250) + people(30_000, 250, due=11 * SECOND), {}, {}),
        ("a portal and a sign-in: two connections a person", people(20_000, 250),
         {"hosts": {"ent": 2}}, {WORKER: (22_256, 20_000, 3)}),
        ("all of one school: one address", people(30_000, 1), {"workers": 4},
         {PORTS: (33_000, 28_232, 0)}),
        ("away from loopback all come from one address", people(30_000, 250),
         {"workers": 4, "by_school": False}, {PORTS: (33_000, 28_232, 0)}),
        ("through Toxiproxy everybody costs it two", people(9_000, 250), {"routed": {"north"}},
         {PROXY: (20_056, 20_000, 0)}),
        ("whose territory is not hit passes by", people(9_000, 250), {"routed": {"south"}}, {}),
        ("nobody", [], {}, {}),
    ],
)  # fmt: skip
def test_what_a_crowd_lacks(
    sentence: str, members: list[Member], changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    """The number that is needed, what there is, and how many workers would do."""
    assert told(members, **changes) == expected, sentence


def test_as_many_workers_as_told_are_enough() -> None:
    """The advice holds: with that many workers nothing is short, with one fewer it is."""
    for count in (19_744, 40_000, 166_000):
        crowd = people(count, 250)
        enough = needs(crowd, stay_until=0, workers=1, hosts={"ent": 1}, routed=(),
                       by_school=True, limits=LIMITS)[0].workers  # fmt: skip
        assert told(crowd, stay_until=0, workers=enough) == {}
        assert enough == 1 or WORKER in told(crowd, stay_until=0, workers=enough - 1)


def test_this_machine_tells_its_limits() -> None:
    """Neither is nothing, whatever the machine."""
    there = limits()
    assert there.descriptors > 0
    assert there.ports > 0
