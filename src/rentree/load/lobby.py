"""The master's side of remote workers: who may join, what they get, what they send.

Nothing is sent to anybody who has not shown that they know the run's token, and that they run the
same code. A worker that is silent for `Guest.lease` is gone: it stops by itself a moment before.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
import zmq
from gevent.queue import Queue
from locust.runners import MasterRunner

from rentree import __version__
from rentree.environment import code_hash
from rentree.lease import LEASE, Lease
from rentree.load import parcel
from rentree.load.inbox import Inbox
from rentree.load.place import place
from rentree.load.spec import LoadSpec
from rentree.worker_token import proof, right

LOADING = 30.0  # s without a word while it reads what it got
PENDING = 256  # people at the door whose answer we wait for
FORGET = 8 << 20  # bytes of blocks waiting for the disk: what exceeds comes again


@dataclass
class Guest:
    """A remote worker that was let in."""

    number: int
    node: str
    parcel: bytes
    lease: Lease
    inbox: Inbox | None = None
    ready: bool = False
    ended: bool = False
    frames: Queue[bytes] = field(default_factory=Queue)
    waiting: int = 0  # bytes of `frames`


class Lobby:
    """Implements the `rentree-…` messages of remote workers."""

    def __init__(
        self,
        runner: MasterRunner,
        spec: LoadSpec,
        numbers: range,
        token: str,
        tell: Callable[..., None],
    ) -> None:
        self._runner, self._spec, self._numbers = runner, spec, numbers
        self._token, self._tell = token, tell
        self._code, self._place = code_hash(), place()
        self._nonces: dict[str, tuple[bytes, bytes]] = {}
        self._guests: dict[str, Guest] = {}
        self._begun = False
        # A tunnel that was cut and is up again: its old connection may not be known to be dead.
        runner.server.socket.setsockopt(zmq.ROUTER_HANDOVER, 1)
        for name in ("join", "hello", "chunk", "ping", "failed", "block", "bye"):
            runner.register_message(f"rentree-{name}", getattr(self, f"_on_{name}"))
        gevent.spawn(self._watch)

    def node_of(self, number: int) -> str | None:
        """The node that a number was given to."""
        return next((g.node for g in self._guests.values() if g.number == number), None)

    def ready(self, node: str, data: dict[str, Any]) -> bool:
        """Whether a worker that says that it is ready is one, with the number that it was given."""
        guest = self._guests.get(node)
        if guest is None or guest.number != data["worker"]:
            return False
        guest.parcel, guest.ready = b"", True
        guest.lease.length = LEASE + 0.5  # it stops by itself a moment before we call it gone
        return True

    def begun(self) -> None:
        """The start was told: nobody comes in any more."""
        self._begun = True

    def stop(self) -> None:
        """Ask everybody to stop and to send what they have."""
        for guest in self._guests.values():
            self._runner.send_message("rentree-stop", {}, guest.node)

    def _on_join(self, environment: Any, msg: Any, **_: Any) -> None:
        if len(self._nonces) >= PENDING:
            self._nonces.clear()
        nonces = (bytes(msg.data["nonce"])[:64], secrets.token_bytes(32))
        self._nonces[msg.node_id] = nonces
        answer = {"nonce": nonces[1], "proof": proof(self._token, "master", nonces)}
        self._runner.send_message("rentree-prove", answer, msg.node_id)

    def _on_hello(self, environment: Any, msg: Any, **_: Any) -> None:
        nonces = self._nonces.pop(msg.node_id, None)
        if nonces is None or msg.node_id in self._guests:
            return
        taken = {guest.number for guest in self._guests.values()}
        free = [number for number in self._numbers if number not in taken]
        why = ""
        if not right(msg.data["proof"], self._token, "worker", nonces):
            why = "the token is another one than the run’s"
        elif (why := self._differs(msg.data)) == "" and (self._begun or not free):
            why = f"the run has its {len(self._numbers)} remote workers"
        if why:
            self._runner.send_message("rentree-refused", {"why": why}, msg.node_id)
            self._tell(refused=why)
        else:
            self._let_in(msg.node_id, free[0], str(msg.data["who"])[:100])

    def _let_in(self, node: str, number: int, who: str) -> None:
        packed = parcel.pack(self._spec, number)
        self._guests[node] = Guest(number, node, packed, Lease(time.monotonic(), LOADING))
        self._tell(joined=number, who=who)
        offer = {
            "number": number, "chunks": parcel.chunks(packed), "sha256": parcel.digest(packed),
            "place": self._place, "profile": parcel.digest(parcel.profile_of(self._spec)),
        }  # fmt: skip
        self._runner.send_message("rentree-offer", offer, node)

    def _differs(self, told: dict[str, Any]) -> str:
        """In words, what keeps a worker from being of this run; empty when nothing does."""
        if told["version"] != __version__:
            return f"it is Rentrée {told['version']}, the run is of {__version__}"
        if told["code"] != self._code:
            return (
                f"its code is another one ({str(told['code'])[:12]}…) than the run’s "
                f"({self._code[:12]}…), of the same version: install the same files on both"
            )
        wanted = str(told.get("profile") or "")
        profile = parcel.digest(parcel.profile_of(self._spec))
        if not profile.startswith(wanted):
            return f"the run’s profile is {profile[:12]}…, it was told to take {wanted[:12]}…"
        return ""

    def _on_ping(self, environment: Any, msg: Any, **_: Any) -> None:
        now, guest = time.monotonic_ns(), self._guests.get(msg.node_id)
        if guest is None:  # it was called gone, and is back: its people must not go on
            self._runner.send_message("rentree-stop", {}, msg.node_id)
            return
        answer = {"sent": msg.data["sent"], "clock": now}
        self._runner.send_message("rentree-pong", answer, msg.node_id)
        guest.lease.heard(time.monotonic())
        if guest.ready and not guest.ended and msg.data["relation"] is not None:
            offset, error = msg.data["relation"]
            self._tell(clock=guest.number, used=msg.data["used"], offset=offset, error=error)

    def _on_chunk(self, environment: Any, msg: Any, **_: Any) -> None:
        guest = self._guests.get(msg.node_id)
        if guest is not None and guest.parcel:
            index = int(msg.data["index"])
            answer = {"index": index, "data": parcel.chunk(guest.parcel, index)}
            self._runner.send_message("rentree-chunk", answer, msg.node_id)

    def _on_failed(self, environment: Any, msg: Any, **_: Any) -> None:
        guest = self._guests.pop(msg.node_id, None)
        if guest is not None:
            self._tell(gone=guest.number, why=str(msg.data["why"])[:1000])

    def _on_block(self, environment: Any, msg: Any, **_: Any) -> None:
        guest = self._guests.get(msg.node_id)
        if guest is None or not guest.ready:
            return
        if guest.inbox is None:
            path = self._spec.work / f"worker-{guest.number}.blocks"
            guest.inbox = Inbox(path, guest.number)
            gevent.spawn(self._store, guest, guest.inbox)
        frame = bytes(msg.data["frame"])
        if guest.waiting == 0 or guest.waiting + len(frame) <= FORGET:
            guest.waiting += len(frame)
            guest.frames.put(frame)

    def _store(self, guest: Guest, inbox: Inbox) -> None:
        while True:
            frame = guest.frames.get()
            guest.waiting -= len(frame)
            try:
                count = gevent.get_hub().threadpool.apply(inbox.take, (frame,))
            except OSError as error:
                self._tell(broken=f"worker {guest.number}’s blocks cannot be written: {error}")
                os._exit(4)
            self._runner.send_message("rentree-ack", {"count": count}, guest.node)

    def _on_bye(self, environment: Any, msg: Any, **_: Any) -> None:
        guest = self._guests.get(msg.node_id)
        if guest is not None and not guest.ended:
            guest.ended = True
            self._tell(left=guest.number)
            if not self._begun:
                del self._guests[msg.node_id]

    def _watch(self) -> None:
        """Tell who has been silent for too long."""
        while True:
            gevent.sleep(0.25)
            for guest in list(self._guests.values()):
                if not guest.ended and guest.lease.over(time.monotonic()):
                    del self._guests[guest.node]
                    silent = time.monotonic() - guest.lease.last
                    self._tell(gone=guest.number, why=f"not heard of for {silent:.1f} s")
