"""Latency by the real Toxiproxy: in force when it is said to be, and gone when it is said to be."""

from __future__ import annotations

import json
import resource
import signal
import socket
import statistics
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import ValidationError

from rentree import toxiproxy
from rentree.dropin import load_path
from rentree.echo import Echo, ping_many
from rentree.errors import RentreeError, UsageError
from rentree.fault import Address, Injector, Route, Scene
from rentree.plan import PlannedFault
from rentree.toxiproxy_api import read

SOURCE = Path(__file__).parents[2] / "chaos" / "network.py"
network: Any = load_path(SOURCE, "rentree_dropin.faults.network")


def latency(name: str, territory: str, delay_ms: int, jitter_ms: int = 0) -> PlannedFault:
    """A fault as the plan has it: durations in µs."""
    settings: dict[str, int | float | str] = {"delay": delay_ms * 1000, "jitter": jitter_ms * 1000}
    return PlannedFault(
        name=name, fault="latency", territory=territory, start=0, end=1, settings=settings
    )


SLOW = latency("slow-homes", "bourgogne", 100, 20)
SLOWER = latency("slower-homes", "île-de-france", 300)


class Platform:
    """An upstream that answers a line with a page, and `big` with more than anyone can buffer."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: Address = self._listener.getsockname()[:2]
        self._people: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        try:
            while True:
                peer, _ = self._listener.accept()
                self._people.append(peer)
                threading.Thread(target=self._serve, args=[peer], daemon=True).start()
        except OSError:
            return

    def _serve(self, peer: socket.socket) -> None:
        try:
            while asked := peer.recv(1024):
                pages = 1500 if asked == b"big\n" else 1  # 98 MB at most
                for _ in range(pages):
                    peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (65536 if pages > 1 else 64))
        except OSError:
            return

    def close(self) -> None:
        """Hang up on everybody."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self._people:
            peer.close()


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


@pytest.fixture
def platform() -> Iterator[Platform]:
    """A platform on loopback."""
    here = Platform()
    yield here
    here.close()


@pytest.fixture
def scene(platform: Platform, tmp_path: Path) -> Iterator[Scene]:
    """Two territories with a fault each."""
    with Echo() as echo:
        yield Scene([SLOW, SLOWER], platform.address, echo.address, tmp_path, print)


@pytest.fixture
def injector() -> Iterator[Injector]:
    """A fresh injector, closed at the end whatever happens."""
    fresh: Injector = network.Injector()
    yield fresh
    assert fresh.close() == ""


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[toxiproxy.ToxiproxyProcess]:
    """A Toxiproxy that somebody else runs."""
    process = toxiproxy.ToxiproxyProcess(toxiproxy.obtain(print), tmp_path / "theirs.log")
    yield process
    process.stop()


def via(routes: list[Route], territory: str) -> Address:
    """Where the people of a territory connect to."""
    return next(route.via for route in routes if route.territory == territory)


def proxies(api: Address) -> dict[str, Any]:
    """What a Toxiproxy has."""
    found = read(api, "/proxies")
    assert found is not None
    return found


def our_api(injector: Injector) -> Address:
    """The address of our own Toxiproxy's API, as the kernel tells."""
    pid = injector.left_over()["pid"]
    for c in psutil.Process(pid).net_connections("tcp4"):
        if c.status == psutil.CONN_LISTEN:
            seen = read((c.laddr[0], c.laddr[1]), "/version") if _speaks_http(c.laddr) else None
            if seen is not None:
                return c.laddr[0], c.laddr[1]
    raise AssertionError("no API found")


def _speaks_http(address: Any) -> bool:
    with socket.create_connection(tuple(address), 1) as line:
        line.sendall(b"GET /version HTTP/1.0\r\nUser-Agent: test\r\n\r\n")
        line.settimeout(1)
        return b'"version"' in line.recv(4096) + line.recv(4096)


