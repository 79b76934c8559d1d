"""Latency by the real Toxiproxy: in force when it is said to be, and gone when it is said to be."""

from __future__ import annotations

import resource
import signal
import socket
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import ValidationError

from rentree.dropin import load_path
from rentree.errors import RentreeError
from rentree.fault import Address, Injector, Route, Scene
from rentree.plan import PlannedFault
from rentree.toxiproxy.api import read
from rentree.toxiproxy.slowing import Latency

SOURCE = Path(__file__).parents[2] / "chaos" / "network.py"


network: Any = load_path(SOURCE, "rentree_dropin.faults.network")


def latency(name: str, territory: str, delay_ms: int, jitter_ms: int = 0) -> PlannedFault:
    """A fault as the plan has it: durations in µs."""
    settings: dict[str, int | float | str] = {"delay": delay_ms * 1000, "jitter": jitter_ms * 1000}
    return PlannedFault(
        name=name, fault="latency", hits={"territory": territory}, start=0, end=1, settings=settings
    )


SLOW = latency("slow-homes", "bourgogne", 100, 20)


SLOWER = latency("slower-homes", "île-de-france", 300)


@pytest.fixture
def faults() -> list[PlannedFault]:
    """Two territories with a fault each."""
    return [SLOW, SLOWER]


