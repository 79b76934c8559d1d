"""Workers that are started by hand: real processes, on this machine's loopback."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

import rentree
from rentree.errors import RentreeError
from rentree.fleet import Fleet
from rentree.journal import Journal, read_journal
from rentree.roll_call import RollCall

from .conftest import Load, wait_for
from .tunnel import Tunnel

Make = Callable[[int, int, float], Load]


def start(fleet: Fleet) -> threading.Event:
    """Start a fleet while the test goes on; its death signals follow the thread, so it stays.

    A test may end it while it still comes up: then it is never ready.
    """
    ready = threading.Event()

    def run() -> None:
        with contextlib.suppress(RentreeError):
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
    tunnel = Tunnel(made.port)
    tunnel.delay = 0.03
    far = made.by_hand(port=tunnel.port)
    told = {}
    for name, worker in [
        ("stranger", stranger),
        ("changed", changed),
        ("other", other),
        ("far", far),
    ]:
        told[name] = worker.communicate(timeout=60)[1]
        assert worker.returncode == 2, told
    assert "does not know our token" in told["stranger"]
    assert "its code is another one" in told["changed"]
    assert "of the same version" in told["changed"]
    assert "it was told to take 0123456789" in told["other"]
    assert "the line to the master is too slow" in told["far"]
    tunnel.close()
    made.by_hand()
    assert ready.wait(60)
    late = made.by_hand()
    assert "the run has its 1 remote workers" in late.communicate(timeout=60)[1]
    assert late.returncode == 2
    assert any("its code is another one" in line for line in made.said)


def test_workers_in_trouble_and_a_dead_master(load: Make) -> None:
    """What the roll call says of workers in trouble, one after the other.

    One that hangs is behind, and back; a remote one that hangs is lost, and told to stop when it
    comes back; one whose line is slow has no known clock; when the master is killed all
    stop within 5 s.
    """
    made = load(1, 2, 1.0)
    fleet, said = made.fleet, list[str]()
    ready = start(fleet)
    wait_for(lambda: any("waiting for" in line for line in made.said), 30)
    tunnel = Tunnel(made.port)
    hand = made.by_hand(port=tunnel.port)
    wait_for(lambda: fleet.workers[1].ready, 30)
    other = made.by_hand()
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
    assert not roll.trouble
    tunnel.delay = 0.03
    hung.suspend()
    other.send_signal(signal.SIGSTOP)
    try:
        assert watch(lambda: 1 in roll.behind, 10) < 10
        assert "worker 1 behind" in roll.trouble
        assert watch(lambda: 3 in roll.lost, 10) < 10
    finally:
        hung.resume()
        other.send_signal(signal.SIGCONT)
    watch(lambda: 1 not in roll.behind, 10)
    watch(lambda: other.poll() is not None, 5)  # called gone, it must not go on
    watch(lambda: roll.trouble == "worker 3 lost, worker 2’s clock astray", 10)
    fleet.master.kill()
    began = time.monotonic()
    watch(lambda: local.poll() is not None and hand.poll() is not None, 6)
    assert time.monotonic() - began < 5
    watch(lambda: roll.lost == {1, 2, 3}, 5)
    tunnel.close()
    journal.close()
    entries = read_journal(made.folder / "j")
    states = [(e["state"], e.get("worker")) for e in entries]
    assert [e for e in entries if e["state"] == "clock" and e["error"] > 10_000]
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


def test_a_tunnel_that_is_cut_loses_nothing(load: Make) -> None:
    """Reset again and again during the run: every block comes, once, and the end mark."""
    made = load(0, 1, 4.0)
    ready = start(made.fleet)
    wait_for(lambda: any("waiting for" in line for line in made.said), 30)
    tunnel = Tunnel(made.port)
    try:
        hand = made.by_hand(port=tunnel.port)
        assert ready.wait(60)
        made.fleet.go(time.monotonic_ns() + 10**9)
        blocks, cuts, next_cut = [], 0, time.monotonic() + 1.5
        until = time.monotonic() + 60
        while not made.fleet.done() and time.monotonic() < until:
            blocks += made.fleet.new_blocks()
            if time.monotonic() > next_cut:
                tunnel.cut()
                cuts, next_cut = cuts + 1, time.monotonic() + 0.7
            time.sleep(0.05)
        assert made.fleet.workers[0].ended, made.said
        assert hand.wait(20) == 0
    finally:
        tunnel.close()
    assert cuts >= 4
    assert tunnel.carried > 0
    assert [block.number for block in blocks] == list(range(len(blocks)))
    assert blocks[-1].end
    seqs = [row.seq for block in blocks for row in block.samples]
    assert sorted(seqs) == list(range(len(seqs)))


@pytest.mark.parametrize(
    "kind", [signal.SIGTERM, signal.SIGINT], ids=lambda kind: signal.Signals(kind).name
)
def test_a_worker_that_is_told_to_stop_sends_what_it_has(load: Make, kind: int) -> None:
    """Without an end mark: what is missing is known to be missing; nothing is left on the disk."""
    made = load(0, 1, 1.0)
    ready = start(made.fleet)
    hand = made.by_hand()
    assert ready.wait(60)
    made.fleet.go(time.monotonic_ns() + 10**8)
    wait_for(lambda: [b for b in made.fleet.new_blocks() if b.samples], 20)
    (folder,) = [
        Path(file.path).parent
        for file in psutil.Process(hand.pid).open_files()
        if file.path.endswith(".blocks")
    ]
    before = made.fleet.workers[0].last_stored
    time.sleep(0.5)
    hand.send_signal(kind)
    assert hand.wait(10) == 130
    wait_for(made.fleet.done, 5, made.fleet.new_blocks)
    assert made.fleet.workers[0].last_stored > before
    assert not made.fleet.workers[0].ended
    assert made.fleet.last_words(made.fleet.workers[0]) == "it was told to stop"
    assert not folder.exists()


def test_the_run_that_is_over_stops_its_remote_workers(load: Make) -> None:
    """Ctrl-C at the run: they send what they have and stop within a few seconds."""
    made = load(1, 1, 1.0)
    ready = start(made.fleet)
    hand = made.by_hand()
    assert ready.wait(60)
    made.fleet.go(time.monotonic_ns() + 10**8)
    wait_for(lambda: made.fleet.workers[1].last_stored, 20, made.fleet.new_blocks)
    began = time.monotonic()
    made.fleet.stop()
    assert hand.wait(5) == 130
    assert time.monotonic() - began < 5


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


def test_passwords_are_not_sent(load: Make) -> None:
    """A worker reads its own environment, and is not ready without them."""
    made = load(0, 1, 1.0)
    spec = made.folder / "work" / "load.json"
    told = json.loads(spec.read_text(encoding="utf-8"))
    spec.write_text(json.dumps(told | {"password_env": "RENTREE_TEST_WORD"}), encoding="utf-8")
    ready = start(made.fleet)
    hand = made.by_hand()
    assert "variable RENTREE_TEST_WORD is not set" in hand.communicate(timeout=60)[1]
    assert hand.returncode == 2
    wait_for(lambda: any("RENTREE_TEST_WORD is not set" in line for line in made.said), 30)
    assert not ready.is_set()
