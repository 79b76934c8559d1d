"""Faults of containers, on a real engine: asked, observed, put back; only what is ours."""

from __future__ import annotations

import contextlib
import gc
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from pydantic import ValidationError

from rentree.dropin import load_path
from rentree.errors import RentreeError, UsageError
from rentree.fault import Scene
from rentree.plan import PlannedFault

from .dockerd import IMAGE, engine

MODULE = load_path(
    Path(__file__).parents[2] / "chaos" / "containers.py", "rentree_dropin.faults.containers"
)
# The SDK forgets a socket when it is made while no engine answers.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
KINDS: dict[str, dict[str, str]] = {
    "container-pause": {}, "container-kill": {}, "container-stop": {"grace": "1 s"},
    "container-restarts": {"every": "2 s"}, "container-limits": {"cpu": "20 %", "memory": "64 MiB"},
    "container-cut": {},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An engine for all tests of this file."""
    with engine(tmp_path_factory.mktemp("docker")) as url:
        yield url


@pytest.fixture
def client(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[docker.DockerClient]:
    """The tests' own eyes; the injector finds the engine by DOCKER_HOST."""
    monkeypatch.setenv("DOCKER_HOST", url)
    client = docker.DockerClient(base_url=url, timeout=20)
    yield client
    for container in client.containers.list(all=True):
        container.remove(force=True)
    for network in client.networks.list(names=["rentree-net"]):
        network.remove()
    client.close()


def start(client: Any, name: str = "web", **words: Any) -> Any:
    """A container of ours that serves a page, published on loopback."""
    client.networks.create("rentree-net")
    return client.containers.run(
        f"{IMAGE}:1", ["/bin/httpd", "-f", "-p", "80", "-h", "/bin"], name=name, detach=True,
        network="rentree-net", ports={"80/tcp": ("127.0.0.1", None)},
        **{"labels": {"rentree": "test"}, **words},
    )  # fmt: skip


def serves(container: Any) -> bool:
    """Whether the published port answers."""
    container.reload()
    ports = container.attrs["NetworkSettings"]["Ports"].get("80/tcp") or [{}]
    with contextlib.suppress(OSError):
        address = f"http://127.0.0.1:{ports[0].get('HostPort', 9)}/busybox"
        with urllib.request.urlopen(address, timeout=1) as answer:
            return bool(answer.status == 200)
    return False


def fault(kind: str, name: str = "broken", container: str = "web") -> PlannedFault:
    """A fault of that container."""
    settings = MODULE.Injector.kinds[kind].model_validate(KINDS[kind])
    return PlannedFault(
        name=name, fault=kind, hits={"container": container}, start=0, end=20_000_000,
        settings=settings.model_dump(mode="json", by_alias=True),
    )  # fmt: skip


def scene(work: Path, *faults: PlannedFault, **options: Any) -> Scene:
    """What an injector gets to work with."""
    return Scene(list(faults), [], {}, ("127.0.0.1", 9), work, print, options)


def _ready(at: Scene) -> Any:
    injector = MODULE.Injector()
    try:
        injector.prepare(at)
    except UsageError:
        injector.close()
        raise
    return injector


def until(what: Any, seconds: float = 15) -> bool:
    """Wait for something true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.2)
    return False


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_container_is_broken_seen_and_put_back(
    kind: str, client: docker.DockerClient, tmp_path: Path
) -> None:
    """Asked, observed, felt at its port, cleared, and as it was before."""
    container = start(client)
    assert until(lambda: serves(container))
    what, injector = fault(kind), MODULE.Injector()
    injector.prepare(scene(tmp_path, what))
    calm = injector.observe(what)
    assert (calm.in_force, calm.read_back) == (False, True), calm
    injector.apply(what)
    for _ in range(3):
        look = injector.observe(what)
        assert (look.in_force, look.read_back, look.why) == (True, True, ""), look
        time.sleep(0.3)
    if kind not in ("container-limits", "container-restarts"):
        assert not serves(container)
    injector.clear(what)
    after = injector.observe(what)
    assert (after.in_force, after.read_back) == (False, True), after
    assert until(lambda: serves(container))
    assert injector.close() == ""
    container.reload()
    assert container.attrs["HostConfig"]["CpuQuota"] <= 0
    assert list(container.attrs["NetworkSettings"]["Networks"]) == ["rentree-net"]


def test_what_a_dead_run_left_is_put_back(client: docker.DockerClient, tmp_path: Path) -> None:
    """From its record alone, by another process; a container that is gone needs nothing."""
    container, what, injector = start(client), fault("container-pause"), MODULE.Injector()
    injector.prepare(scene(tmp_path, what))
    left = injector.left_over()
    injector.apply(what)
    container.reload()
    assert container.status == "paused"
    assert MODULE.Injector.undo(left) == ""
    container.reload()
    assert container.status == "running"
    injector._asked.clear()
    injector.close()
    container.remove(force=True)
    assert MODULE.Injector.undo(left) == ""


def test_what_is_not_ours_is_not_touched(client: docker.DockerClient, tmp_path: Path) -> None:
    """Without our label a container is refused beforehand, unless an authorisation names it."""
    start(client, labels={})
    what = fault("container-kill")
    with pytest.raises(UsageError, match=r"not ours to break.*nothing was sent"):
        _ready(scene(tmp_path, what))
    _ready(scene(tmp_path, what, containers=["web"])).close()
    with pytest.raises(UsageError, match=r"No such container.*nothing was sent"):
        _ready(scene(tmp_path, fault("container-kill", container="other")))


def test_a_container_that_somebody_else_starts_again_is_not_in_force(
    client: docker.DockerClient, tmp_path: Path
) -> None:
    """What is undone behind our back is seen at the next look."""
    container, what, injector = start(client), fault("container-pause"), MODULE.Injector()
    injector.prepare(scene(tmp_path, what))
    injector.apply(what)
    container.unpause()
    look = injector.observe(what)
    assert (look.in_force, look.why) == (False, "the container is running")
    injector.clear(what)
    assert injector.close() == ""


def test_an_engine_that_goes_away_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle: not observed, not proven clear, and no traceback."""
    own = tmp_path / "own"
    own.mkdir()
    with engine(own) as url:
        monkeypatch.setenv("DOCKER_HOST", url)
        client = docker.DockerClient(base_url=url, timeout=20)
        start(client)
        what, injector = fault("container-pause"), MODULE.Injector()
        injector.prepare(scene(tmp_path, what))
        injector.apply(what)
        assert injector.observe(what).in_force
        client.containers.get("web").unpause()
        client.close()
    look = injector.observe(what)
    assert not look.in_force
    assert look.why
    with pytest.raises(RentreeError, match="container web"):
        injector.clear(what)
    assert "container web" in injector.close()


def test_without_an_engine_one_line_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What, and what to do; nothing was sent."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(UsageError, match=r"none answers.*start Docker.*nothing was sent") as told:
        _ready(scene(tmp_path, fault("container-pause")))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("kind", "settings", "told"),
    [
        ("container-limits", {}, "say what it is left"),
        ("container-limits", {"memory": "1 MiB"}, "6 MiB or more"),
        ("container-limits", {"cpu": "0 %"}, "1 % of a processor"),
        ("container-restarts", {"every": "1 s"}, "2 s to 10 min"),
        ("container-stop", {"grace": "30 s"}, "0 to 3"),
    ],
)
def test_senseless_settings_are_refused(kind: str, settings: dict[str, str], told: str) -> None:
    """Each in words, before the run."""
    with pytest.raises(ValidationError, match=told):
        MODULE.Injector.kinds[kind].model_validate(settings)


def test_both_languages_say_it() -> None:
    """For reports."""
    limits = MODULE.Injector.kinds["container-limits"].model_validate(KINDS["container-limits"])
    assert limits.told("fr") == "20\u00a0% d’un processeur, 64\u00a0Mio"
    assert limits.told("en") == "20% of a CPU, 64 MiB"
