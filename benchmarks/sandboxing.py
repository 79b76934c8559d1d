"""The sandbox by itself: its speed when nothing limits it, 50,000 sessions, its knee."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

from rentree.sandbox.accounts import Account, Person, write_accounts
from rentree.sandbox.ours import facts_of
from rentree.sandbox.process import RunningSandbox, start

CORE, ELSEWHERE = "1", "0"  # the sandbox's, and that of whoever asks
NEEDED = 975  # requests/s: rentree-9h's bell, 65 people a second of 15 requests each
_PRESET = """
sandbox: bench
title: {{fr: "Mesure", en: "Measurement"}}
capacity: {{servers: {servers}, queue: 1 000 000}}
service: {{sign-in: {service}, page: {service}, asset: 0 ms, write: 0 ms}}
quota: none
session: {{idle: 24 h, at_most: none}}
overload: {{retry_after: none}}
"""
_PASSWORD = "bac-a-sable"  # noqa: S105  # of people who do not exist


@contextlib.contextmanager
def sandbox(
    servers: float = 10_000, service: str = "0 ms", people: int = 1
) -> Iterator[RunningSandbox]:
    """One on a core of its own, with so many pupils."""
    with tempfile.TemporaryDirectory(prefix="rentree-bench-") as folder:
        here = Path(folder)
        preset = here / "bench.yaml"
        preset.write_text(_PRESET.format(servers=f"{servers:.3f}", service=service))
        accounts = (
            Account(Person(f"p{i}", "P", "pupil", "t", "s", "lycée", "1"), _PASSWORD)
            for i in range(people)
        )
        write_accounts(here / "accounts.csv", accounts)
        running = start(preset, work=here / "work", accounts=here / "accounts.csv", timeout=60)
        try:
            psutil.Process(running.child.pid).cpu_affinity([int(CORE)])
            yield running
        finally:
            running.stop()


def start_seconds() -> float:
    """From nothing to a platform that accepts, s."""
    with tempfile.TemporaryDirectory(prefix="rentree-bench-") as folder:
        began = time.monotonic()
        running = start("rentree", work=Path(folder) / "work")
        took = time.monotonic() - began
        running.stop()
    return took


def pages_per_second(seconds: int = 15) -> float:
    """Home pages of somebody who is signed in, one core, by wrk on the other."""
    with sandbox() as running:
        cookie = next(sign_ins(running, 1))
        done = subprocess.run(
            ["taskset", "-c", ELSEWHERE, "wrk", "-t1", "-c50", f"-d{seconds}s",
             "-H", f"Cookie: {cookie}", f"{running.url}/accueil"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert "Non-2xx" not in done.stdout, done.stdout  # noqa: S101  # nobody was sent to the door
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert found is not None, done.stdout  # noqa: S101
    return float(found[1])


def gibibytes(sessions: int = 50_000) -> float:
    """What the process holds with so many sessions open."""
    with sandbox(people=sessions) as running:
        for _ in sign_ins(running, sessions):
            pass
        assert facts_of(running.url)["sessions"] == sessions  # noqa: S101
        memory: int = psutil.Process(running.child.pid).memory_full_info().uss
    return memory / 2**30


def sign_ins(running: RunningSandbox, people: int) -> Iterator[str]:
    """Sign them in one after the other; the cookie of each."""
    connection = http.client.HTTPConnection("127.0.0.1", int(running.url.rpartition(":")[2]))
    connection.request("GET", "/connexion")
    answer = connection.getresponse()
    answer.read()
    token = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    headers = {"Cookie": token, "Content-Type": "application/x-www-form-urlencoded"}
    for i in range(people):
        body = f"jeton={token.partition('=')[2]}&identifiant=p{i}&mot_de_passe={_PASSWORD}"
        connection.request("POST", "/connexion", body, headers)
        answer = connection.getresponse()
        answer.read()
        yield (answer.getheader("Set-Cookie") or "").partition(";")[0]
    connection.close()


class Knee(NamedTuple):
    """What even arrivals met."""

    goodput: float  # steps/s answered while they came
    wait: float  # ms beyond the service time, at the median of the last quarter
    queue: int  # who waited when the last had come


def knee(rate: int, load: float, *, busy: int = 0, seconds: int = 20) -> Knee:
    """`rate` steps/s configured, `load` times as many come, beside so many busy loops."""
    service = 0.1  # s
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
    try:
        with sandbox(servers=rate * service, service="100 ms") as running:
            took, answered, queue = asyncio.run(_arrive(running, rate * load, seconds))
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
    last = sorted(took[len(took) * 3 // 4 :])
    wait = (last[len(last) // 2] - service) * 1e3 if last else float("inf")
    return Knee(answered / seconds, wait, queue)


async def _arrive(
    running: RunningSandbox, rate: float, seconds: int
) -> tuple[list[float], int, int]:
    """Even arrivals, on time whatever became of the others: (s each, done in time, queue)."""
    port = int(running.url.rpartition(":")[2])
    took: dict[int, float] = {}
    answered = 0
    begin = time.monotonic()

    async def one(number: int) -> None:
        nonlocal answered
        due = begin + number / rate
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /connexion HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
        await reader.read()
        writer.close()
        took[number] = time.monotonic() - due
        answered += time.monotonic() <= begin + seconds

    tasks = []
    for number in range(round(rate * seconds)):
        await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
        tasks.append(asyncio.create_task(one(number)))
    await asyncio.sleep(max(0.0, begin + seconds - time.monotonic()))
    facts = await asyncio.to_thread(facts_of, running.url)
    waiting = facts["waiting"]
    await asyncio.gather(*tasks)
    return [took[number] for number in sorted(took)], answered, int(str(waiting))
