"""A link between the platform's own parts: our toxic in somebody else's proxy, and put back."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
from tests.chaos.conftest import Platform, network

from rentree.errors import RentreeError, UsageError
from rentree.fault import Address, Host, Injector, Link, Scene
from rentree.plan import PlannedFault
from rentree.toxiproxy import server as toxiproxy
from rentree.toxiproxy.api import netloc, read

SLOW = PlannedFault(
    name="slow-base", fault="latency", hits={"link": "database"}, start=0, end=10,
    settings={"delay": 100_000, "jitter": 0},
)  # fmt: skip
GONE = PlannedFault(
    name="no-base", fault="down", hits={"link": "database"}, start=10, end=20, settings={}
)


@pytest.fixture
def faults() -> list[PlannedFault]:
    """Slow, then gone."""
    return [SLOW, GONE]


@pytest.fixture
def linked(scene: Scene, theirs: toxiproxy.ToxiproxyProcess, platform: Platform) -> Scene:
    """A scene whose platform has a Toxiproxy before its database, with a toxic of its owner's."""
    network._write(
        theirs.api, "post", "/proxies",
        {"name": "base", "listen": "127.0.0.1:0", "upstream": netloc(platform.address)},
    )  # fmt: skip
    network._write(
        theirs.api, "post", "/proxies/base/toxics",
        {"name": "own", "type": "latency", "attributes": {"latency": 1}},
    )  # fmt: skip
    scene.links = {"database": Link(f"http://{netloc(theirs.api)}", "base")}
    return scene


def all_of(theirs: toxiproxy.ToxiproxyProcess) -> dict[str, Any]:
    """What their Toxiproxy has."""
    found = read(theirs.api, "/proxies")
    assert found is not None
    return found


def base(theirs: toxiproxy.ToxiproxyProcess) -> Address:
    """Where the platform's nodes find their database."""
    host, _, port = all_of(theirs)["base"]["listen"].rpartition(":")
    return host, int(port)


def asked(at: Address) -> float:
    """The time of one question to the database, s."""
    with socket.create_connection(at, 3) as line:
        began = time.monotonic()
        line.sendall(b"GET\n")
        assert line.recv(10)
        return time.monotonic() - began


def test_a_link_is_slow_then_gone_then_as_it_was(
    injector: Injector, linked: Scene, theirs: toxiproxy.ToxiproxyProcess
) -> None:
    """Asked, observed, cleared; the owner's proxy and toxic are as they were, ours are gone."""
    before = all_of(theirs)
    assert injector.prepare(linked) == []
    at = base(theirs)
    assert injector.alive() == ""
    assert [injector.observe(fault).in_force for fault in (SLOW, GONE)] == [False, False]

    injector.apply(SLOW)
    seen = injector.observe(SLOW)
    assert (seen.in_force, seen.read_back, seen.why) == (True, True, "")
    assert asked(at) >= 0.1
    injector.clear(SLOW)
    assert not injector.observe(SLOW).in_force

    injector.apply(GONE)
    assert injector.observe(GONE).in_force
    assert injector.alive() == ""
    with pytest.raises(ConnectionRefusedError):
        asked(at)
    injector.clear(GONE)
    seen = injector.observe(GONE)
    assert (seen.in_force, seen.read_back, seen.why) == (False, True, "")
    assert asked(at) < 0.1
    assert injector.close() == ""
    assert all_of(theirs) == before


@pytest.mark.parametrize("fault", [SLOW, GONE], ids=lambda f: f.name)
def test_what_a_dead_run_left_is_undone(
    linked: Scene, theirs: toxiproxy.ToxiproxyProcess, fault: PlannedFault
) -> None:
    """`rentree clear` knows the toxic, and that the proxy was enabled; the proxy stays."""
    before = all_of(theirs)
    dead = network.Injector()
    dead.prepare(linked)
    left = dead.left_over()
    dead.apply(fault)
    assert all_of(theirs)["base"] != before["base"]
    assert network.Injector.undo(left) == ""
    assert all_of(theirs) == before
    assert network.Injector.undo(left) == ""


@pytest.mark.usefixtures("short_limits")
def test_a_link_whose_toxiproxy_died_is_not_proven_clear(
    linked: Scene, theirs: toxiproxy.ToxiproxyProcess
) -> None:
    """It is not ours: that it is dead does not prove that its successor is free of the fault."""
    injector = network.Injector()
    injector.prepare(linked)
    injector.apply(SLOW)
    theirs.stop()
    assert not injector.observe(SLOW).in_force
    assert "does not answer" in injector.alive()
    with pytest.raises(RentreeError, match="not proven cleared"):
        injector.clear(SLOW)
    assert "may still have" in injector.close()


