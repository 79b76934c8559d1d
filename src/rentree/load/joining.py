"""How a remote worker comes to a run: finds it, is let in, gets all that it needs."""

from __future__ import annotations

import os
import platform
import secrets
import socket
import time
from pathlib import Path
from typing import Any

from rentree import __version__
from rentree.clock_relation import LIMIT, Relation, astray
from rentree.environment import code_hash
from rentree.errors import UsageError
from rentree.load import parcel
from rentree.load.channel import Channel, say
from rentree.load.place import beyond_reach, place
from rentree.load.pulse import Pulse
from rentree.load.worker import Duty, calm, duty_of
from rentree.worker_token import VARIABLE, proof, right

WAIT = 600.0  # s for the run to be there


def await_port(host: str, port: int) -> str:
    """Wait until somebody listens there, and return where that is, as ZeroMQ wants it.

    Raises:
        UsageError: nobody did.
    """
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


def join(channel: Channel, token: str, profile: str) -> dict[str, Any]:
    """Both sides show that they know the token; returns the offer.

    Raises:
        UsageError: one of them refused.
    """
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


def get_ready(
    channel: Channel, offer: dict[str, Any], folder: Path, pulse: Pulse
) -> tuple[Duty, Relation]:
    """Get the parcel and all that it needs to be carried out from here.

    Raises:
        UsageError: it cannot be.
        OSError: the folder cannot be written.
        ValueError: the parcel is none of this version.
    """
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
    if near := beyond_reach(spec, place(), offer["place"]):
        raise UsageError(
            f"the run sends people to {', '.join(near)}, which is the master’s own machine: "
            "workers elsewhere can try platforms and detours that have an address of their own"
        )
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
