"""A real PostgreSQL of our own: a cluster in a folder, on a free port of loopback."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from rentree.errors import RentreeError

_USER = "rentree"


def binaries() -> Path | None:
    """Where initdb and postgres are."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    known = [*folders, *([Path(on_path).parent] if on_path else [])]
    return next((f for f in known if (f / "initdb").exists() and (f / "postgres").exists()), None)


class Server:
    """One cluster, which may be stopped and started again."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs
        self._as = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        if self._as:
            shutil.chown(folder, "nobody", "nogroup")
            for parent in folder.parents:  # pytest's folders are their owner's alone
                if parent != Path("/tmp") and parent.is_relative_to("/tmp"):  # noqa: S108
                    parent.chmod(parent.stat().st_mode | 0o011)
        self._run("initdb", "--pgdata", str(folder / "db"), "--username", _USER, "--auth", "trust",
                  "--encoding", "UTF8", "--no-sync")  # fmt: skip
        self.start()

    @property
    def url(self) -> str:
        """Of the cluster's first database."""
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._child = subprocess.Popen(
            [str(self._programs / "postgres"), "-D", str(self._folder / "db"), "-p", str(self.port),
             "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self._folder}",
             "-c", "fsync=off"],
            cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._as,
        )  # type: ignore[call-overload]  # fmt: skip
        last = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            except psycopg.Error:
                if time.monotonic() > last:
                    raise RentreeError("PostgreSQL does not come up") from None
                time.sleep(0.05)

    def stop(self) -> None:
        """End it at once: connections are cut."""
        self._child.send_signal(signal.SIGINT)
        self._child.wait(30)

    def new_database(self, name: str) -> str:
        """An empty database; its URL."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"{self.url.rpartition('/')[0]}/{name}"

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [str(self._programs / program), *words], cwd=self._folder, check=True,
            capture_output=True, **self._as,
        )  # type: ignore[call-overload]  # fmt: skip


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A server in that folder, ended at the end."""
    programs = binaries()
    if programs is None:
        raise RentreeError("no PostgreSQL on this machine: apt-get install postgresql")
    server = Server(folder, programs)
    try:
        yield server
    finally:
        server.stop()
