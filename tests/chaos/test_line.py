"""A line by our own relay: in force when it is said to be, shared by whom it says, gone after."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import ValidationError

from rentree.dropin import load_path
from rentree.echo import Echo
from rentree.errors import RentreeError, UsageError
from rentree.fault import Address, Host, Injector, Route, Scene
from rentree.line.spec import introduction
from rentree.plan import PlannedFault

SOURCE = Path(__file__).parents[2] / "chaos" / "line.py"
line: Any = load_path(SOURCE, "rentree_dropin.faults.line")
network: Any = load_path(SOURCE.with_name("network.py"), "rentree_dropin.faults.network")
PAGE = b"x" * 100_000  # bytes of a download


class Server:
    """Answers each line with a page, at most `PAGE`, and remembers what it was sent."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: Address = self._listener.getsockname()[:2]
        self.heard: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        try:
            while True:
                peer, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[peer], daemon=True).start()
        except OSError:
            return

    def _serve(self, peer: socket.socket) -> None:
        with peer:
            while asked := peer.recv(65_536):
                self.heard.append(asked)
                if asked.endswith(b"\n"):
                    peer.sendall(PAGE[:100] if asked == b"small\n" else PAGE)

    def close(self) -> None:
        """Listen no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def server() -> Iterator[Server]:
    """A platform on loopback."""
    here = Server()
    yield here
    here.close()


@pytest.fixture
def injector() -> Iterator[Injector]:
    """A fresh injector, closed at the end whatever happens."""
    fresh: Injector = line.Injector()
    yield fresh
    assert fresh.close() == ""


def fault(name: str = "home", territory: str = "north", **keys: Any) -> PlannedFault:
    """A fault as the plan has it."""
    settings = line.LineSettings.model_validate(keys)
    return PlannedFault(
        name=name, fault="line", hits={"territory": territory}, start=0, end=1,
        settings=settings.model_dump(mode="json"),
    )  # fmt: skip


@pytest.fixture
def scene(server: Server, tmp_path: Path) -> Iterator[Scene]:
    """A platform and an echo; tests say their faults."""
    with Echo() as echo:
        host = Host(server.address, server.address, ("portal",))
        yield Scene([], [host], {}, echo.address, tmp_path, lambda _: None)


def download(route: Route, person: str = "", school: str = "", ask: bytes = b"page\n") -> float:
    """Fetch a page as a person; s."""
    size = 100 if ask == b"small\n" else len(PAGE)
    with socket.create_connection(route.via, 5) as sock:
        began = time.monotonic()
        sock.settimeout(30)
        if route.introduces:
            sock.sendall(introduction(person, school))
        sock.sendall(ask)
        got = 0
        while got < size:
            data = sock.recv(65_536)
            assert data, "cut off"
            got += len(data)
        return time.monotonic() - began


def together(route: Route, people: list[tuple[str, str]]) -> float:
    """All download at once; s until the last has it."""
    wrong: list[BaseException] = []

    def one(who: tuple[str, str]) -> None:
        try:
            download(route, *who)
        except BaseException as error:  # told below
            wrong.append(error)

    threads = [threading.Thread(target=one, args=[who]) for who in people]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong, wrong
    return time.monotonic() - began


def observed(injector: Injector, planned: PlannedFault) -> Any:
    """Look, as a run does, until the first exchange over the twins is told."""
    for _ in range(20):
        seen = injector.observe(planned)
        if seen.probe_us is not None or not seen.read_back:
            break
        time.sleep(0.1)
    return seen


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({}, "say a `network`"),
        ({"rate": "8 Mbit/s"}, "whose line it is"),
        ({"network": "dsl", "rate": "8 Mbit/s"}, "not both"),
        ({"network": "isdn"}, "Input should be"),
        ({"delay": "10 ms", "jitter": "11 ms", "per": "person"}, "not above it"),
        ({"delay": "6 s", "per": "person"}, "5 s at most"),
        ({"rate": "100 Mbit", "per": "person"}, "not a rate"),
        ({"rate": "1 Gbit/s", "per": "person"}, "cannot be told"),
        ({"rate": "4 kbit/s", "per": "territory"}, "at least"),
    ],
)
def test_senseless_settings_are_refused(keys: dict[str, str], sentence: str) -> None:
    """What cannot be had or seen is refused before the run."""
    with pytest.raises(ValidationError, match=sentence):
        line.LineSettings.model_validate(keys)


def test_what_is_shared_shrinks_with_the_people() -> None:
    """A territory's bandwidth does; a person's line, and every delay, do not."""
    shared = line.LineSettings.model_validate(
        {"rate": "10 Gbit/s", "up": "1 Gbit/s", "delay": "20 ms", "per": "territory"}
    ).scaled(0.01)
    assert (shared.rate, shared.up, shared.delay) == (12_500_000, 1_250_000, 20_000)
    own = line.LineSettings.model_validate({"rate": "8 Mbit/s", "per": "person"})
    assert own.scaled(0.01) == own
    hub = line.LineSettings.model_validate({"network": "school-hub", "per": "territory"})
    assert hub.scaled(0.5).rate == 6_250_000
    again = line.LineSettings.model_validate(hub.scaled(0.5).model_dump(mode="json"))
    assert again.figures.down == 6_250_000
    with pytest.raises(UsageError, match="200 Mbit/s once scaled"):
        line.LineSettings.model_validate({"rate": "10 Gbit/s", "per": "territory"}).scaled(1.0)


def test_it_is_told_in_both_languages() -> None:
    """As reports say it."""
    dsl = line.LineSettings.model_validate({"network": "dsl"})
    assert dsl.told("fr").replace("\u00a0", " ") == (
        "réseau dsl : 8 Mbit/s descendants, 1 Mbit/s montants, délai 40 ms ± 10 ms, "
        "à chacun la sienne"
    )
    shared = line.LineSettings.model_validate({"rate": "512 kbit/s", "per": "territory"})
    assert shared.told("en").replace("\u00a0", " ") == (
        "512 kbit/s down, one for the whole territory"
    )


def test_a_shared_line_is_shared_while_it_is_in_force(injector: Injector, scene: Scene) -> None:
    """Four downloads together take as long as their bytes do on one line; before and after not."""
    slow = fault(rate="2 Mbit/s", up="1 Mbit/s", delay="20 ms", jitter="5 ms", per="territory")
    scene.faults = [slow]
    (route,) = injector.prepare(scene)
    assert (route.name, route.introduces) == ("line:north", False)
    assert injector.floor_us(slow) == 15_000
    assert injector.alive() == ""
    before = injector.observe(slow)
    assert (before.in_force, before.read_back, before.why) == (False, True, "")
    assert download(route) < 0.4  # 100 kB would take 0.4 s

    injector.apply(slow)
    during = observed(injector, slow)
    assert (during.in_force, during.read_back, during.why) == (True, True, "")
    assert during.probe_us >= 110_000  # what takes 100 ms, and the delay
    assert together(route, [("", "")] * 4) >= 0.85 * 1.6
    assert download(route, ask=b"small\n") >= 0.015
    figures = injector.observe(slow).figures
    assert figures["down_bytes"] >= 4 * len(PAGE)
    assert injector.alive() == ""

    injector.clear(slow)
    after = injector.observe(slow)
    assert (after.in_force, after.read_back, after.why) == (False, True, "")
    assert download(route) < 0.4
    injector.clear(slow)  # clearing what is clear is no error


def test_each_has_a_line_of_its_own(injector: Injector, scene: Scene, server: Server) -> None:
    """Four people together are as fast as one; one who has four connections is not."""
    own = fault(rate="1 Mbit/s", per="person")
    scene.faults = [own]
    (route,) = injector.prepare(scene)
    assert route.introduces
    injector.apply(own)
    assert observed(injector, own).in_force
    apart = together(route, [(f"p{i}", "s") for i in range(4)])
    same = together(route, [("p0", "s")] * 4)
    assert same >= 0.85 * 3.2
    assert 0.85 * 0.8 <= apart < 2.4  # 0.8 s alone; on one line it would be 3.2 s
    assert set(server.heard) == {b"page\n"}  # the platform never sees the introduction


def test_a_school_shares_its_line(injector: Injector, scene: Scene) -> None:
    """People of one school wait for one another, those of another do not."""
    hub = fault(rate="1 Mbit/s", per="school")
    scene.faults = [hub]
    (route,) = injector.prepare(scene)
    injector.apply(hub)
    assert together(route, [("a", "one"), ("b", "one"), ("c", "two")]) >= 0.85 * 1.6
    seen = {tuple(sorted(injector.observe(hub).figures)) for _ in range(2)}
    assert seen == {("connections", "down_bytes", "late_us", "lines", "up_bytes")}


def test_only_those_hit_are_slowed(injector: Injector, scene: Scene) -> None:
    """Two territories, each by its own relay: one is limited, the other is not."""
    north = fault("north-line", "north", rate="1 Mbit/s", per="territory")
    south = fault("south-line", "south", rate="1 Mbit/s", per="territory")
    scene.faults = [north, south]
    routes = {route.territory: route for route in injector.prepare(scene)}
    injector.apply(north)
    assert download(routes["north"]) >= 0.85 * 0.8
    assert download(routes["south"]) < 0.8
    assert observed(injector, north).in_force
    assert not injector.observe(south).in_force


def test_what_waits_goes_at_once_when_the_line_opens(injector: Injector, scene: Scene) -> None:
    """A download under way is not held back by a fault that is over."""
    slow = fault(rate="80 kbit/s", per="territory")  # 10 s for a page
    scene.faults = [slow]
    (route,) = injector.prepare(scene)
    injector.apply(slow)
    threading.Timer(0.5, injector.clear, [slow]).start()
    assert 0.4 < download(route) < 5


def test_who_does_not_say_who_it_is_is_hung_up_on(injector: Injector, scene: Scene) -> None:
    """A connection without an introduction never reaches the platform."""
    own = fault(rate="1 Mbit/s", per="person")
    scene.faults = [own]
    (route,) = injector.prepare(scene)
    with socket.create_connection(route.via, 5) as sock:
        sock.settimeout(5)
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(10) == b""
    assert injector.alive() == ""


def test_a_home_s_line_is_before_its_territory_s(injector: Injector, scene: Scene) -> None:
    """Those of a home go through both lines, all others through the territory's alone."""
    dsl = fault("dsl", rate="1 Mbit/s", per="person")
    dsl.hits["home"] = "dsl"
    shared = fault("shared", delay="100 ms", rate="100 Mbit/s", per="territory")
    scene.faults = [dsl, shared]  # whichever is named first
    routes = {route.home: route for route in injector.prepare(scene)}
    assert {home: route.name for home, route in routes.items()} == {
        "": "line:north", "dsl": "line:north/dsl",
    }  # fmt: skip
    injector.apply(dsl)
    assert download(routes["dsl"], "p", "s") >= 0.85 * 0.8
    assert download(routes[""]) < 0.8
    injector.apply(shared)
    assert min(download(routes[""], ask=b"small\n") for _ in range(3)) >= 0.1
    assert min(download(routes["dsl"], "p", "s", b"small\n") for _ in range(3)) >= 0.1
    injector.clear(dsl)
    assert download(routes["dsl"], "p", "s") < 0.8


