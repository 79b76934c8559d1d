"""A load process that was started by hand, here or elsewhere: `rentree worker --master HOST`.

    python -m rentree.load.remote HOST PORT [PROFILE_SHA256]

It reaches the Locust master through an SSH tunnel, shows that it knows the run's token and sees
that the master does, gets all that it needs, and sends its blocks back. The token comes in the
environment. Its lines to the user go to stdout; exit codes are those of `rentree`.
"""

from __future__ import annotations

import os
import platform
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import gevent
from gevent.queue import Empty, Queue
from locust.runners import WorkerRunner  # it patches the standard library

from rentree import __version__
from rentree.clock_relation import LIMIT, Relation, astray
from rentree.environment import code_hash
from rentree.errors import RentreeError, UsageError
from rentree.load import parcel
from rentree.load.outbox import Outbox, outbox_of
from rentree.load.place import on_loopback, place
from rentree.load.pulse import Pulse
from rentree.load.recorder import Recorder
from rentree.load.spec import LoadSpec
from rentree.load.worker import Duty, Started, begin, calm, carry_out, connect, duty_of
from rentree.worker_token import VARIABLE, proof, right

WAIT = 600.0  # s for the run to be there
ANSWER = 15.0  # s for an answer of the master's
DRAIN = 60.0  # s for the last blocks, while the master lives
LEAVING = 2.0  # s for them when we were told to stop
BEAT = 0.1  # s between looks at what is to be sent


class Channel:
    """The messages that we get, by their names; the node at the other end is the master."""

    def __init__(self, runner: WorkerRunner, *names: str) -> None:
        self._runner = runner
        self._got: Queue[tuple[str, dict[str, Any]]] = Queue()
        for name in names:
            runner.register_message(f"rentree-{name}", self._take)

    def send(self, name: str, **data: Any) -> None:
        """Send one."""
        self._runner.send_message(f"rentree-{name}", data)

    def ask(self, name: str, *answers: str, **data: Any) -> dict[str, Any]:
        """Send one and wait for an answer of these names.

        Raises:
            RentreeError: we were refused, or nobody answered.
        """
        self.send(name, **data)
        until = time.monotonic() + ANSWER
        while (left := until - time.monotonic()) > 0:
            try:
                kind, told = self._got.get(timeout=left)
            except Empty:
                break
            if kind == "rentree-refused":
                raise UsageError(f"refused: {told['why']}")
            if kind.removeprefix("rentree-") in answers:
                return told
        raise UsageError(
            f"no answer within {ANSWER:.0f} s: is that the port of a run with --remote-workers?"
        )

    def _take(self, environment: Any, msg: Any, **_: Any) -> None:
        self._got.put((msg.type, msg.data))


def main(host: str, port: int, profile: str = "") -> NoReturn:
    """Join, run, and end with an exit code."""
    token = os.environ.pop(VARIABLE)
    say(f"waiting for a run at {host}:{port}")
    host = _await_port(host, port)
    with gevent.Timeout(ANSWER, UsageError(f"no Locust master answers at {host}:{port}")):
        environment, runner = connect(host, port)
    channel = Channel(runner, "prove", "refused", "offer", "chunk")
    offer = _join(channel, token, profile)
    number = int(offer["number"])
    pulse = Pulse(runner, number)
    started = Started(runner)
    pulse.start()
    with tempfile.TemporaryDirectory(prefix="rentree-worker-") as folder:
        told_to_stop = _on_stop(runner)
        told_to_stop.act = lambda: _leave(channel, Path(folder))
        pulse.last_act = lambda: _remove(Path(folder))
        try:
            duty, relation = _get_ready(channel, offer, Path(folder), pulse)
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
        courier = Courier(runner, outbox, number)
        told_to_stop.act = lambda: _stop(channel, recorder, courier, Path(folder))
        gevent.spawn(courier.carry)
        say(f"worker {number}: the run begins")
        carry_out(environment, runner, duty, recorder)
        if not courier.wait(DRAIN):
            raise RentreeError("the master did not take the last blocks")
    channel.send("ended", worker=number)
    channel.send("bye")
    say(f"worker {number}: done, every block is with the master")
    gevent.sleep(0.3)  # let the messages out
    os._exit(0)


