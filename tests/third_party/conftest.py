"""Other people's applications, started as their operators would, on loopback, for one test each."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.flow.conftest import Home

from rentree import process
from rentree.authorization import PATH

HERE = Path(__file__).parent
SECRET = "not-in-any-evidence-7f3a"  # of synthetic accounts on loopback


def free_port(host: str) -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def leave(served: list[str], **changes: Any) -> str:
    """The document that an operator publishes; all is granted, for the next ten minutes."""
    now = datetime.now(UTC)
    document: dict[str, Any] = {
        "hosts": served, "addresses": served,
        "ceilings": {"people": 200, "arrivals_per_second": 100, "requests_per_second": 2000,
                     "minutes": 5},
        "windows": [{"from": (now - timedelta(minutes=1)).isoformat(),
                     "to": (now + timedelta(minutes=10)).isoformat()}],
        "faults": [], "agreements": [{"by": "the test", "ref": "T-1", "date": "2026-11-01"}],
        "contact": "nobody@ops.invalid", "when_unreachable": "30 s",
    }  # fmt: skip
    return json.dumps(document | changes)


@dataclass
class App:
    """An application that runs, its workspace, and the document that its operator publishes."""

    home: Home
    workspace: Path
    target: str
    document: Path
    env: dict[str, str] = field(default_factory=dict)
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def rentree(self, *words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """A command, standing in the workspace."""
        return subprocess.run(
            [sys.executable, "-c", "from rentree.cli import main; main()", *words],
            cwd=self.workspace, env={**self.home.env, **self.env}, capture_output=True, text=True,
            timeout=timeout, check=False,
        )  # fmt: skip

    def command(self, *more: str) -> list[str]:
        """The words of `rentree run` against it."""
        return ["run", "small-class", "--target", self.target, "--evidence",
                str(self.home.evidence), *more]  # fmt: skip

    def run_fit(self, *more: str) -> subprocess.CompletedProcess[str]:
        """`rentree run`, tried again while our own machine was not fit (as `Home.run_fit`)."""
        for _ in range(3):
            done = self.rentree(*self.command(*more))
            if done.returncode != 3:
                break
        return done


def await_http(host: str, port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until somebody answers there."""
    end = time.monotonic() + 60
    while time.monotonic() < end and child.poll() is None:
        connection = http.client.HTTPConnection(host, port, timeout=2)
        try:
            connection.request("GET", PATH)
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError(f"it does not come up: {log.read_text(errors='replace')[-2000:]}")


def copied(name: str, to: Path, **places: object) -> Path:
    """The workspace of an application, its {places} filled in."""
    shutil.copytree(HERE / name / "workspace", to)
    target = next((to / "profiles" / "targets").glob("*.yaml"))
    text = target.read_text(encoding="utf-8")
    for place, value in places.items():
        text = text.replace(f"{{{place}}}", str(value))
    target.write_text(text, encoding="utf-8")
    return to


@pytest.fixture
def jupyter(tmp_path: Path) -> Iterator[App]:
    """Jupyter Server with its password form; the authorisation by a server extension."""
    passwd = import_module("jupyter_server.auth").passwd
    port, document, log = free_port("127.0.0.1"), tmp_path / "leave.json", tmp_path / "jupyter.log"
    folder = tmp_path / "jupyter"
    (folder / "root").mkdir(parents=True)
    env = {name: str(folder) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR",
                                          "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}  # fmt: skip
    env |= {"AUTHORIZATION": str(document), "PYTHONPATH": str(HERE / "jupyter")}
    document.write_text(leave(["127.0.0.1"]), encoding="utf-8")
    child = process.start(
        [sys.executable, "-m", "jupyter_server", "--ip=127.0.0.1", f"--port={port}",
         "--ServerApp.port_retries=0", "--no-browser", "--allow-root",
         f"--PasswordIdentityProvider.hashed_password={passwd(SECRET, algorithm='sha256')}",
         f"--ServerApp.root_dir={folder / 'root'}",
         '--ServerApp.jpserver_extensions={"rentree_leave": True}'],
        log=log, env=env,
    )  # fmt: skip
    try:
        await_http("127.0.0.1", port, child, log)
        workspace = copied("jupyter", tmp_path / "workspace", port=port)
        secret = {"JUPYTER_PASSWORD": SECRET}
        yield App(Home(tmp_path), workspace, "jupyter", document, secret, [child])
    finally:
        process.stop(child)


@pytest.fixture
def cas(tmp_path: Path) -> Iterator[App]:
    """django-cas-server, and a page behind it on another host; a urlconf line publishes."""
    provider, service = free_port("127.0.0.1"), free_port("127.0.0.2")
    document = tmp_path / "leave.json"
    document.write_text(leave(["127.0.0.1", "127.0.0.2"]), encoding="utf-8")
    env = {"AUTHORIZATION": str(document), "CAS_PASSWORD": SECRET}
    roles: dict[str, list[str]] = {
        "provider": [str(provider), str(tmp_path / "p.sqlite")],
        "service": [str(service), str(tmp_path / "s.sqlite"), f"http://127.0.0.1:{provider}/cas/"],
    }
    children = []
    try:
        for role, words in roles.items():
            command = [sys.executable, str(HERE / "cas" / "site.py"), role, *words]
            children.append(process.start(command, log=tmp_path / f"{role}.log", env=env))
        for (host, port), child, role in zip(
            (("127.0.0.1", provider), ("127.0.0.2", service)), children, roles, strict=True
        ):
            await_http(host, port, child, tmp_path / f"{role}.log")
        workspace = copied("cas", tmp_path / "workspace", service=service, provider=provider)
        logins = "".join(f"pupil-{n:03}\n" for n in range(1, 121))
        (workspace / "profiles" / "targets" / "accounts.csv").write_text(f"login\n{logins}")
        yield App(Home(tmp_path), workspace, "cas", document, {"CAS_PASSWORD": SECRET}, children)
    finally:
        for child in children:
            process.stop(child)
