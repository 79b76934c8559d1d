"""The sandbox as a process: it comes up, tells everything, and never outlives its parent."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rentree.errors import RentreeError, UsageError
from rentree.process import Identity
from rentree.sandbox.detached import running, start_detached, stop_detached
from rentree.sandbox.process import RunningSandbox, start
from rentree.sandbox.telemetry_tables import platform_table, requests_table

Start = Callable[..., RunningSandbox]
TRACE = "0af7651916cd43dd8448eb211c80319c"


def ask(url: str, path: str, headers: dict[str, str] | None = None) -> int:
    """GET a path and say its status."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def await_waiting(url: str, count: int) -> None:
    """Return once so many requests wait in the queue."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{url}/etat", timeout=5) as answer:  # noqa: S310  # loopback
            if json.load(answer)["waiting"] == count:
                return
        time.sleep(0.02)
    pytest.fail(f"never {count} waiting")


def test_it_says_where_it_is(sandbox: RunningSandbox) -> None:
    """Once it accepts, its ready file has URL, pid, port and preset, and it is not gone."""
    told = json.loads((sandbox.work / "sandbox.json").read_text())
    port = urlsplit(sandbox.url).port
    expected = {"url": sandbox.url, "pid": sandbox.child.pid, "port": port, "preset": "trial"}
    assert told == expected
    assert sandbox.url.startswith("http://127.0.0.1:")
    assert sandbox.gone() == ""


def test_sigterm_leaves_complete_telemetry(run_sandbox: Start) -> None:
    """Every request answered before the stop is in the table, with trace, mark and status."""
    before = time.monotonic_ns()
    sandbox = run_sandbox()
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "Rentree-Mark": "essai"}
    for _ in range(20):
        assert ask(sandbox.url, "/connexion", headers) == 200
    assert ask(sandbox.url, "/rien") == 404
    ask(sandbox.url, "/etat")
    sandbox.stop()
    assert sandbox.child.returncode == 0
    requests = requests_table(sandbox.work, before)
    rows = requests.select("trace", "mark", "method", "path", "status").rows()
    assert rows == [(TRACE, "essai", "GET", "/connexion", 200)] * 20 + [
        ("", "", "GET", "/rien", 404)
    ]
    assert requests["t"].is_sorted()
    assert requests["took"].min() >= 1_000  # type: ignore[operator]  # the service time, µs
    seconds = platform_table(sandbox.work, before)
    assert seconds["steps"].sum() == 21
    assert seconds["t"].is_between(0, (time.monotonic_ns() - before) // 1000).all()


def test_a_drowned_sandbox_stops_in_time(run_sandbox: Start) -> None:
    """People who would wait for a minute do not hold up the end, nor count as answered."""
    sandbox = run_sandbox(servers="1", queue="100", service="60 s")

    def wait_in_vain() -> None:
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(sandbox.url, "/connexion")

    people = [threading.Thread(target=wait_in_vain) for _ in range(5)]
    for person in people:
        person.start()
    await_waiting(sandbox.url, 4)
    started = time.monotonic()
    sandbox.stop()
    assert time.monotonic() - started < 4
    assert sandbox.child.returncode == 0
    for person in people:
        person.join()
    assert requests_table(sandbox.work, 0).is_empty()
    assert platform_table(sandbox.work, 0)["waiting"].max() == 4


def test_a_crash_is_told_in_words(run_sandbox: Start) -> None:
    """Whoever asks whether it lives learns how it ended."""
    sandbox = run_sandbox()
    sandbox.child.kill()
    sandbox.child.wait()
    assert sandbox.gone() == "the sandbox was ended by SIGKILL: its log is empty"


def test_it_starts_again_where_another_was_killed(
    write_preset: Callable[..., Path], tmp_path: Path
) -> None:
    """The ready file that a killed sandbox left does not pass for its successor's."""
    first = start(write_preset(), work=tmp_path)
    first.child.kill()
    first.child.wait()
    second = start(write_preset(), work=tmp_path)
    try:
        assert json.loads((tmp_path / "sandbox.json").read_text())["pid"] == second.child.pid
        assert ask(second.url, "/connexion") == 200
    finally:
        second.stop()


def test_a_port_that_is_taken_is_one_clear_line(
    sandbox: RunningSandbox, write_preset: Callable[..., Path], tmp_path: Path
) -> None:
    """A second sandbox does not share the first one's port, and says what to do."""
    port = urlsplit(sandbox.url).port or 0
    with pytest.raises(RentreeError) as caught:
        start(write_preset(), work=tmp_path, port=port)
    assert f"port {port} of 127.0.0.1 cannot be had" in str(caught.value)
    assert "choose another, or 0 for any" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_mistakes_are_told_before_anything_starts(
    write_preset: Callable[..., Path], tmp_path: Path
) -> None:
    """An unknown preset, a wrong file, an impossible port: usage errors, and no folder made."""
    for preset, port in (("rentrée", 0), (write_preset(servers="0"), 0), (write_preset(), 70_000)):
        with pytest.raises(UsageError):
            start(preset, work=tmp_path / "work", port=port)
    assert not (tmp_path / "work").exists()


def test_wrong_accounts_are_told(write_preset: Callable[..., Path], tmp_path: Path) -> None:
    """A sandbox that cannot read its accounts does not come up, and says which line is wrong."""
    (tmp_path / "accounts.csv").write_text("login;password\n")
    with pytest.raises(RentreeError, match=r"accounts\.csv:1: the first line must be"):
        start(write_preset(), work=tmp_path / "work", accounts=tmp_path / "accounts.csv")


def test_it_dies_with_its_parent(write_preset: Callable[..., Path], tmp_path: Path) -> None:
    """A parent that is killed, without a word to anyone, leaves no sandbox behind."""
    code = (
        "import sys, time; from pathlib import Path; from rentree.sandbox.process import start\n"
        "print(start(Path(sys.argv[1]), work=Path(sys.argv[2])).child.pid, flush=True)\n"
        "time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(write_preset()), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        sandbox = Identity.of(int(parent.stdout.readline()))
        assert sandbox.alive()
        parent.kill()
    deadline = time.monotonic() + 5
    while sandbox.alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not sandbox.alive()


def test_by_hand_it_outlives_who_started_it(write_preset: Callable[..., Path]) -> None:
    """`start_detached` leaves a sandbox that another process finds and stops, without a trace."""
    code = (
        "import sys; from rentree.sandbox.detached import start_detached\n"
        "print(start_detached(sys.argv[1]).url)"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(write_preset())]
    url = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    found = running()
    assert [sandbox.url for sandbox in found] == [url]
    assert ask(url, "/connexion") == 200
    assert stop_detached() == found[0]
    assert running() == []
    assert not Path(found[0].work).exists()
    with pytest.raises(UsageError, match="no sandbox runs"):
        stop_detached()


def test_of_several_by_hand_one_must_be_named(write_preset: Callable[..., Path]) -> None:
    """With two running, stopping asks which; a dead one is forgotten."""
    preset = str(write_preset())
    first, second = start_detached(preset), start_detached(preset)
    try:
        with pytest.raises(UsageError, match=r"say which by --port \(\d+, \d+\)"):
            stop_detached()
        with pytest.raises(UsageError, match="no sandbox runs on port 1; ports that have one"):
            stop_detached(1)
        assert stop_detached(first.port) == first
        os.kill(second.pid, signal.SIGKILL)
        os.waitpid(second.pid, 0)
        assert running() == []
        assert not Path(second.work).exists()
    finally:
        first.identity.kill()
        second.identity.kill()
