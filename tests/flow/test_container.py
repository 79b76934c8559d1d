"""A container of ours is frozen for twenty seconds under load, by the real Docker."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import polars as pl
import pytest
from tests.chaos.dockerd import IMAGE, engine

from rentree.evidence import Evidence
from rentree.sandbox.identity import prove

from .conftest import ROOT, Home, verdict_of, wait_until

pytestmark = [
    pytest.mark.flow,
    pytest.mark.beside,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
NAME = "rentree-platform"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """An engine of this test's own."""
    with engine(tmp_path) as url:
        yield url


def _platform(url: str, home: Home, port: int) -> tuple[Any, Any]:
    """A sandbox in a container, on this machine's Python: it has the root folder to read."""
    work = home.folder / "platform"
    state = Path(home.env["XDG_STATE_HOME"])
    for folder in (work, state):
        folder.mkdir(mode=0o700)
    command = [
        "/bin/chroot", "/host", sys.executable, "-P", "-m", "rentree.sandbox", "--preset",
        str(ROOT / "profiles" / "sandboxes" / "rentree.yaml"), "--work", str(work),
        "--port", str(port),
    ]  # fmt: skip
    mounts = {"/": {"bind": "/host", "mode": "ro"}}
    mounts |= {str(f): {"bind": f"/host{f}", "mode": "rw"} for f in (work, state)}
    client: Any = docker.DockerClient(base_url=url, timeout=20)
    container = client.containers.run(
        f"{IMAGE}:1", command, name=NAME, detach=True, network_mode="host", volumes=mounts,
        labels={"rentree": "test"},
        environment={
            "XDG_STATE_HOME": str(state), "HOME": os.environ.get("HOME", "/"), "TMPDIR": str(work),
            **({"PYTHONPATH": path} if (path := os.environ.get("PYTHONPATH")) else {}),
        },
    )  # fmt: skip
    return client, container


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_frozen_container_is_seen_in_the_report(
    url: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen for its twenty seconds, felt by those who came in them, gone for those after."""
    port = _free_port()
    monkeypatch.setenv("DOCKER_HOST", url)
    client, container = _platform(url, home, port)
    base = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("XDG_STATE_HOME", home.env["XDG_STATE_HOME"])
    try:
        wait_until(lambda: prove(base), f"the sandbox: {container.logs()[-500:]!r}", 60)
        done = home.run("conteneur-en-pause", "--target", base, "--seed", "7")
    finally:
        logs = container.logs()
        container.remove(force=True)
        client.close()
    assert done.returncode == 1, done.stdout + done.stderr + logs.decode()[-3000:]
    evidence = Evidence(home.latest())
    seen = [e for e in evidence.journal if e.get("name") == "fige" and e["state"] == "observed"]
    window = evidence.plan.faults[0].span
    assert window.length == 20_000_000
    assert all(e["in_force"] == (e["t"] in window) for e in seen)
    assert sum(e["in_force"] for e in seen) >= 19
    inside = evidence.samples.filter(
        pl.col("due") > window.start + 1_000_000, pl.col("due") < window.end - 5_000_000
    )
    assert inside.height > 20
    assert set(inside["outcome"]) <= {"timeout", "abandoned"}
    after = evidence.samples.filter(pl.col("due") > window.end + 2_000_000)
    assert after.filter(pl.col("outcome") == "ok").height > 0.9 * after.height > 20
    slos = {f["slo"]: f["decision"] for f in verdict_of(home.latest())["findings"]}
    assert slos["recovers"] == "pass"
    assert "conteneur gelé" in (home.latest() / "report.html").read_text("utf-8")


def test_without_docker_the_same_command_says_what_is_missing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, exit 2, nothing sent."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home.folder}/nobody.sock")
    began = time.monotonic()
    done = home.run("conteneur-en-pause", "--sandbox", "rentree")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "none answers" in done.stderr
    assert "nothing was sent" in done.stderr
    assert time.monotonic() - began < 60