def test_lines_and_toxics_of_one_territory_stand_in_a_row(
    injector: Injector, scene: Scene, tmp_path: Path
) -> None:
    """Whichever comes second leads into the first; the introduction finds its way."""
    del tmp_path
    own = fault("own", rate="1 Mbit/s", per="person")
    shared = fault("shared", rate="1 Mbit/s", per="territory")
    late = PlannedFault(
        name="late", fault="latency", hits={"territory": "north"}, start=0, end=1,
        settings={"delay": 100_000, "jitter": 0},
    )  # fmt: skip
    toxics: Injector = network.Injector()
    scene.faults = [own, shared]
    scene.routes = injector.prepare(scene)
    try:
        scene.faults = [late]
        (route,) = toxics.prepare(scene)
        assert (route.name, route.introduces) == ("toxiproxy+line:north", True)
        assert download(route, "p", "s") < 0.8
        toxics.apply(late)
        assert 0.1 <= download(route, "p", "s", b"small\n") < 0.7
        injector.apply(own)
        injector.apply(shared)
        assert together(route, [("p", "s"), ("q", "s")]) >= 0.85 * 1.6 + 0.1
        assert toxics.observe(late).in_force
        assert observed(injector, own).in_force
        injector.clear(own)
        injector.clear(shared)
        toxics.clear(late)
        assert download(route, "p", "s") < 0.8
    finally:
        assert toxics.close() == ""


