"""Network faults in somebody else's Toxiproxy, and what a killed runner left: undone and proven."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import psutil
import pytest

from rentree.dropin import load_path
from rentree.errors import RentreeError, UsageError
from rentree.fault import Address, Injector, Scene
from rentree.plan import PlannedFault
from rentree.process import Identity
from rentree.toxiproxy import server as toxiproxy
from rentree.toxiproxy.api import netloc, read

SOURCE = Path(__file__).parents[2] / "chaos" / "network.py"


network: Any = load_path(SOURCE, "rentree_dropin.faults.network")

SLOW = PlannedFault(
    name="slow-homes",
    fault="latency",
    hits={"territory": "bourgogne"},
    start=0,
    end=1,
    settings={"delay": 100_000, "jitter": 20_000},
)


@pytest.fixture
def faults() -> list[PlannedFault]:
    """One fault."""
    return [SLOW]


def proxies(api: Address) -> dict[str, Any]:
    """What a Toxiproxy has."""
    found = read(api, "/proxies")
    assert found is not None
    return found


def test_a_toxic_that_somebody_took_away_is_not_in_force(
    scene: Scene, theirs: toxiproxy.ToxiproxyProcess
) -> None:
    """A fault that no longer bites is told, by the listener and by the twin."""
    scene.options = {"toxiproxy": f"http://{netloc(theirs.api)}"}
    injector = network.Injector()
    injector.prepare(scene)
    injector.apply(SLOW)
    twin, real = sorted((name for name, p in proxies(theirs.api).items() if p["toxics"]), key=len)
    network._write(theirs.api, "delete", f"/proxies/{real}/toxics/latency-0", None)
    gone = injector.observe(SLOW)
    assert (gone.in_force, gone.read_back) == (False, False)
    assert real in gone.why
    network._write(theirs.api, "delete", f"/proxies/{twin}/toxics/latency-0", None)
    assert "the fault alone takes" in injector.observe(SLOW).why


def test_anothers_toxiproxy_keeps_what_is_theirs_and_loses_what_is_ours(
    scene: Scene, theirs: toxiproxy.ToxiproxyProcess
) -> None:
    """In a Toxiproxy given by URL only our own proxies come and go; theirs keep their toxics."""
    network._write(theirs.api, "post", "/proxies", {"name": "theirs", "upstream": "127.0.0.1:9"})
    network._write(theirs.api, "post", "/proxies/theirs/toxics", {"type": "latency"})
    before = proxies(theirs.api)
    scene.options = {"toxiproxy": f"http://{netloc(theirs.api)}"}
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


@pytest.mark.usefixtures("short_limits")
def test_a_foreign_toxiproxy_that_hangs_is_not_proven_clear(
    scene: Scene, theirs: toxiproxy.ToxiproxyProcess
) -> None:
    """Where we may not end the process, `clear` raises and `close` names what may be left."""
    scene.options = {"toxiproxy": f"http://{netloc(theirs.api)}"}
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
    scene.options = {"toxiproxy": f"http://{netloc(theirs.api)}"}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        scene.echo = silent.getsockname()[:2]
        with pytest.raises(RentreeError, match="cannot be reached"):
            injector.prepare(scene)
    assert proxies(theirs.api) == {}


RUNNER = """
    import json, sys, time
    from pathlib import Path
    from rentree.dropin import load_path
    from rentree.fault import Host, Scene
    from rentree.plan import PlannedFault

    asked = json.loads(sys.argv[1])
    fault = PlannedFault.model_validate(asked["fault"])
    injector = load_path(Path(asked["source"]), "rentree_dropin.faults.network").Injector()
    at = tuple(asked["platform"])
    scene = Scene([fault], [Host(at, at)], {}, tuple(asked["echo"]), Path(asked["work"]),
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
        "platform": scene.hosts[0].at,
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
    assert not Identity(left["pid"], left["started"]).alive()


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
    scene.options = {"toxiproxy": f"http://{netloc(theirs.api)}"}
    left = killed_runner(scene)
    assert all(proxy["toxics"] for proxy in proxies(theirs.api).values())
    assert set(proxies(theirs.api)) == set(left["proxies"])
    assert network.Injector.undo(left) == ""
    assert proxies(theirs.api) == {}
    assert network.Injector.undo({}) == ""
