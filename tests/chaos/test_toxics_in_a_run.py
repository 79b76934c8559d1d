"""Network faults in a run: slower than a look, under traffic, changed behind our back."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rentree.dropin import load_path
from rentree.echo import Echo
from rentree.errors import UsageError
from rentree.fault import Host, Route, Scene
from rentree.plan import PlannedFault
from rentree.toxiproxy.held import Proxy
from rentree.toxiproxy.row import row
from rentree.toxiproxy.sight import Trail
from rentree.toxiproxy.toxics import KINDS

SOURCE = Path(__file__).parents[2] / "chaos" / "network.py"
network: Any = load_path(SOURCE, "rentree_dropin.faults.network")


def planned(kind: str, /, *, name: str = "broken", at: int = 0, **settings: Any) -> PlannedFault:
    """A fault on the people of one territory, ten µs long."""
    return PlannedFault(
        name=name, fault=kind, hits={"territory": "north"}, start=at, end=at + 10,
        settings=KINDS[kind].model_validate(settings).model_dump(mode="json", by_alias=True),
    )  # fmt: skip


@contextlib.contextmanager
def ready(folder: Path, *faults: PlannedFault) -> Iterator[tuple[Any, list[Route]]]:
    """An injector that has prepared faults before a platform that echoes; proven clear after."""
    injector = network.Injector()
    with Echo() as echo, Echo() as platform:
        at = Host(platform.address, platform.address)
        routes = injector.prepare(Scene(list(faults), [at], {}, echo.address, folder, print))
        try:
            yield injector, routes
        finally:
            assert injector.close() == ""


def patch(injector: Any, proxy: Proxy, path: str, body: dict[str, Any]) -> None:
    """Change something behind the injector's back."""
    network._write(injector._held[0].api, "post", f"/proxies/{proxy.name}{path}", body)


SANE: dict[str, dict[str, Any]] = {
    "latency": {"delay": "100 ms"}, "bandwidth": {"rate": "20 kB/s"}, "reset": {}, "down": {},
}  # fmt: skip
SLOW: list[tuple[str, dict[str, Any]]] = [
    ("latency", {"delay": "1500 ms", "jitter": "200 ms"}),
    ("timeout", {"after": "1 s"}),
    ("reset", {"after": "1 s"}),
    ("slow-close", {"delay": "2500 ms"}),  # longer than a listener may be deaf
    ("slicer", {"average": "100 B", "delay": "1 s"}),
    ("bandwidth", {"rate": "1 kB/s"}),
    ("limit-data", {"bytes": "1 B"}),
]