def first_bytes_us(address: Address, times: int) -> list[int]:
    """The time from asking to the first byte, on one kept connection."""
    took = []
    with socket.create_connection(address, 3) as line:
        for _ in range(times):
            began = time.monotonic_ns()
            line.sendall(b"GET / HTTP/1.1\r\n\r\n")
            line.recv(1)
            took.append((time.monotonic_ns() - began) // 1000)
            line.recv(1000)
    return took


def via(routes: list[Route], territory: str) -> Address:
    """Where the people of a territory connect to."""
    return next(route.via for route in routes if route.territory == territory)


def proxies(api: Address) -> dict[str, Any]:
    """What a Toxiproxy has."""
    found = read(api, "/proxies")
    assert found is not None
    return found


def our_api(pid: int) -> Address:
    """The address of our own Toxiproxy's API, as its command line tells."""
    command = psutil.Process(pid).cmdline()
    return "127.0.0.1", int(command[command.index("-port") + 1])


@pytest.mark.parametrize(
    ("delay", "jitter", "sentence"),
    [
        ("0 ms", "0 ms", "above 0"),
        ("59 s", "2 s", "at most 60 s"),
        ("100 ms", "101 ms", "backwards"),
        ("1.5 ms", "0 ms", "whole milliseconds"),  # Toxiproxy takes integers only
        ("100 ms", "500 µs", "whole milliseconds"),
        ("100", "0 ms", "unit"),
    ],
)
def test_senseless_settings_are_refused(delay: str, jitter: str, sentence: str) -> None:
    """What Toxiproxy would take in silence, or crash on, is refused before the run."""
    with pytest.raises(ValidationError, match=sentence):
        Latency.model_validate({"delay": delay, "jitter": jitter})


@pytest.mark.parametrize(
    ("delay", "jitter", "floor_us"),
    [
        (200, 50, 150_000),  # as in the profile: 200 ms ± 50 ms
        (100, 0, 100_000),
        (100, 100, 0),  # a jitter as great as the delay promises nothing
    ],
)
def test_the_floor_is_delay_less_jitter(delay: int, jitter: int, floor_us: int) -> None:
    """Every answer takes at least delay − jitter longer, and `check` may say so."""
    assert network.Injector().floor_us(latency("x", "y", delay, jitter)) == floor_us


def test_a_fault_is_seen_while_it_is_in_force_and_only_then(
    injector: Injector, scene: Scene
) -> None:
    """Applied, it slows the territory's people and is observed; cleared, neither; others never."""
    routes = injector.prepare(scene)
    assert [route.name for route in routes] == ["toxiproxy:bourgogne", "toxiproxy:île-de-france"]
    assert {route.host for route in routes} == {scene.hosts[0].at}
    here, there = via(routes, "bourgogne"), via(routes, "île-de-france")
    assert injector.alive() == ""

    before = injector.observe(SLOW)
    assert (before.in_force, before.read_back, before.why) == (False, True, "")
    assert min(first_bytes_us(here, 3)) < 80_000

    injector.apply(SLOW)
    during = injector.observe(SLOW)
    assert (during.in_force, during.read_back, during.why) == (True, True, "")
    assert during.probe_us is not None
    assert 80_000 <= during.probe_us <= 200_000
    slow = first_bytes_us(here, 12)
    assert min(slow) >= 80_000
    assert min(slow) < 200_000
    assert min(first_bytes_us(there, 3)) < 80_000
    assert not injector.observe(SLOWER).in_force
    assert injector.alive() == ""

    injector.clear(SLOW)
    after = injector.observe(SLOW)
    assert (after.in_force, after.read_back, after.why) == (False, True, "")
    assert min(first_bytes_us(here, 5)) < 80_000
    injector.clear(SLOW)  # clearing what is clear is no error


def test_two_faults_of_one_territory_share_its_listener(injector: Injector, scene: Scene) -> None:
    """Both delays add up for the people; each twin shows its own fault alone."""
    more = latency("more", "bourgogne", 60)
    scene.faults = [SLOW, more]
    (route,) = injector.prepare(scene)
    injector.apply(SLOW)
    injector.apply(more)
    assert min(first_bytes_us(route.via, 3)) >= 140_000
    seen = injector.observe(more)
    assert seen.in_force
    assert seen.probe_us is not None
    assert seen.probe_us < 140_000
    injector.clear(SLOW)
    assert injector.observe(more).in_force
    assert not injector.observe(SLOW).in_force


def test_a_killed_toxiproxy_is_told_and_is_clear(injector: Injector, scene: Scene) -> None:
    """After kill -9 nothing is in force, `alive` says why, and there is nothing left to clear."""
    injector.prepare(scene)
    injector.apply(SLOW)
    process = psutil.Process(injector.left_over()["pid"])
    process.kill()
    deadline = time.monotonic() + 5
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert "dead" in injector.alive()
    seen = injector.observe(SLOW)
    assert (seen.in_force, seen.probe_us, seen.read_back) == (False, None, False)
    assert "lost" in seen.why
    with pytest.raises(RentreeError):
        injector.apply(SLOWER)
    injector.clear(SLOW)
    assert injector.close() == ""


@pytest.mark.usefixtures("short_limits")
def test_a_stopped_toxiproxy_costs_seconds_not_the_run(injector: Injector, scene: Scene) -> None:
    """A process that hangs is seen within the time limits, and ended by `clear`."""
    injector.prepare(scene)
    injector.apply(SLOW)
    pid = injector.left_over()["pid"]
    psutil.Process(pid).send_signal(signal.SIGSTOP)
    began = time.monotonic()
    while "does not answer" not in (why := injector.alive()):  # each of its threads has to stop
        assert time.monotonic() - began < 5, why
    assert not injector.observe(SLOW).in_force
    assert time.monotonic() - began < 10
    with pytest.raises(RentreeError, match=r"was ended.*bourgogne"):
        injector.clear(SLOW)
    assert not psutil.pid_exists(pid)
    assert time.monotonic() - began < 30


def test_a_reader_that_stopped_reading_does_not_keep_the_fault(
    injector: Injector, scene: Scene
) -> None:
    """It freezes Toxiproxy's API: `clear` then ends the process within bounds and says so."""
    routes = injector.prepare(scene)
    injector.apply(SLOW)
    pid = injector.left_over()["pid"]
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(via(routes, "bourgogne"))
        reader.sendall(b"big\n")
        time.sleep(2)  # long enough for 100 ms of delay and full buffers
        began = time.monotonic()
        with pytest.raises(RentreeError, match=r"No fault is left; the routes of .* are down"):
            injector.clear(SLOW)
        assert time.monotonic() - began < 20
    assert not psutil.pid_exists(pid)
    assert "dead" in injector.alive()
    injector.clear(SLOW)  # proven clear now


def test_a_listener_out_of_descriptors_is_not_alive(injector: Injector, scene: Scene) -> None:
    """When its accept loop died while the API says `enabled`, `alive` names the listener."""
    routes = injector.prepare(scene)
    pid = injector.left_over()["pid"]
    api = our_api(pid)
    process = psutil.Process(pid)
    _, ceiling = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    why = ""
    for spare in (12, 13, 12, 13):  # two a connection: only accepting ends the loop, not dialling
        before = process.num_fds()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (before + spare, ceiling))
        lines = [socket.create_connection(via(routes, "bourgogne"), 2) for _ in range(40)]
        time.sleep(0.3)
        for line in lines:
            line.close()
        deadline = time.monotonic() + 5
        while process.num_fds() > before and time.monotonic() < deadline:
            time.sleep(0.05)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (ceiling, ceiling))
        if why := injector.alive():
            break
    assert all(proxy["enabled"] for proxy in proxies(api).values())
    assert "no longer serves" in why
    assert "bourgogne" in why
    assert "le-de-france" not in why


def test_the_environments_proxy_is_never_asked(
    injector: Injector, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An HTTP proxy in the environment is not used for 127.0.0.1."""
    for word in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(word, "http://127.0.0.1:9")
    for word in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(word, raising=False)
    injector.prepare(scene)
    injector.apply(SLOW)
    assert injector.observe(SLOW).in_force


def test_a_listener_serves_many_at_once(injector: Injector, scene: Scene) -> None:
    """Twenty people at once through one listener each reach the platform."""
    routes = injector.prepare(scene)
    lines = [socket.create_connection(via(routes, "île-de-france"), 2) for _ in range(20)]
    for line in lines:
        line.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert all(line.recv(4) == b"HTTP" for line in lines)
    for line in lines:
        line.close()
