"""Home networks: their shares among people, whom a fault of one hits, and older evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from scipy import stats

from rentree.begin import write_people
from rentree.crowd import crowd
from rentree.evidence import Evidence
from rentree.load.spec import RouteSpec
from rentree.load.stage import by_home
from rentree.profile import Profile

Make = Callable[..., Profile]
HOMES = {"fibre": 0.55, "dsl": 0.25, "4g-rural": 0.15, "school-hub": 0.05}


def at_home(make: Make, pupils: int = 4_000) -> Profile:
    """Two territories whose people have those home networks."""
    comings = [
        {**c.model_dump(), "come": {"pupil": pupils, "teacher": 1_000}} for c in make().crowd
    ]
    return make(crowd=comings, homes={name: f"{share:.0%}" for name, share in HOMES.items()})


def test_homes_have_their_shares_in_each_group(make_profile: Make) -> None:
    """Chi-square of each territory and persona against the shares, p above 1 % ÷ 4 groups."""
    members = crowd(at_home(make_profile), seed=1)
    found = Counter((m.territory, m.persona, m.home) for m in members)
    for (territory, persona), people in members.counts.items():
        seen = [found[territory, persona, home] for home in HOMES]
        assert sum(seen) == people
        wanted = [share * people for share in HOMES.values()]
        assert stats.chisquare(seen, wanted).pvalue > 0.01 / 4


def test_a_home_is_of_its_own_draw(make_profile: Make) -> None:
    """It tells nothing of when one comes, how many come, or who else does: only the home is new."""
    with_homes = at_home(make_profile)
    without = crowd(with_homes.model_copy(update={"homes": {}}), seed=1)
    full = {m.person: m for m in crowd(with_homes, seed=1)}
    assert [m._replace(home="") for m in full.values()] == list(without)
    dues = {h: [m.due for m in full.values() if m.home == h and m.convened] for h in HOMES}
    assert stats.kstest(dues["fibre"], dues["dsl"]).pvalue > 0.01
    part = crowd(with_homes, seed=1, scale=0.1)
    assert all(full[m.person].home == m.home for m in part)
    more = {m.person: m.home for m in crowd(at_home(make_profile, 5_000), seed=1)}
    assert all(more[person] == m.home for person, m in full.items())


def test_a_hub_has_one_address(make_profile: Make) -> None:
    """F17: people of a school's hub are behind one address, and no other school has it."""
    hubs: dict[str, set[str]] = {}
    for m in crowd(at_home(make_profile), seed=1):
        if m.home == "school-hub":
            hubs.setdefault(m.school, set()).add(m.address)
    assert len(hubs) > 50
    assert all(len(addresses) == 1 for addresses in hubs.values())
    assert len(set.union(*hubs.values())) == len(hubs)


def test_without_homes_the_evidence_has_none(tmp_path: Path, make_profile: Make) -> None:
    """No column then, and null for who asks; any other column that is missing is damage."""
    (tmp_path / "raw").mkdir()
    made = crowd(make_profile(), seed=1)
    write_people(tmp_path / "raw", made)
    path = tmp_path / "raw" / "people.parquet"
    written, read = pl.read_parquet(path), Evidence(tmp_path)
    assert "home" not in written.columns
    assert read.people["home"].null_count() == read.people.height == len(made)
    assert read.people.drop("home", "new_account").equals(written)
    assert not read.damaged
    written.drop("due").write_parquet(path)
    damaged = Evidence(tmp_path)
    assert damaged.people.height == 0
    assert damaged.damaged


def route(territory: str, home: str, host: str, via: int) -> RouteSpec:
    """A route as the worker is told it."""
    at = ("127.0.0.1", via)
    return RouteSpec(territory=territory, home=home, host=(host, 443), via=at, name=f"r{via}")


@pytest.mark.parametrize("order", [1, -1])
def test_a_home_takes_its_own_route_and_else_its_territory_s(order: int) -> None:
    """Host by host, whichever was told first; other homes and territories keep theirs."""
    routes = [
        route("north", "", "portal", 1), route("north", "", "idp", 2),
        route("north", "dsl", "portal", 3), route("south", "dsl", "portal", 4),
    ][::order]  # fmt: skip
    found = {
        whence: {host[0]: one.via[1] for host, one in hosts.items()}
        for whence, hosts in by_home(routes).items()
    }
    assert found == {
        ("north", ""): {"portal": 1, "idp": 2},
        ("north", "dsl"): {"portal": 3, "idp": 2},
        ("south", "dsl"): {"portal": 4},
    }


def test_the_table_has_the_homes(tmp_path: Path, make_profile: Make) -> None:
    """people.parquet says of everybody which network theirs is."""
    (tmp_path / "raw").mkdir()
    members = crowd(at_home(make_profile), seed=1)
    write_people(tmp_path / "raw", members)
    people = Evidence(tmp_path).people
    assert people.schema["home"] == pl.String
    assert people["home"].to_list() == [m.home for m in members]