@pytest.mark.parametrize(("kind", "settings"), SLOW)
def test_what_is_slower_than_a_look_is_followed(
    kind: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    """Each second's look ends within a second and shows it; no listener is called deaf for it."""
    fault = planned(kind, **settings)
    with ready(tmp_path, fault) as (injector, _):
        injector.apply(fault)
        for _ in range(6):
            began = time.monotonic()
            seen = injector.observe(fault)
            assert (seen.in_force, seen.read_back, seen.why) == (True, True, "")
            assert injector.alive() == ""
            assert time.monotonic() - began < 1
            time.sleep(max(0.0, began + 1 - time.monotonic()))
        injector.clear(fault)
        assert not injector.observe(fault).in_force
        assert injector.alive() == ""


@pytest.mark.parametrize(
    ("kind", "settings", "hidden"),
    [
        (*SLOW[0], {"type": "timeout", "attributes": {"timeout": 0}}),  # lost, not late
        (*SLOW[1], {"type": "slow_close", "attributes": {"delay": 9000}}),  # is not closed in time
        (*SLOW[2], {"type": "slow_close", "attributes": {"delay": 9000}}),  # nor reset
        (*SLOW[3], {"type": "slow_close", "attributes": {"delay": 9000}}),  # closed later still
    ],
)
def test_what_is_followed_and_ends_otherwise_is_doubted(
    kind: str, settings: dict[str, Any], hidden: dict[str, Any], tmp_path: Path
) -> None:
    """Something behind the same toxic, which reading back does not show, is found out."""
    fault = planned(kind, **settings)
    with ready(tmp_path, fault) as (injector, _):
        injector.apply(fault)
        patch(injector, injector._armed[fault.name].twin, "/toxics", hidden)
        end = time.monotonic() + 8
        while (seen := injector.observe(fault)).in_force:
            assert time.monotonic() < end, seen
            time.sleep(0.3)
        assert seen.read_back
        assert seen.why


def test_a_look_that_clearing_cuts_short_says_what_was(tmp_path: Path) -> None:
    """What comes back because the fault ended is no sign that it had not been there."""
    fault = planned("latency", delay="1500 ms")
    with ready(tmp_path, fault) as (injector, _), ThreadPoolExecutor() as pool:
        injector.apply(fault)
        look = pool.submit(injector.observe, fault)
        time.sleep(0.2)
        injector.clear(fault)
        seen = look.result()
        assert (seen.in_force, seen.why) == (True, "")
        assert not injector.observe(fault).in_force


@pytest.mark.parametrize("which", ["real", "twin"])
def test_another_setting_is_not_the_fault(which: str, tmp_path: Path) -> None:
    """A line of twice the rate, for the people or for the twin, is not what was asked."""
    fault = planned("bandwidth", rate="20 kB/s")
    with ready(tmp_path, fault) as (injector, _):
        injector.apply(fault)
        armed = injector._armed[fault.name]
        proxy = armed.real[0] if which == "real" else armed.twin
        patch(injector, proxy, f"/toxics/{armed.toxic['name']}", {"attributes": {"rate": 40}})
        seen = injector.observe(fault)
        assert (seen.in_force, seen.read_back) == (False, False)
        assert "40" in seen.why


@pytest.mark.parametrize("kind", ["bandwidth", "down"])
def test_what_lingers_on_the_people_alone_is_in_force(kind: str, tmp_path: Path) -> None:
    """Outside its time the twin does not acquit it."""
    settings: dict[str, Any] = {"rate": "20 kB/s"} if kind == "bandwidth" else {}
    fault = planned(kind, **settings)
    with ready(tmp_path, fault) as (injector, _):
        armed = injector._armed[fault.name]
        body, path = ({"enabled": False}, "") if kind == "down" else (armed.toxic, "/toxics")
        patch(injector, armed.real[0], path, body)
        seen = injector.observe(fault)
        assert (seen.in_force, seen.read_back) == (True, False)


def test_two_downs_one_after_the_other(tmp_path: Path) -> None:
    """While one is down the other is not in force, and nothing is wrong with it."""
    first, second = planned("down", name="first"), planned("down", name="second", at=10)
    with ready(tmp_path, first, second) as (injector, routes):
        for now, other in ((first, second), (second, first)):
            injector.apply(now)
            assert injector.observe(now).in_force
            seen = injector.observe(other)
            assert (seen.in_force, seen.read_back, seen.why) == (False, True, "")
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(routes[0].via, 1)
            assert injector.alive() == ""
            injector.clear(now)
            socket.create_connection(routes[0].via, 1).close()


def test_a_line_that_was_down_comes_back_as_slow_as_it_was(tmp_path: Path) -> None:
    """A toxic that is still asked for survives another fault's `down`, applied within it or not."""
    slow, down = planned("slow-close", name="slow", delay="2500 ms"), planned("down")
    cut = planned("limit-data", name="cut", bytes="4 B")
    with ready(tmp_path, slow, down, cut) as (injector, routes):
        injector.apply(slow)
        injector.apply(down)
        injector.apply(cut)
        injector.clear(down)
        assert injector.observe(slow).in_force
        assert injector.observe(cut).in_force
        with socket.create_connection(routes[0].via, 2) as line:
            line.settimeout(5)
            line.sendall(b"12345678")
            assert line.recv(8) == b"1234"
        injector.clear(cut)
        injector.clear(slow)
        assert injector.alive() == ""


def _people(routes: list[Route], over: threading.Event) -> list[threading.Thread]:
    """Eight people who ask and read on kept connections, and come back when these end."""

    def person() -> None:
        while not over.wait(0.01):
            with (
                contextlib.suppress(OSError),
                socket.create_connection(routes[0].via, 1) as line,
            ):
                line.settimeout(1)
                while not over.wait(0.01):
                    line.sendall(b"x" * 20_000)
                    if not line.recv(65_536):
                        break

    threads = [threading.Thread(target=person) for _ in range(8)]
    for thread in threads:
        thread.start()
    return threads


def test_many_faults_in_a_row_under_traffic(tmp_path: Path) -> None:
    """Toxiproxy, which dies of a toxic added where one was taken away, outlives them all."""
    cut: dict[str, Any] = {"average": "200 B", "variation": "50 B", "delay": "10 ms"}
    faults = []
    for n in range(3):
        faults.append(planned("slicer", name=f"cut-{n}", **cut))
        faults.append(planned("slow-close", name=f"close-{n}", delay="1 s"))
    over = threading.Event()
    with ready(tmp_path, *faults) as (injector, routes):
        people = _people(routes, over)
        try:
            for pair in zip(faults[::2], faults[1::2], strict=True):
                for fault in pair:
                    injector.apply(fault)
                time.sleep(0.8)
                for fault in pair:
                    assert injector.observe(fault).in_force
                    injector.clear(fault)
            assert injector.alive() == ""
        finally:
            over.set()
            for thread in people:
                thread.join(5)


def test_people_meet_a_reset_and_a_refusal_whatever_else_is_asked(tmp_path: Path) -> None:
    """Both reach them through a row of other faults, and so do these."""
    slow = planned("latency", name="slow", delay="200 ms")
    cut = planned("limit-data", name="cut", bytes="4 B")
    rst, down = planned("reset", name="rst"), planned("down", name="down")
    with ready(tmp_path, slow, down, cut, rst) as (injector, routes):
        injector.apply(slow)
        injector.apply(cut)
        with socket.create_connection(routes[0].via, 2) as line:
            line.settimeout(2)
            began = time.monotonic()
            line.sendall(b"12345678")
            assert _read(line, 8) == 4
            assert time.monotonic() - began > 0.19
        injector.apply(rst)
        with socket.create_connection(routes[0].via, 2) as line:
            line.settimeout(2)
            line.sendall(b"12345678")
            with pytest.raises(ConnectionResetError):
                line.recv(8)
        injector.apply(down)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(routes[0].via, 2)
        assert all(injector.observe(fault).in_force for fault in (slow, cut, rst, down))
        assert injector.alive() == ""


@pytest.mark.parametrize(
    ("kinds", "listeners"),
    [
        ("latency", "latency"),
        ("latency bandwidth", "latency | bandwidth"),
        ("latency reset bandwidth", "reset | latency | bandwidth"),  # only a neighbour sees a reset
        ("latency down reset", "reset down | latency"),  # nor a refusal
        ("down latency", "latency down"),
        ("down", "down"),
    ],
)
def test_a_row_of_listeners(kinds: str, listeners: str) -> None:
    """One toxic each; what only a neighbour sees stands first."""
    faults = [planned(kind, name=kind, **SANE[kind]) for kind in kinds.split()]
    assert " | ".join(" ".join(f.fault for f in each) for each in row(faults)) == listeners


def test_what_cannot_stand_in_a_row_is_refused(tmp_path: Path) -> None:
    """Two resets of the same people, whenever; of others, it is fine."""
    both = [planned("reset", name="a", at=0), planned("reset", name="b", at=20)]
    with Echo() as echo:
        at = Host(echo.address, echo.address)
        with pytest.raises(UsageError, match="“a” and “b” are both `reset`"):
            network.Injector().prepare(Scene(both, [at], {}, echo.address, tmp_path, print))
    both[1].hits["territory"] = "south"
    with ready(tmp_path, *both) as (_, routes):
        assert len(routes) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_under_traffic_is_taken_back(kind: str, tmp_path: Path) -> None:
    """People who are in the midst of a page do not keep it; then they get whole pages again."""
    settings: dict[str, Any] = {
        "latency": {"delay": "300 ms"}, "bandwidth": {"rate": "5 kB/s"}, "timeout": {},
        "reset": {"after": "1 s"}, "down": {}, "slow-close": {"delay": "1 s"},
        "slicer": {"average": "500 B", "variation": "499 B", "delay": "10 ms"},
        "limit-data": {"bytes": "30 kB"},
    }[kind]  # fmt: skip
    fault, over = planned(kind, **settings), threading.Event()
    with ready(tmp_path, fault) as (injector, routes):
        people = _people(routes, over)
        try:
            time.sleep(0.3)
            injector.apply(fault)
            time.sleep(0.5)
            assert injector.observe(fault).in_force
            began = time.monotonic()
            injector.clear(fault)
            assert time.monotonic() - began < 5
            assert injector.alive() == ""
            with socket.create_connection(routes[0].via, 2) as line:
                line.settimeout(2)
                line.sendall(b"y" * 50_000)
                assert _read(line, 50_000) == 50_000
        finally:
            over.set()
            for thread in people:
                thread.join(5)


def _read(line: socket.socket, size: int) -> int:
    """How much of `size` bytes came before the end."""
    received = 0
    while received < size and (data := line.recv(65_536)):
        received += len(data)
    return received


def test_a_deaf_listener_is_found_behind_a_slow_close(tmp_path: Path) -> None:
    """Only later, by as much as the close may take."""
    fault = planned("slow-close", delay="200 ms")
    with (
        ready(tmp_path, fault) as (injector, _),
        socket.create_server(("127.0.0.1", 0)) as silent,
    ):
        held = injector._held[0]
        real = injector._armed[fault.name].real[0]
        held._proxies[real.name] = Proxy(real.name, silent.getsockname()[:2])
        injector.apply(fault)
        assert injector.alive() == ""
        time.sleep(2.6)
        assert real.name in injector.alive()
        held._proxies[real.name] = real


def test_a_toxiproxy_that_died_says_of_what(tmp_path: Path) -> None:
    """A slicer of nothing, which no profile may ask for, kills it; its last words are told."""
    fault = planned("latency", delay="100 ms")
    with ready(tmp_path, fault) as (injector, routes):
        nothing = {"type": "slicer", "attributes": {"average_size": 0}}
        patch(injector, injector._armed[fault.name].real[0], "/toxics", nothing)
        with contextlib.suppress(OSError), socket.create_connection(routes[0].via, 2) as line:
            line.settimeout(5)
            line.sendall(b"hello")
            line.recv(5)
        end = time.monotonic() + 10
        while "is dead: " not in (why := injector.alive()):  # first it no longer answers
            assert time.monotonic() < end, why
            time.sleep(0.1)
        assert "fatal error: stack overflow" in why or "panic: " in why


def test_a_trail_tells_the_newest_answer_that_is_there() -> None:
    """An answer in time is told at once, one out of time to the next that asks."""
    trail: Trail[str] = Trail()
    let_go = threading.Event()
    assert trail.ask(lambda: "quick", 2_000_000) == ("quick", None)

    def slow() -> str:
        let_go.wait(5)
        return "slow"

    assert trail.ask(slow, 10_000) == (None, "quick")
    let_go.set()
    time.sleep(0.2)
    assert trail.ask(lambda: "last", 2_000_000) == ("last", "slow")
