"""Workers that a user starts by hand, one of them lost in the bell."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import polars as pl
import pytest

from rentree.evidence import Evidence
from rentree.quantity import SECOND

from .conftest import COMMAND, ROOT, Home, finish, journal_has, verdict_of, wait_until

pytestmark = pytest.mark.flow
Good = tuple[subprocess.CompletedProcess[str], Evidence]


ELSEWHEN = ("unshare", "-T", "--monotonic", "3600")  # in a time namespace an hour away


@contextmanager
def by_hand(home: Home, *second: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Two workers that somebody starts in their own terminals, one of them by way of `second`."""
    words = [*COMMAND, "worker", "--master", "127.0.0.1:5571"]
    hands = [
        subprocess.Popen(line, cwd=ROOT, env=home.env, text=True, stdout=subprocess.PIPE)
        for line in (words, [*second, *words])
    ]
    try:
        yield hands
    finally:
        for hand in hands:
            if hand.poll() is None:
                hand.kill()
            hand.communicate()


def _listening() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", 5571)) == 0


def test_an_hour_away_it_is_the_same_run(home: Home, good: Good) -> None:
    """Two workers by hand, one with another clock: one clock in the samples, the same people.

    The run beside it is of the same seed, by local workers; that their number changes nobody is
    shown elsewhere.
    """
    if subprocess.run([*ELSEWHEN, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine allows no time namespaces")
    runner = home.start_run(
        "essai", "--sandbox", "rentree", "--seed", "7",
        "--workers", "0", "--remote-workers", "2", "--master-port", "5571",
    )  # fmt: skip
    try:
        wait_until(_listening, "the run to wait for its workers")
        with by_hand(home, *ELSEWHEN) as hands:
            code, out, err = finish(runner)
            assert [hand.wait(20) for hand in hands] == [0, 0], err
    finally:
        runner.kill()
    assert code in (0, 3), out + err  # on a busy machine it may have been late
    there, here = Evidence(home.latest()), good[1]
    assert there.people.equals(here.people)
    first = (pl.col("step") == "sign in") & (pl.col("attempt") == 1)
    due = [
        evidence.samples.filter(first).select("person", "due", "address").sort("person")
        for evidence in (there, here)
    ]
    assert due[0].equals(due[1])
    assert set(there.samples["worker"]) == {1, 2}
    sent = there.samples.filter(pl.col("sent").is_not_null())
    late = np.abs((sent["sent"] - sent["due"]).to_numpy())
    assert np.median(late) < 50_000
    assert sent["done"].to_numpy().max() < there.plan.end + there.plan.behaviour.patience
    offsets = [abs(e["offset"]) for e in there.journal if e["state"] == "clock"]  # µs
    assert max(offsets) > 3_599 * SECOND > SECOND > min(offsets)


def test_one_of_two_remote_workers_is_killed_in_the_bell(home: Home) -> None:
    """Seen within 10 s in the live display, essai non valable, and what is missing is named."""
    runner = home.start_run(
        "essai", "--sandbox", "rentree", "--seed", "7",
        "--workers", "0", "--remote-workers", "2", "--master-port", "5571",
    )  # fmt: skip
    said: list[tuple[float, str]] = []
    with runner:
        assert runner.stderr is not None
        assert runner.stdout is not None
        lines = runner.stderr

        def read() -> None:
            said.extend((time.monotonic(), line) for line in lines)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        command = "rentree worker --master 127.0.0.1:5571"
        wait_until(lambda: any(command in line for _, line in said), "the command to be shown")
        with by_hand(home) as hands:
            wait_until(lambda: journal_has(home, "fault", "applied"), "the fault to be applied")
            time.sleep(2)
            os.kill(hands[1].pid, signal.SIGKILL)
            killed = time.monotonic()
            runner.wait(60)
            assert hands[0].wait(20) == 0
        reader.join(5)
        out = runner.stdout.read()
    assert runner.returncode == 3, out
    assert "NON VALABLE" in out
    at, line = next((at, line) for at, line in said if "is lost" in line)
    assert at - killed < 10
    evidence = Evidence(home.latest())
    number = next(e["worker"] for e in evidence.journal if e["state"] == "lost")
    assert f"worker {number} is lost: not heard of for" in line
    assert any("OUR OWN TROUBLE" in line and f"worker {number} lost" in line for _, line in said)
    named = [
        window["gate"]
        for window in verdict_of(evidence.folder)["invalid"]
        if f"processus {number} perdu" in window["why"]["fr"]
    ]
    assert set(named) == {"b"}
    clocks = [e for e in evidence.journal if e["state"] == "clock"]
    assert {e["worker"] for e in clocks} == {1, 2}
