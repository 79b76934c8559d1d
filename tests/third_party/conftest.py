"""Other people's applications, started as their operators would, on loopback, for one test each."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.flow.conftest import COMMAND, Home

from rentree import process
from rentree.authorization import PATH
from rentree.commands.authorize import Grant, document

HERE = Path(__file__).parent
SECRET = "not-in-any-evidence-7f3a"  # of synthetic accounts on loopback
ACCESS = re.compile(r"^\[\w (.{23}) ServerApp\] (\d{3}) (\w+) (\S+) \(.*ms", re.M)


@dataclass
class App(Home):
    """An application that runs, and a user who stands in a workspace of their own."""

    target: str
    secret: dict[str, str]  # the password, by the name of its environment variable
    leaves: dict[str, Path] = field(default_factory=dict)  # host → the document it publishes
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def workspace(self) -> Path:
        """Where the user stands."""
        return self.folder / "workspace"

    @property
    def env(self) -> dict[str, str]:
        """The user's environment; the password is nowhere else."""
        return super().env | self.secret

    @property
    def profile(self) -> list[str]:
        """What is run."""
        return ["small-class", "--target", self.target]

    @property
    def consent(self) -> list[str]:
        """The user's own word for every host."""
        return [word for host in self.leaves for word in ("--authorized", host)]

    def rentree(
        self, *words: str, timeout: float = 120, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, standing in the workspace."""
        return super().rentree(*words, timeout=timeout, cwd=cwd or self.workspace)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command in the workspace and go on."""
        return subprocess.Popen(
            [*COMMAND, *words], cwd=self.workspace, env=self.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def publish(self, host: str, **changes: Any) -> Path:
        """Put a document where the operator's disk has it; returns where."""
        path = self.leaves.setdefault(host, self.folder / f"leave-{host}.json")
        path.write_text(leave(host, **changes), encoding="utf-8")
        return path

    def launch(self, name: str, at: tuple[str, int], command: list[str], **env: str) -> None:
        """Start a process of the application, bounded, and wait until it answers."""
        log = self.folder / f"{name}.log"
        child = process.start([sys.executable, *command], log=log, env=env)
        self.children.append(child)
        if sys.platform == "linux":
            bounded = psutil.Process(child.pid)
            bounded.rlimit(psutil.RLIMIT_AS, (2 << 30, 2 << 30))  # bytes
            bounded.rlimit(psutil.RLIMIT_CPU, (120, 120))  # s
        until = time.monotonic() + 60
        while not _answers(*at):
            assert child.poll() is None, log.read_text(encoding="utf-8")[-2000:]
            assert time.monotonic() < until, f"{name} does not answer"
            time.sleep(0.1)

    def fill_in(self, **places: object) -> None:
        """Take the application's workspace, the {places} of its target filled in."""
        shutil.copytree(HERE / self.target / "workspace", self.workspace)
        target = self.workspace / "profiles" / "targets" / f"{self.target}.yaml"
        text = target.read_text(encoding="utf-8")
        for place, value in places.items():
            text = text.replace(f"{{{place}}}", str(value))
        target.write_text(text, encoding="utf-8")

    def asked(self) -> list[tuple[datetime, int, str, str]]:
        """Jupyter's own log of what it was asked: local time, status, method, address."""
        log = (self.folder / "jupyter.log").read_text(encoding="utf-8")
        return [
            (datetime.strptime(when, "%Y-%m-%d %H:%M:%S.%f"), int(status), method, address)
            for when, status, method, address in ACCESS.findall(log)
        ]


def free_port(host: str) -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def leave(host: str, **changes: Any) -> str:
    """The document that `rentree authorize` makes for a host, for the next ten minutes."""
    now = datetime.now(UTC)
    grant = Grant(
        hosts=[host], addresses=[], people=200, arrivals=100, requests=2000, minutes=5,
        start=(now - timedelta(minutes=1)).isoformat(),
        end=(now + timedelta(minutes=10)).isoformat(), faults=[], flood=None, by="the test",
        ref="T-1", signed="2026-11-01", contact="nobody@ops.invalid", when_unreachable="30 s",
    )  # fmt: skip
    return document(replace(grant, **changes))


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", PATH)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@pytest.fixture
def jupyter(tmp_path: Path) -> Iterator[App]:
    """Jupyter Server with its password form; the authorisation by a server extension."""
    hashed = import_module("jupyter_server.auth").passwd(SECRET, algorithm="sha256")
    app = App(tmp_path, "jupyter", {"JUPYTER_PASSWORD": SECRET})
    host, port, own = "127.0.0.1", free_port("127.0.0.1"), tmp_path / "jupyter"
    (own / "root").mkdir(parents=True)
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    command = [
        "-m", "jupyter_server", f"--ip={host}", f"--port={port}", "--ServerApp.port_retries=0",
        "--no-browser", "--allow-root", f"--ServerApp.root_dir={own / 'root'}",
        "--ServerApp.log_level=DEBUG", f"--PasswordIdentityProvider.hashed_password={hashed}",
        '--ServerApp.jpserver_extensions={"rentree_leave": True}',
    ]  # fmt: skip
    env = dict.fromkeys(folders, str(own)) | {"PYTHONPATH": str(HERE / "jupyter")}
    try:
        app.fill_in(port=port)
        published = app.publish(host)
        app.launch("jupyter", (host, port), command, AUTHORIZATION=str(published), **env)
        yield app
    finally:
        for child in app.children:
            process.stop(child)


@pytest.fixture
def cas(tmp_path: Path) -> Iterator[App]:
    """django-cas-server, and a page behind it on another host; a urlconf line publishes."""
    app = App(tmp_path, "cas", {"CAS_PASSWORD": SECRET})
    portal, sso = ("127.0.0.2", free_port("127.0.0.2")), ("127.0.0.1", free_port("127.0.0.1"))
    site = str(HERE / "cas" / "site.py")
    try:
        app.fill_in(service=portal[1], provider=sso[1])
        logins = "".join(f"pupil-{number:03}\n" for number in range(1, 121))
        accounts = app.workspace / "profiles" / "targets" / "accounts.csv"
        accounts.write_text(f"login\n{logins}", encoding="utf-8")
        for role, at, more in [
            ("service", portal, [f"http://{sso[0]}:{sso[1]}/cas/"]),
            ("provider", sso, []),
        ]:
            command = [site, role, str(at[1]), str(tmp_path / f"{role}.sqlite"), *more]
            published = app.publish(at[0])
            app.launch(role, at, command, AUTHORIZATION=str(published), CAS_PASSWORD=SECRET)
        yield app
    finally:
        for child in app.children:
            process.stop(child)