@pytest.mark.parametrize(
    ("delay", "jitter", "sentence"),
    [
        ("0 ms", "0 ms", "above 0"),
        ("11 min", "0 ms", "at most 10 min"),
        ("100 ms", "101 ms", "backwards"),
        ("1.5 ms", "0 ms", "whole milliseconds"),  # Toxiproxy takes integers only
        ("100 ms", "500 µs", "whole milliseconds"),
        ("100", "0 ms", "unit"),
    ],
)
def test_senseless_settings_are_refused(delay: str, jitter: str, sentence: str) -> None:
    """What Toxiproxy would take in silence, or crash on, is refused before the run."""
    with pytest.raises(ValidationError, match=sentence):
        network.LatencySettings.model_validate({"delay": delay, "jitter": jitter})


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
    assert {route.host for route in routes} == {scene.platform}
    here, there = via(routes, "bourgogne"), via(routes, "île-de-france")
    assert injector.alive() == ""

    before = injector.observe(SLOW)
    assert (before.in_force, before.read_back, before.why) == (False, True, "")
    assert max(first_bytes_us(here, 3)) < 80_000

    injector.apply(SLOW)
    during = injector.observe(SLOW)
    assert (during.in_force, during.read_back, during.why) == (True, True, "")
    assert during.probe_us is not None
    assert 80_000 <= during.probe_us <= 200_000
    slow = first_bytes_us(here, 12)
    assert min(slow) >= 80_000
    assert statistics.median(slow) < 200_000
    assert max(first_bytes_us(there, 3)) < 80_000
    assert not injector.observe(SLOWER).in_force
    assert injector.alive() == ""

    injector.clear(SLOW)
    after = injector.observe(SLOW)
    assert (after.in_force, after.read_back, after.why) == (False, True, "")
    assert statistics.median(first_bytes_us(here, 5)) < 80_000
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


def test_a_toxic_that_somebody_took_away_is_not_in_force(
    injector: Injector, scene: Scene, theirs: toxiproxy.ToxiproxyProcess
) -> None:
    """A fault that was asked for and no longer bites is told, from the listener and from the twin."""
    scene.options = {"toxiproxy": network._url(theirs.api)}
    injector.prepare(scene)
    injector.apply(SLOW)
    twin, real = sorted((name for name, p in proxies(theirs.api).items() if p["toxics"]), key=len)
    network._write(theirs.api, "delete", f"/proxies/{real}/toxics/latency-0")
    gone = injector.observe(SLOW)
    assert (gone.in_force, gone.read_back) == (False, False)
    assert real in gone.why
    network._write(theirs.api, "delete", f"/proxies/{twin}/toxics/latency-0")
    assert "at least" in injector.observe(SLOW).why


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


def test_a_stopped_toxiproxy_costs_seconds_not_the_run(injector: Injector, scene: Scene) -> None:
    """A process that hangs is seen within the time limits, and ended by `clear`."""
    injector.prepare(scene)
    injector.apply(SLOW)
    pid = injector.left_over()["pid"]
    psutil.Process(pid).send_signal(signal.SIGSTOP)
    began = time.monotonic()
    assert "does not answer" in injector.alive()
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
    api = our_api(injector)
    process = psutil.Process(pid)
    most = process.num_fds() + 12
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))
    lines = [socket.create_connection(via(routes, "bourgogne"), 2) for _ in range(40)]
    time.sleep(0.3)
    for line in lines:
        line.close()
    deadline = time.monotonic() + 5
    while process.num_fds() >= most - 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert all(proxy["enabled"] for proxy in proxies(api).values())
    assert "no longer serves" in injector.alive()
    assert "bourgogne" in injector.alive()


def test_anothers_toxiproxy_keeps_what_is_theirs_and_loses_what_is_ours(
    scene: Scene, theirs: toxiproxy.ToxiproxyProcess
) -> None:
    """In a Toxiproxy given by URL only our own proxies come and go; theirs keep their toxics."""
    network._write(theirs.api, "post", "/proxies", {"name": "theirs", "upstream": "127.0.0.1:9"})
    network._write(theirs.api, "post", "/proxies/theirs/toxics", {"type": "latency"})
    before = proxies(theirs.api)
    scene.options = {"toxiproxy": network._url(theirs.api)}
    injector = network.Injector()
    injector.prepare(scene)
    injector.apply(SLOW)
    assert injector.observe(SLOW).in_force
    made = set(proxies(theirs.api)) - set(before)
    assert made == set(injector.left_over()["proxies"])
    assert all(name.startswith("rentree-") for name in made)
    assert injector.close() == ""
    assert proxies(theirs.api) == before
    assert theirs.alive()


