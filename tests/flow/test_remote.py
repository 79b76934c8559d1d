"""Workers that a user starts by hand, one of them lost in the bell."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rentree.evidence import Evidence

from .conftest import COMMAND, ROOT, Home, journal_has, verdict_of, wait_until

pytestmark = pytest.mark.flow


@contextmanager
def by_hand(home: Home) -> Iterator[list[subprocess.Popen[str]]]:
    """Two workers that somebody starts in their own terminals."""
    words = [*COMMAND, "worker", "--master", "127.0.0.1:5571"]
    hands = [
        subprocess.Popen(words, cwd=ROOT, env=home.env, text=True, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    try:
        yield hands
    finally:
        for hand in hands:
            if hand.poll() is None:
                hand.kill()
            hand.communicate()


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
