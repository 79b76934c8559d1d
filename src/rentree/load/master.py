"""The Locust master: gathers the workers, passes the start on, tells the parent what it sees.

    python -m rentree.load.master WORKERS

Speaks JSON lines: writes {"port"}, {"ready"}, {"started"}, {"ended"} to stdout; reads
{"t0": ns} from stdin; ends when stdin ends.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import locust  # noqa: F401  # first: it patches the standard library
from gevent.event import Event
from gevent.fileobject import FileObjectThread
from locust.env import Environment

from rentree.process import die_with_parent


def main(workers: int) -> None:
    """Run until the parent closes our stdin."""
    environment = Environment(user_classes=[])
    runner = environment.create_master_runner("127.0.0.1", 0)  # no authentication: loopback only
    ready: set[int] = set()
    everybody = Event()

    def on_ready(environment: Environment, msg: Any, **_: Any) -> None:
        ready.add(msg.data["worker"])
        tell(ready=msg.data["worker"], people=msg.data["people"])
        if len(ready) == workers:
            everybody.set()

    def on_ended(environment: Environment, msg: Any, **_: Any) -> None:
        tell(ended=msg.data["worker"])

    runner.register_message("rentree-ready", on_ready)
    runner.register_message("rentree-ended", on_ended)
    tell(port=runner.server.port)
    for line in FileObjectThread(sys.stdin.fileno()):
        everybody.wait()
        runner.send_message("rentree-start", json.loads(line))
        tell(started=True)
    os._exit(0)


def tell(**facts: Any) -> None:
    """Write one line to the parent."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    die_with_parent(os.getppid())
    main(int(sys.argv[1]))
