"""The Locust master: gathers the workers, passes the start on, tells the parent what it sees.

    python -m rentree.load.master LOCAL [REMOTE PORT SPEC]

Speaks JSON lines. Writes to stdout {"port"}, {"ready", "people"}, {"started"}, {"ended"}; of
remote workers {"joined", "who"}, {"refused"}, {"clock", "used", "offset", "error"} (ns), {"left"},
{"gone", "why"} and {"broken"}. Reads {"t0": ns} and {"stop": true} from stdin; ends when stdin
ends. The token of remote workers comes in the environment.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import locust  # noqa: F401  # first: it patches the standard library
from gevent.fileobject import FileObjectThread
from locust.env import Environment

from rentree.load.lobby import Lobby
from rentree.load.spec import read_spec
from rentree.process import die_with_parent
from rentree.worker_token import VARIABLE


def main(local: int, remote: int = 0, port: int = 0, spec: str = "") -> None:
    """Run until the parent closes our stdin."""
    environment = Environment(user_classes=[])
    runner = environment.create_master_runner("127.0.0.1", port)  # loopback only, tunnels end there
    lobby: Lobby | None = None
    if remote:
        numbers = range(local + 1, local + remote + 1)
        lobby = Lobby(runner, read_spec(Path(spec)), numbers, os.environ[VARIABLE], tell)

    def on_ready(environment: Environment, msg: Any, **_: Any) -> None:
        number = msg.data["worker"]
        if (lobby is not None and lobby.ready(msg.node_id, msg.data)) or 1 <= number <= local:
            tell(ready=number, people=msg.data["people"], about=msg.data.get("about"))

    def on_ended(environment: Environment, msg: Any, **_: Any) -> None:
        tell(ended=msg.data["worker"])

    runner.register_message("rentree-ready", on_ready)
    runner.register_message("rentree-ended", on_ended)
    tell(port=runner.server.port)
    for line in FileObjectThread(sys.stdin.fileno()):
        told = json.loads(line)
        if "t0" in told:
            runner.send_message("rentree-start", told)
            if lobby is not None:
                lobby.begun()
            tell(started=True)
        elif lobby is not None:
            lobby.stop()
    os._exit(0)


def tell(**facts: Any) -> None:
    """Write one line to the parent."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    die_with_parent(os.getppid())
    words = sys.argv[1:] if len(sys.argv) > 2 else [sys.argv[1], "0", "0", ""]
    main(int(words[0]), int(words[1]), int(words[2]), words[3])
