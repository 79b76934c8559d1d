"""Workers that are started by hand: real processes, on this machine's loopback."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

import rentree
from rentree.fleet import Fleet
from rentree.journal import Journal, read_journal
from rentree.roll_call import RollCall

from .conftest import Load

Make = Callable[[int, int, float], Load]


def start(fleet: Fleet) -> threading.Event:
    """Start a fleet while the test goes on; its death signals follow the thread, so it stays."""
    ready = threading.Event()

    def run() -> None:
        fleet.start()
        ready.set()
        time.sleep(600)

    threading.Thread(target=run, daemon=True).start()
    return ready


def test_refused_in_words(load: Make, tmp_path: Path) -> None:
    """Another token, another profile, other code of the same version, one worker too many."""
    made = load(0, 1, 1.0)
    ready = start(made.fleet)
    copy = tmp_path / "copy"
    shutil.copytree(Path(rentree.__file__).parent, copy / "rentree")
    with (copy / "rentree" / "sample.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    stranger = made.by_hand(token="another token of that length")
    changed = made.by_hand(code=str(copy))
    other = made.by_hand("--profile", "0123456789")
    told = {}
    for name, worker in [("stranger", stranger), ("changed", changed), ("other", other)]:
        told[name] = worker.communicate(timeout=60)[1]
        assert worker.returncode == 2, told
    assert "does not know our token" in told["stranger"]
    assert "its code is another one" in told["changed"]
    assert "of the same version" in told["changed"]
    assert "it was told to take 0123456789" in told["other"]
    made.by_hand()
    assert ready.wait(60)
    late = made.by_hand()
    assert "the run has its 1 remote workers" in late.communicate(timeout=60)[1]
    assert late.returncode == 2
    assert any("its code is another one" in line for line in made.said)


def test_silent_behind_and_a_dead_master(load: Make) -> None:
    """A worker that hangs is behind, and back; when the master is killed all stop within 5 s."""
    made = load(1, 1, 1.0)
    fleet, said = made.fleet, list[str]()
    ready = start(fleet)
    hand = made.by_hand()
    assert ready.wait(90)
    t0 = time.monotonic_ns() + 10**9
    journal = Journal(made.folder / "j", lambda: (time.monotonic_ns() - t0) // 1000)
    roll = RollCall(fleet, journal, said.append)
    fleet.go(t0)
    roll.begin()
    local = fleet.workers[0].child
    assert local is not None
    assert fleet.master is not None
    hung = psutil.Process(local.pid)

    def watch(until: Callable[[], bool], seconds: float) -> float:
        began = time.monotonic()
        while not until() and time.monotonic() - began < seconds:
            now = (time.monotonic_ns() - t0) // 1000
            fleet.new_blocks()
            roll.take(now)
            time.sleep(0.1)
        assert until(), said
        return time.monotonic() - began

    watch(lambda: fleet.workers[0].last_stored > 0, 10)
    hung.suspend()
    try:
        assert watch(lambda: 1 in roll.behind, 10) < 10
        assert roll.trouble == "worker 1 behind"
    finally:
        hung.resume()
    watch(lambda: 1 not in roll.behind, 10)
    fleet.master.kill()
    began = time.monotonic()
    watch(lambda: local.poll() is not None and hand.poll() is not None, 6)
    assert time.monotonic() - began < 5
    watch(lambda: roll.lost == {1, 2}, 5)
    journal.close()
    states = [(e["state"], e.get("worker")) for e in read_journal(made.folder / "j")]
    assert ("behind", 1) in states
    assert ("back", 1) in states
    assert {("lost", 1), ("lost", 2)} <= set(states)
    assert "master is gone: ended by signal 9" in " ".join(said)
    assert "silent for" in hand.communicate()[1]
    assert "the Locust master is gone" in fleet.last_words(fleet.workers[0])


def in_time_namespace() -> tuple[str, ...]:
    """The command that puts what follows an hour away; skips where the kernel refuses it."""
    command = ("unshare", "-T", "--monotonic", "3600")
    tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"this kernel gives us no time namespace: {tried.stderr.strip()}")
    return command


def test_an_hour_away_the_rows_bear_the_runs_clock(load: Make) -> None:
    """The same people, due when the plan says, sent then, and their blocks all came."""
    far = in_time_namespace()
    made = load(0, 1, 4.0)
    ready = start(made.fleet)
    hand = made.by_hand(before=far)
    assert ready.wait(60)
    t0 = time.monotonic_ns() + 10**9
    made.fleet.go(t0)
    rows, clocks = [], []
    until = time.monotonic() + 60
    while not made.fleet.done() and time.monotonic() < until:
        rows += [row for block in made.fleet.new_blocks() for row in block.samples]
        clocks += made.fleet.new_clocks()
        time.sleep(0.2)
    assert made.fleet.workers[0].ended, made.said
    assert hand.wait(20) == 0
    mine = {member.person: member.due for member in made.members}
    first = {r.person: r for r in rows if r.step == "sign in" and r.attempt == 1}
    assert {person: row.due for person, row in first.items()} == mine
    lags = [row.sent - row.due for row in first.values() if row.sent is not None]
    assert len(lags) == len(mine)
    assert min(lags) >= 0
    assert sorted(lags)[len(lags) // 2] < 1_000_000
    assert clocks
    assert all(abs(word.used - 3600 * 10**9) < 10**9 for word in clocks)
    assert [b.number for b in made.fleet.workers[0].reader.new()] == []