def test_a_link_that_there_is_not_is_refused(
    injector: Injector, linked: Scene, theirs: toxiproxy.ToxiproxyProcess
) -> None:
    """A name the target does not have, a proxy that Toxiproxy does not have or that is off."""
    links = dict(linked.links)
    linked.links = {}
    with pytest.raises(UsageError, match="the target's `links`: none"):
        injector.prepare(linked)
    linked.links = {"database": Link(links["database"].toxiproxy, "other")}
    with pytest.raises(RentreeError, match="has no proxy “other”"):
        injector.prepare(linked)
    network._write(theirs.api, "post", "/proxies/base", {"enabled": False})
    linked.links = links
    with pytest.raises(RentreeError, match="disabled already"):
        injector.prepare(linked)


def test_two_toxics_of_one_link_are_refused(injector: Injector, linked: Scene) -> None:
    """Toxiproxy may die of the second, and it is the platform's own."""
    linked.faults = [SLOW, SLOW.model_copy(update={"name": "slower", "start": 20, "end": 30})]
    with pytest.raises(UsageError, match="may die of a second toxic"):
        injector.prepare(linked)


def test_people_and_links_are_hit_together(
    injector: Injector, linked: Scene, theirs: toxiproxy.ToxiproxyProcess
) -> None:
    """One run, one Toxiproxy of ours for people and theirs for the link."""
    far = SLOW.model_copy(update={"name": "far", "hits": {"territory": "north"}})
    linked.faults = [SLOW, far]
    (route,) = injector.prepare(linked)
    assert route.name == "toxiproxy:north"
    injector.apply(far)
    assert injector.observe(far).in_force
    assert not injector.observe(SLOW).in_force
    assert asked(base(theirs)) < 0.1
    assert asked(route.via) >= 0.1
    injector.clear(far)
    left = injector.left_over()
    assert left["toxics"]
    assert "pid" in left["more"][0]
    assert injector.close() == ""


def test_one_host_of_several_is_hit(injector: Injector, scene: Scene, platform: Platform) -> None:
    """With `host:` only that host is slow; to the others people go straight."""
    other = Platform()
    try:
        scene.hosts = [
            Host(platform.address, platform.address, ("portal",)),
            Host(other.address, other.address, ("idp",)),
        ]
        late = SLOW.model_copy(update={"hits": {"territory": "north", "host": "idp"}})
        scene.faults = [late]
        (route,) = injector.prepare(scene)
        assert route.host == other.address
        injector.apply(late)
        assert injector.observe(late).in_force
        assert asked(route.via) >= 0.1
    finally:
        other.close()


def test_as_many_toxiproxies_as_descriptors_need(injector: Injector, scene: Scene) -> None:
    """Two a connection and hop: territories are shared out, none is torn apart."""
    told: list[str] = []
    scene.say = told.append
    scene.faults = [
        SLOW.model_copy(update={"name": f"slow-{name}", "hits": {"territory": name}})
        for name in ("north", "east", "south", "west")
    ]
    scene.options = {
        "connections": {"north": 200, "east": 100, "south": 300, "west": 1},
        "descriptors": 700,
    }
    routes = injector.prepare(scene)
    left = injector.left_over()
    pids = [left["pid"], *(one["pid"] for one in left["more"])]
    assert len(set(pids)) == 3  # north and east, south alone, west
    assert len({route.via for route in routes}) == 4
    for fault in scene.faults:
        injector.apply(fault)
        assert injector.observe(fault).in_force
    assert all(asked(route.via) >= 0.1 for route in routes)
    assert injector.alive() == ""
    for fault in scene.faults:
        injector.clear(fault)
    assert any("3 Toxiproxies" in line for line in told)
    assert injector.close() == ""
    assert network.Injector.undo(left) == ""


def test_a_territory_too_large_for_a_process_is_said(injector: Injector, scene: Scene) -> None:
    """It gets one alone, and what is too few stands in the run's progress."""
    told: list[str] = []
    scene.say = told.append
    scene.faults = [SLOW.model_copy(update={"hits": {"territory": "north"}})]
    scene.options = {"connections": {"north": 9_000}, "descriptors": 700}
    injector.prepare(scene)
    assert any("the people of north need 18,000" in line for line in told)
