"""A load process that was started by hand, here or elsewhere: `rentree worker --master HOST`.

    python -m rentree.load.remote HOST PORT [PROFILE_SHA256]

It reaches the Locust master through an SSH tunnel, shows that it knows the run's token and sees
that the master does, gets all that it needs, and sends its blocks back. The token comes in the
environment. Its lines to the user go to stdout; exit codes are those of `rentree`.
"""

from __future__ import annotations

import os
import platform
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import gevent
from locust.runners import WorkerRunner  # it patches the standard library

from rentree.errors import RentreeError, UsageError
from rentree.load.channel import Channel, say
from rentree.load.courier import Courier
from rentree.load.joining import await_port, get_ready, join
from rentree.load.outbox import outbox_of
from rentree.load.pulse import Pulse
from rentree.load.recorder import Recorder
from rentree.load.worker import Started, begin, carry_out, connect
from rentree.worker_token import VARIABLE

MASTER = 15.0  # s for Locust's master to answer
DRAIN = 60.0  # s for the last blocks, while the master lives
LEAVING = 2.0  # s for them when we were told to stop


def main(host: str, port: int, profile: str = "") -> NoReturn:
    """Join, run, and end with an exit code."""
    token = os.environ.pop(VARIABLE)
    say(f"waiting for a run at {host}:{port}")
    host = await_port(host, port)
    with gevent.Timeout(MASTER, UsageError(f"no Locust master answers at {host}:{port}")):
        environment, runner = connect(host, port)
    channel = Channel(runner, "prove", "refused", "offer", "chunk")
    offer = join(channel, token, profile)
    number = int(offer["number"])
    pulse = Pulse(runner, number)
    started = Started(runner)
    pulse.start()
    with tempfile.TemporaryDirectory(prefix="rentree-worker-") as folder:
        told_to_stop = _on_stop(runner)
        told_to_stop.act = lambda: _leave(channel, Path(folder))
        pulse.last_act = lambda: _remove(Path(folder))
        try:
            duty, relation = get_ready(channel, offer, Path(folder), pulse)
        except (RentreeError, OSError, ValueError) as error:
            channel.send("failed", why=str(error))
            gevent.sleep(0.3)  # let the message out
            raise UsageError(str(error)) from error
        channel.send(
            "ready", worker=number, people=len(duty.members),
            about={"host": platform.node(), "python": platform.python_version(),
                   "cpus": os.cpu_count()},
        )  # fmt: skip
        say(f"worker {number}: ready for {len(duty.members)} people, clock known to "
            f"{relation.error / 1e6:.2f} ms")  # fmt: skip
        t0 = started.wait()
        relation = pulse.relation() or relation
        pulse.used = relation.offset
        recorder = begin(environment, duty, t0 + relation.offset)
        outbox = outbox_of(duty.spec.work / f"worker-{number}.blocks")
        courier = Courier(runner, outbox)
        told_to_stop.act = lambda: _stop(channel, recorder, courier, Path(folder))
        gevent.spawn(courier.carry)
        say(f"worker {number}: the run begins")
        carry_out(environment, runner, duty, recorder)
        told_to_stop.act = lambda: _end_soon(channel, courier, Path(folder))
        if not courier.wait(DRAIN):
            raise RentreeError("the master did not take the last blocks")
    channel.send("ended", worker=number)
    channel.send("bye")
    say(f"worker {number}: done, every block is with the master")
    gevent.sleep(0.3)  # let the messages out
    os._exit(0)


@dataclass
class ToldToStop:
    """What is done when somebody asks us to stop, by a signal or by the master."""

    act: Callable[[], None]

    def now(self, **_: Any) -> None:
        """Do it."""
        gevent.spawn(self.act)


def _on_stop(runner: WorkerRunner) -> ToldToStop:
    told = ToldToStop(lambda: None)
    for kind in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(kind, told.now)
    runner.register_message("rentree-stop", told.now)
    return told


def _leave(channel: Channel, folder: Path) -> None:
    """Asked to stop before the run began."""
    channel.send("bye")
    _remove(folder)
    say("stopped before the run began")
    gevent.sleep(0.3)  # let the message out
    os._exit(130)


def _stop(channel: Channel, recorder: Recorder, courier: Courier, folder: Path) -> None:
    """Keep what there is, without an end mark, and send it."""
    recorder.finish(complete=False)
    courier.wait(LEAVING)
    channel.send("bye")
    _remove(folder)
    say("stopped before the end of the run")
    gevent.sleep(0.3)  # let the message out
    os._exit(130)


def _end_soon(channel: Channel, courier: Courier, folder: Path) -> None:
    """Asked to stop when all is done: the last blocks may still go, `main` ends by itself then."""
    if not courier.wait(LEAVING):
        channel.send("bye")
        _remove(folder)
        say("stopped before the master had the last blocks")
        gevent.sleep(0.3)  # let the message out
        os._exit(130)


def _remove(folder: Path) -> None:
    """People's names and logins are in it."""
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:4])
    except RentreeError as error:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        os._exit(error.exit_code)
    except Exception as error:
        if os.environ.get("RENTREE_DEBUG"):
            raise
        sys.stderr.write(f"Rentrée broke: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
        os._exit(4)
