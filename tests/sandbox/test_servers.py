"""What a request costs, and where it is served: tables of numbers, with defects and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.sandbox.site import TWO_TERRITORIES, make_site

MS = 1_000
# settings, defects, sessions open, requests before, territory, path, cost in ms, sentence
COSTS = [
    ({}, (), 0, 0, "", "/accueil", 10, "a page costs what the preset says"),
    ({}, (), 0, 0, "", "/statique/logo.svg", 1, "and so does an asset"),
    ({"routes": "{/messages: 30 ms}"}, (), 0, 0, "", "/messages", 30, "a route of its own"),
    ({"routes": "{/messages: 30 ms}"}, (), 0, 0, "", "/accueil", 10, "leaves the others alone"),
    ({"cache": "{cold: 5x, warms_after: 100}"}, (), 0, 0, "", "/accueil", 50, "a cold cache"),
    ({"cache": "{cold: 5x, warms_after: 100}"}, (), 0, 50, "", "/accueil", 30, "half warm"),
    ({"cache": "{cold: 5x, warms_after: 100}"}, (), 0, 100, "", "/accueil", 10, "warm"),
    ({"cache": "{cold: 5x, warms_after: 100}"}, (), 0, 100, "", "/messages", 50, "each its own"),
    ({}, ("slow-one-territory",), 0, 0, "alpha", "/accueil", 200, "slow for one territory"),
    ({}, ("slow-one-territory",), 0, 0, "beta", "/accueil", 10, "and for no other"),
    ({}, (), 0, 0, "alpha", "/accueil", 10, "sound: for none"),
    ({}, ("slow-above-sessions",), 6, 0, "", "/accueil", 200, "six sessions are above five"),
    ({}, ("slow-above-sessions",), 5, 0, "", "/accueil", 10, "five are not"),
    ({}, (), 6, 0, "", "/accueil", 10, "sound: as many as come"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "defects", "sessions", "before", "territory", "path", "cost", "why"),
    COSTS, ids=[row[-1] for row in COSTS],
)  # fmt: skip
def test_cost(
    tmp_path: Path, settings: dict[str, str], defects: tuple[str, ...], sessions: int,
    before: int, territory: str, path: str, cost: int, why: str,
) -> None:  # fmt: skip
    """Every row of the table holds (at a hundredth, where 500 sessions are 5)."""
    site = make_site(tmp_path, settings, defects=defects, scale=0.01, accounts=TWO_TERRITORIES)
    for _ in range(sessions):
        site.sessions.open(TWO_TERRITORIES[0].person, "127.0.0.1")
    for _ in range(before):
        site.servers.cost("GET", path if "each" not in why else "/accueil", territory)
    assert site.servers.cost("GET", path, territory) == cost * MS
    site.close()


def test_a_cache_that_is_set_anew_is_cold(tmp_path: Path) -> None:
    """So is one whose node went down."""
    site = make_site(tmp_path, {"cache": "{cold: 5x, warms_after: 2}", "nodes": "{count: 2}"})
    for _ in range(3):
        site.servers.cost("GET", "/accueil", "")
    assert site.servers.cost("GET", "/accueil", "") == 10 * MS
    site.apply(site.preset.model_copy(update={"nodes": site.preset.nodes.model_copy(update={"down": 1})}), site.data)  # fmt: skip  # noqa: E501
    assert site.servers.cost("GET", "/accueil", "") == 50 * MS
    site.close()


@pytest.mark.parametrize(
    ("settings", "defects", "same", "servers", "why"),
    [
        ({}, (), True, 4, "shared: one back end for all"),
        ({"tenants": "apart"}, (), False, 4 / 3, "apart: a third each, and one for the door"),
        ({"tenants": "apart"}, ("noisy-tenant",), True, 4, "noisy: apart only by name"),
    ],
)
def test_tenants(
    tmp_path: Path, settings: dict[str, str], defects: tuple[str, ...], same: bool,
    servers: float, why: str,
) -> None:  # fmt: skip
    """Whether one territory's crowd can take another's servers."""
    site = make_site(tmp_path, settings, defects=defects, accounts=TWO_TERRITORIES)
    alpha, beta = site.servers.desk("alpha"), site.servers.desk("beta")
    assert (alpha is beta) == same, why
    assert alpha.capacity.servers == pytest.approx(servers)
    site.close()


@pytest.mark.parametrize(
    ("follows", "servers", "why"),
    [("none", 0.4, "as it is"), ("clock", 24, "as many more as the clock is fast")],
)
def test_servers_may_follow_the_clock(
    tmp_path: Path, follows: str, servers: float, why: str
) -> None:
    """At a tenth of the people and sixty times the pace."""
    changes = {"capacity.follows": follows} if follows != "none" else {}
    site = make_site(tmp_path, changes, scale=0.1, clock=60)
    assert site.servers.size == pytest.approx(servers), why
    site.close()


@pytest.mark.parametrize(
    ("down", "servers", "nodes"),
    [(0, 4, {0, 1, 2, 3}), (1, 3, {1, 2, 3}), (3, 1, {3}), (4, 0, {3})],
)
def test_nodes(tmp_path: Path, down: int, servers: float, nodes: set[int]) -> None:
    """A node that is down takes its share of the servers along; nobody is sent to it."""
    site = make_site(tmp_path, {"nodes": f"{{count: 4, down: {down}}}"})
    assert site.servers.size == servers
    assert {site.servers.node_for(n) for n in range(8)} == nodes
    site.close()