def test_a_foreign_toxiproxy_that_hangs_is_not_proven_clear(
    scene: Scene, theirs: toxiproxy.ToxiproxyProcess
) -> None:
    """Where we may not end the process, `clear` raises and `close` names what may be left."""
    scene.faults = [SLOW]
    scene.options = {"toxiproxy": network._url(theirs.api)}
    injector = network.Injector()
    injector.prepare(scene)
    injector.apply(SLOW)
    left = injector.left_over()
    psutil.Process(theirs.identity.pid).send_signal(signal.SIGSTOP)
    with pytest.raises(RentreeError, match="not proven cleared"):
        injector.clear(SLOW)
    assert left["proxies"][0] in injector.close()
    psutil.Process(theirs.identity.pid).send_signal(signal.SIGCONT)
    assert network.Injector.undo(left) == ""
    assert proxies(theirs.api) == {}


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://192.0.2.1:8474", UsageError),  # not on this machine: no packet leaves
        ("http://127.0.0.1:9", RentreeError),  # nobody there
    ],
)
def test_a_url_without_a_toxiproxy_is_refused(
    injector: Injector, scene: Scene, url: str, kind: type[RentreeError]
) -> None:
    """Nothing is made ready on a URL that is not on loopback or does not answer."""
    scene.options = {"toxiproxy": url}
    with pytest.raises(kind):
        injector.prepare(scene)
    assert injector.left_over() == {}


def test_listeners_that_cannot_be_reached_fail_before_the_run(
    injector: Injector, scene: Scene, theirs: toxiproxy.ToxiproxyProcess
) -> None:
    """When the twins do not lead to the echo, `prepare` says so and leaves nothing behind."""
    scene.options = {"toxiproxy": network._url(theirs.api)}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        scene.echo = silent.getsockname()[:2]
        with pytest.raises(RentreeError, match="cannot be reached"):
            injector.prepare(scene)
    assert proxies(theirs.api) == {}


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


RUNNER = """
    import json, sys, time
    from pathlib import Path
    from rentree.dropin import load_path
    from rentree.fault import Scene
    from rentree.plan import PlannedFault

    asked = json.loads(sys.argv[1])
    fault = PlannedFault.model_validate(asked["fault"])
    injector = load_path(Path(asked["source"]), "rentree_dropin.faults.network").Injector()
    scene = Scene([fault], tuple(asked["platform"]), tuple(asked["echo"]), Path(asked["work"]),
                  lambda line: None, asked["options"])
    injector.prepare(scene)
    injector.apply(fault)
    print(json.dumps(injector.left_over()), flush=True)
    time.sleep(60)
"""


def killed_runner(scene: Scene) -> dict[str, Any]:
    """A runner that prepared, applied and was killed with -9; what it said it would leave."""
    asked = {
        "fault": SLOW.model_dump(),
        "source": str(SOURCE),
        "platform": scene.platform,
        "echo": scene.echo,
        "work": str(scene.work),
        "options": dict(scene.options),
    }
    command = [sys.executable, "-c", textwrap.dedent(RUNNER), json.dumps(asked)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout is not None
        line = runner.stdout.readline()
        runner.kill()
    left: dict[str, Any] = json.loads(line)
    return left


def test_undo_after_a_killed_runner_proves_our_process_dead(scene: Scene) -> None:
    """A runner killed with -9 leaves no Toxiproxy of ours, and `undo` proves it."""
    left = killed_runner(scene)
    assert network.Injector.undo(left) == ""
    assert not psutil.pid_exists(left["pid"])


def test_undo_kills_a_process_that_outlived_its_runner(theirs: toxiproxy.ToxiproxyProcess) -> None:
    """Where the kernel did not end it, `undo` does, unless the pid is another process by now."""
    identity = theirs.identity
    assert network.Injector.undo({"pid": identity.pid, "started": identity.started - 60}) == ""
    assert theirs.alive()
    assert network.Injector.undo({"pid": identity.pid, "started": identity.started}) == ""
    assert not theirs.alive()


def test_undo_after_a_killed_runner_cleans_anothers_toxiproxy(
    scene: Scene, theirs: toxiproxy.ToxiproxyProcess
) -> None:
    """What a killed runner left in somebody else's Toxiproxy stays until `undo` takes it away."""
    scene.options = {"toxiproxy": network._url(theirs.api)}
    left = killed_runner(scene)
    assert all(proxy["toxics"] for proxy in proxies(theirs.api).values())
    assert set(proxies(theirs.api)) == set(left["proxies"])
    assert network.Injector.undo(left) == ""
    assert proxies(theirs.api) == {}
    assert network.Injector.undo({}) == ""


def test_pings_at_once_are_all_delayed(injector: Injector, scene: Scene) -> None:
    """Twenty connections at once through the people's listener: the platform is reached by each."""
    routes = injector.prepare(scene)
    with Echo() as echo:
        assert None not in ping_many([echo.address] * 20, 2)
    lines = [socket.create_connection(via(routes, "île-de-france"), 2) for _ in range(20)]
    for line in lines:
        line.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert all(line.recv(4) == b"HTTP" for line in lines)
    for line in lines:
        line.close()
