"""Nothing left on our machine: our own failure, which accuses nobody; people get on after it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from .conftest import Peer, Visit

# Forty people with twenty descriptors: who is refused one, and whether the next is served again.
_CHILD = """
import json, resource, sys, time
from rentree.client import Client
from rentree.client.failure import Failure
clock = lambda: time.monotonic_ns() // 1000
def ask(client):
    client.begin("ab" * 16, clock() + 5_000_000)
    try:
        return ["ok", client.get("/").status]
    except Failure as failure:
        return ["ours" if failure.ours else failure.kind, failure.why]
first = Client(base=sys.argv[1], clock=clock)
told = [ask(first)]  # what is loaded late is loaded now
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
crowd = [Client(base=sys.argv[1], clock=clock) for _ in range(60)]
told += [ask(client) for client in crowd]
for client in crowd:
    client.close()
told.append(ask(crowd[-1]))
import os  # and a name that is still to be asked for
from rentree.client.names import Names
ask(Client(base=sys.argv[1].replace("127.0.0.1", "localhost"), clock=clock, names=Names()))
held = []
try:
    while True:
        held.append(os.dup(0))
except OSError:
    late = Client(base="http://localhost:9", clock=clock, names=Names())
    unnamed = ask(late)
for descriptor in held:
    os.close(descriptor)
told.insert(1, unnamed)
print(json.dumps(told))
"""


def _pages(visit: Visit) -> None:
    while visit.read():
        visit.page()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_descriptor_left_is_our_own_failure(serve: Callable[..., Peer], host: str) -> None:
    """Sixty people with forty descriptors: who cannot be sent is not an error of the platform."""
    base = serve(_pages).base.replace("127.0.0.1", host)
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, base], capture_output=True, text=True, timeout=60, check=True
    )
    told = json.loads(done.stdout)
    kinds = [kind for kind, _ in told]
    assert kinds[0] == kinds[-1] == "ok", told
    assert set(kinds) == {"ok", "ours"}
    assert kinds[1:-1].count("ours") >= 20
    assert {why for kind, why in told if kind == "ours"} == {
        "our machine has no descriptor or memory left"
    }
