"""Faults by themselves: how fast a flood's sender is, how late its rate, how fast a fault is on.

python -m benchmarks.faulting flood RATE URL     one sender for five seconds, JSON
python -m benchmarks.faulting switch COUNT       a latency on COUNT open connections, JSON
"""

from __future__ import annotations

import gc
import json
import selectors
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rentree.dropin import load_path
from rentree.echo import Echo
from rentree.fault import Host, Scene
from rentree.flood.sender import Sender
from rentree.flood.spec import FloodSpec, sources
from rentree.plan import PlannedFault

SECONDS = 5.0
_NETWORK = Path(__file__).parents[1] / "chaos" / "network.py"


def flood(rate: float, url: str) -> dict[str, Any]:
    """Send at a rate: attempts that were asked, on time, answered; CPU seconds a second."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    sender = Sender(
        FloodSpec.model_construct(  # faster, too, than a sender may be asked to be
            name="bench", address=host, port=port, host=parts.netloc, path=parts.path or "/",
            tls=False, sources=sources(host, 1), rate=rate, seconds=SECONDS, out=Path("/dev/null"),
            granted=False, form=None, hold=None, retries=0, moves_to=[], moves_when=1.0,
        )
    )  # fmt: skip
    gc.freeze()
    gc.disable()
    cpu, began = time.process_time(), time.monotonic()
    sender.begin()
    while not sender.over():
        sender.send_due()
        sender.listen(sender.pause())
    took = time.monotonic() - began
    cpu = time.process_time() - cpu
    for _ in range(25):
        sender.listen(0.05)
    answered = sum(row["answered"] for row in sender.rows(all_of_them=True))
    sender.close()
    totals = sender.totals
    return {**totals, "answered": answered, "rate": totals["on_time"] / took, "cpu": cpu / took}


def switch(count: int) -> dict[str, Any]:
    """Put a latency on so many open connections and take it off: seconds each, and who felt it."""
    network: Any = load_path(_NETWORK, "rentree_dropin.faults.network")
    fault = PlannedFault(
        name="slow", fault="latency", hits={"territory": "north"}, start=0, end=10_000_000,
        settings={"delay": 200_000, "jitter": 0},
    )  # fmt: skip
    injector = network.Injector()
    with tempfile.TemporaryDirectory() as work, Echo() as echo, _Echoes() as platform:
        host = Host(platform.address, platform.address)
        options = {"connections": {"north": count}, "descriptors": 20_000}
        scene = Scene([fault], [host], {}, echo.address, Path(work), print, options)
        (route,) = injector.prepare(scene)
        people = [socket.create_connection(route.via) for _ in range(count)]
        calm = [_round_trip(person) for person in people]
        began = time.monotonic()
        injector.apply(fault)
        on = time.monotonic() - began
        felt = [_round_trip(person) for person in people[:: count // 20]]
        began = time.monotonic()
        injector.clear(fault)
        off = time.monotonic() - began
        after = [_round_trip(person) for person in people[:: count // 20]]
        for person in people:
            person.close()
        why = injector.close()
    return {
        "on": on, "off": off, "calm": max(calm), "felt": min(felt), "after": max(after), "why": why
    }  # fmt: skip


class _Echoes:
    """A platform that says back what it hears, on any number of connections."""

    def __enter__(self) -> _Echoes:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self._listener.setblocking(False)
        self.address: tuple[str, int] = self._listener.getsockname()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._on = True
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._on = False

    def _serve(self) -> None:
        while self._on:
            for key, _ in self._selector.select(0.2):
                sock: Any = key.fileobj
                if sock is self._listener:
                    person, _address = sock.accept()
                    self._selector.register(person, selectors.EVENT_READ)
                elif data := sock.recv(4096):
                    sock.send(data)
                else:
                    self._selector.unregister(sock)
                    sock.close()


def _round_trip(person: socket.socket) -> float:
    began = time.monotonic()
    person.sendall(b"x")
    person.recv(1)
    return time.monotonic() - began


def main(words: list[str]) -> None:
    """One measurement, as JSON on stdout."""
    told = flood(float(words[1]), words[2]) if words[0] == "flood" else switch(int(words[1]))
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