def test_a_dead_relay_is_told_and_is_clear(injector: Injector, scene: Scene) -> None:
    """After kill -9 nothing is in force, `alive` says why, and nothing is left to undo."""
    slow = fault(rate="1 Mbit/s", per="territory")
    scene.faults = [slow]
    injector.prepare(scene)
    injector.apply(slow)
    left = injector.left_over()
    psutil.Process(left["relays"][0][0]).kill()
    deadline = time.monotonic() + 5
    while "is dead" not in injector.alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "is dead" in injector.alive()
    seen = injector.observe(slow)
    assert (seen.in_force, seen.read_back) == (False, False)
    injector.clear(slow)
    assert injector.close() == ""
    assert line.Injector.undo(left) == ""
    with pytest.raises(RentreeError, match="is dead"):
        injector.apply(slow)


def test_too_few_descriptors_are_said(injector: Injector, scene: Scene) -> None:
    """Two a connection, in one process a fault."""
    told: list[str] = []
    scene.say = told.append
    scene.faults = [fault(rate="1 Mbit/s", per="territory")]
    scene.options = {"connections": {"north": 500}, "descriptors": 900}
    injector.prepare(scene)
    assert ["the people of north need 1,000 in their line" in line for line in told] == [True]


def test_a_relay_that_cannot_keep_up_is_told(injector: Injector, scene: Scene) -> None:
    """What it is late is ours, and must not accuse the platform."""
    scene.faults = [fault(rate="1 Mbit/s", per="territory")]
    injector.prepare(scene)
    relay = psutil.Process(injector.left_over()["relays"][0][0])
    relay.suspend()
    time.sleep(0.5)
    relay.resume()
    deadline = time.monotonic() + 3
    why = ""
    while "late" not in why and time.monotonic() < deadline:
        why = injector.alive()
        time.sleep(0.02)
    assert "too much to carry" in why


def test_a_host_that_there_is_not_is_refused(injector: Injector, scene: Scene) -> None:
    """Before a process is started."""
    slow = fault(rate="1 Mbit/s", per="territory")
    slow.hits["host"] = "idp"
    scene.faults = [slow]
    with pytest.raises(UsageError, match=r"no host “idp” \(portal\)"):
        injector.prepare(scene)