class Courier:
    """Carries the blocks of the outbox to the master."""

    def __init__(self, runner: WorkerRunner, outbox: Outbox, number: int) -> None:
        self._runner, self._outbox, self._number = runner, outbox, number
        runner.register_message("rentree-ack", self._acknowledged)

    def carry(self) -> None:
        """Send what is due, for ever."""
        while True:
            for _, frame in self._outbox.due(time.monotonic()):
                self._runner.send_message("rentree-block", {"frame": frame})
            gevent.sleep(BEAT)

    def wait(self, seconds: float) -> bool:
        """Wait until the master has everything; false when it has not by then."""
        until = time.monotonic() + seconds
        while not self._outbox.empty() and time.monotonic() < until:
            gevent.sleep(BEAT)
        return self._outbox.empty()

    def _acknowledged(self, environment: Any, msg: Any, **_: Any) -> None:
        self._outbox.acknowledged(int(msg.data["count"]), time.monotonic())


def _await_port(host: str, port: int) -> str:
    """Wait until somebody listens there, and return where that is, as ZeroMQ wants it."""
    until = time.monotonic() + WAIT
    while True:
        try:
            with socket.create_connection((host, port), timeout=5) as found:
                address = str(found.getpeername()[0])
        except OSError as error:
            if time.monotonic() > until:
                why = f"nobody answers at {host}:{port}: {error.strerror or error}"
                raise UsageError(why) from error
            time.sleep(0.5)
        else:
            return f"[{address}]" if ":" in address else address


def _join(channel: Channel, token: str, profile: str) -> dict[str, Any]:
    """Both sides show that they know the token; returns the offer."""
    mine = secrets.token_bytes(32)
    answer = channel.ask("join", "prove", nonce=mine)
    nonces = (mine, bytes(answer["nonce"]))
    if not right(answer["proof"], token, "master", nonces):
        raise UsageError(
            "refused by us: the run does not know our token: give the one that it printed "
            f"(--token, or {VARIABLE})"
        )
    return channel.ask(
        "hello", "offer", proof=proof(token, "worker", nonces), version=__version__,
        code=code_hash(), who=f"{platform.node()} ({os.getpid()})", profile=profile,
    )  # fmt: skip


def _get_ready(
    channel: Channel, offer: dict[str, Any], folder: Path, pulse: Pulse
) -> tuple[Duty, Relation]:
    """Get the parcel and all that it needs to be carried out from here."""
    parts = []
    for index in range(int(offer["chunks"])):
        parts.append(bytes(channel.ask("chunk", "chunk", index=index)["data"]))
    packed = b"".join(parts)
    if parcel.digest(packed) != offer["sha256"]:
        raise UsageError("what came from the master is not what it sent")
    profile = parcel.profile_in(packed)
    if profile != offer["profile"]:
        raise UsageError("the profile that came is another one than was offered")
    spec = parcel.unpack(packed, folder)
    _check_reach(spec, offer["place"])
    if spec.password_env is not None and spec.password_env not in os.environ:
        raise UsageError(f"the passwords’ variable {spec.password_env} is not set here")
    say(f"worker {offer['number']}: profile {profile[:12]}…")
    duty = duty_of(spec, int(offer["number"]))
    calm()
    relation = pulse.burst()
    if astray(relation.offset, relation) > LIMIT:
        raise UsageError(
            f"the clocks can be related to {relation.error / 1e6:.0f} ms only, "
            f"{LIMIT / 1e6:.0f} ms are needed: the line to the master is too slow"
        )
    return duty, relation


def _check_reach(spec: LoadSpec, masters_place: str) -> None:
    """Another machine's loopback is not the master's: nothing there was meant to be tried."""
    if place() == masters_place:
        return
    if near := on_loopback(parcel.addresses(spec)):
        raise UsageError(
            f"the run sends people to {', '.join(near)}, which is the master’s own machine: "
            "workers elsewhere can try platforms and detours that have an address of their own"
        )


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


def _remove(folder: Path) -> None:
    """People's names and logins are in it."""
    shutil.rmtree(folder, ignore_errors=True)


def say(text: str) -> None:
    """One line to the user."""
    sys.stdout.write(f"· {text}\n")
    sys.stdout.flush()


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
