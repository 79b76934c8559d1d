"""Child processes: they die with their parent, are stopped in time, and are never mistaken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from rentree.process import Identity, start, stop

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills with the parent")
SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('up', flush=True)
time.sleep(60)
"""
STUBBORN = [sys.executable, "-c", DEAF]
PARENT = """
import sys, time
from pathlib import Path
from rentree.process import start
child = start([sys.executable, "-c", "import time; time.sleep(60)"], log=Path(sys.argv[1]))
print(child.pid, flush=True)
time.sleep(60)
"""
Start = Callable[[list[str]], subprocess.Popen[bytes]]


def until(true: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait until something is true; whether it became so in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Start]:
    """Start children that say `up`; all are gone after the test."""
    children: list[subprocess.Popen[bytes]] = []

    def begin(command: list[str]) -> subprocess.Popen[bytes]:
        log = tmp_path / f"{len(children)}.log"
        children.append(start(command, log=log))
        assert until(lambda: log.read_bytes() != b"")
        return children[-1]

    yield begin
    for child in children:
        child.kill()
        child.wait()


@linux
def test_a_child_dies_when_its_parent_is_killed(tmp_path: Path) -> None:
    """SIGKILL of the runner leaves no load, no Toxiproxy and no sandbox behind."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log")], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    child = Identity.of(int(parent.stdout.readline()))
    assert child.alive()
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert until(lambda: not child.alive())


@linux
def test_a_child_whose_parent_is_gone_already_ends_at_once() -> None:
    """Between fork and the request to the kernel the parent may die: the child looks."""
    code = "from rentree.process import die_with_parent; die_with_parent(1 << 30); print('lives')"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (child.returncode, child.stdout) == (1, b"")


def test_a_child_has_a_session_of_its_own(begin: Start) -> None:
    """Ctrl-C at the terminal reaches the runner alone, which then ends its children in order."""
    child = begin(SLEEPER)
    assert os.getsid(child.pid) == child.pid != os.getsid(0)


def test_output_goes_to_the_log_and_the_environment_is_ours_and_more(tmp_path: Path) -> None:
    """Both streams are kept, appended to what is there, with the variables that were added."""
    log = tmp_path / "log"
    log.write_text("before\n", encoding="utf-8")
    code = "import os, sys; print(os.environ['OURS'], 'PATH' in os.environ, file=sys.stderr)"
    child = start([sys.executable, "-c", code], log=log, env={"OURS": "yes"})
    assert child.wait(30) == 0
    assert log.read_text(encoding="utf-8") == "before\nyes True\n"


def test_a_child_that_obeys_is_stopped_by_sigterm(begin: Start) -> None:
    """It is asked first, and reaped."""
    child = begin(SLEEPER)
    stop(child)
    assert child.returncode == -signal.SIGTERM
    assert not psutil.pid_exists(child.pid)


def test_a_child_that_does_not_obey_is_killed(begin: Start) -> None:
    """After its time of grace it goes all the same."""
    child = begin(STUBBORN)
    stop(child, grace=0.1)
    assert child.returncode == -signal.SIGKILL


def test_stopping_what_has_ended_is_nothing(begin: Start) -> None:
    """Cleaning up twice does no harm, and its own exit code stays."""
    child = begin([sys.executable, "-c", "print('up'); raise SystemExit(7)"])
    child.wait(30)
    stop(child)
    stop(child)
    assert child.returncode == 7


def test_an_identity_knows_the_living_from_the_dead(begin: Start) -> None:
    """Alive while it runs; a zombie that nobody has reaped yet is dead."""
    child = begin(SLEEPER)
    identity = Identity.of(child.pid)
    assert identity.alive()
    os.kill(child.pid, signal.SIGKILL)
    assert until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE)
    assert not identity.alive()
    child.wait()
    assert not identity.alive()
    with pytest.raises(psutil.NoSuchProcess):
        Identity.of(child.pid)


def test_another_process_with_the_pid_is_neither_ours_nor_killed(begin: Start) -> None:
    """A record from before a reboot must never end somebody else's process."""
    child = begin(SLEEPER)
    now = Identity.of(child.pid)
    for earlier in (60.0, 1.0, 0.06):
        stranger = Identity(child.pid, now.started - earlier)
        assert not stranger.alive()
        stranger.kill()
    assert now.alive()
    assert child.poll() is None


def test_kill_ends_exactly_that_process(begin: Start) -> None:
    """A stubborn one too; killing it again is nothing."""
    child, other = begin(STUBBORN), begin(SLEEPER)
    identity = Identity.of(child.pid)
    identity.kill()
    assert not identity.alive()
    assert other.poll() is None
    child.wait()
    identity.kill()
