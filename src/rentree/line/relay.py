"""The relay: takes people's connections, learns whose they are, and leads them over their line."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import cast
from weakref import WeakValueDictionary

from rentree.fault import Address
from rentree.line.bucket import Bucket
from rentree.line.spec import GREETING, LONGEST, Figures, LineSpec
from rentree.line.way import Way

_CONNECT_S = 10.0  # to the platform
_HELLO_S = 10.0  # for an introduction
_BACKLOG = 4096


class Relay:
    """All listeners of one line; open until `limit(True)`."""

    def __init__(self, spec: LineSpec) -> None:
        self.spec = spec
        self.limited = False
        self.pairs: set[Pair] = set()
        self.down = self.up = 0  # bytes that people got, and sent
        self._lines: WeakValueDictionary[tuple[str, str], Bucket] = WeakValueDictionary()
        self._servers: list[asyncio.Server] = []

    async def start(self) -> list[Address]:
        """Listen: a listener a host, one that shows what comes down, one that shows what goes up.

        Raises OSError.
        """
        figures, echo = self.spec.figures, self.spec.echo
        shows_down = Figures(down=figures.down, delay=figures.delay, jitter=figures.jitter)
        doors = [
            Door(self, lead.to, figures, asks=self.spec.asks, passes=lead.introduces)
            for lead in self.spec.leads
        ]
        doors += [Door(self, echo, shows_down, twin="down")]
        doors += [Door(self, echo, Figures(up=figures.up), twin="up")]
        loop = asyncio.get_running_loop()
        for door in doors:
            listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
            self._servers.append(
                await loop.create_server(door.welcome, sock=listener, backlog=_BACKLOG)
            )
        return [server.sockets[0].getsockname()[:2] for server in self._servers]

    def close(self) -> None:
        """Listen no more, and hang up on everybody."""
        for server in self._servers:
            server.close()
        for pair in list(self.pairs):
            pair.hang_up(at_once=True)

    def limit(self, limited: bool) -> None:
        """From now on the line is as asked, or open: then what waited goes at once."""
        self.limited = limited
        for pair in list(self.pairs):
            pair.step()

    def bucket(self, rate: int | None, whose: str, way: str) -> Bucket | None:
        """The line of one person, school or territory: kept while somebody is on it."""
        if rate is None:
            return None
        found = self._lines.get((whose, way))
        if found is None:
            found = self._lines[whose, way] = Bucket(rate)
        return found

    def whose(self) -> Iterator[str]:
        """Who is on the line now, each connection once."""
        return (pair.whose for pair in self.pairs if pair.whose and not pair.door.twin)


class Door:
    """One listener."""

    def __init__(
        self,
        relay: Relay,
        to: Address,
        figures: Figures,
        *,
        asks: bool = False,
        passes: bool = False,
        twin: str = "",
    ) -> None:
        self.relay, self.to, self.figures = relay, to, figures
        self.asks, self.passes, self.twin = asks, passes, twin

    def welcome(self) -> asyncio.Protocol:
        """Somebody connects."""
        return _Near(Pair(self))

    def owner(self, hello: bytes) -> str:
        """Who has the line, as the introduction tells; its own is a twin's."""
        if self.twin:
            return f"twin {self.twin}"
        if self.relay.spec.per == "territory":
            return "territory"
        person, _, school = hello.removeprefix(GREETING).strip().decode().partition("\t")
        return person if self.relay.spec.per == "person" else school


class Pair:
    """Both ends of one connection."""

    def __init__(self, door: Door) -> None:
        self.door, self.relay = door, door.relay
        self.loop = asyncio.get_running_loop()
        self.near: asyncio.Transport | None = None
        self.far: asyncio.Transport | None = None
        self.whose = ""
        self._hello = b""
        self._early = b""  # what came before there was a far end
        self._ended_early = self._dialled = self._over = False
        self._up: Way | None = None
        self._down: Way | None = None
        self._task: asyncio.Task[None] | None = None
        self._patience: asyncio.TimerHandle | None = None

    def begin(self, near: asyncio.Transport) -> None:
        """Somebody has connected; the platform learns of it with the first byte."""
        self.near = near
        self.relay.pairs.add(self)
        if self.door.asks:
            self._patience = self.loop.call_later(_HELLO_S, self.hang_up)

    def step(self) -> None:
        """The limits have begun, or ended."""
        for way in (self._up, self._down):
            if way is not None:
                way.step()

    def from_near(self, data: bytes) -> None:
        """A person sends."""
        if self._up is not None:
            self.relay.up += 0 if self.door.twin else len(data)
            self._up.carry(data)
            return
        if self._over:
            return
        self._early += data
        if not self._dialled and self._introduced():
            self._dialled = True
            assert self.near is not None  # noqa: S101
            self.near.pause_reading()
            self._task = self.loop.create_task(self._dial())

    def near_ends(self) -> None:
        """A person will send no more."""
        if self._up is not None:
            self._up.finish()
        elif self._dialled:
            self._ended_early = True
        else:
            self.hang_up()

    def from_far(self, data: bytes) -> None:
        """The platform sends."""
        self.relay.down += 0 if self.door.twin else len(data)
        if self._down is not None:
            self._down.carry(data)

    def far_ends(self) -> None:
        """The platform will send no more: the person learns of it when all has arrived."""
        if self._down is not None:
            self._down.finish()

    def far_lost(self) -> None:
        """The platform is gone: it takes nothing more, but what it sent still arrives."""
        if self._up is not None:
            self._up.drop()
            self._up, self._over = None, True
        self.far_ends()

    def near_takes(self, takes: bool) -> None:
        """Whether the person has room for more."""
        if self._down is not None:
            self._down.block(not takes)

    def far_takes(self, takes: bool) -> None:
        """Whether the platform has room for more."""
        if self._up is not None:
            self._up.block(not takes)

    def hang_up(self, *, at_once: bool = False) -> None:
        """End both ends; what was written to them still goes, unless at once."""
        self.relay.pairs.discard(self)
        self._over = True
        for way in (self._up, self._down):
            if way is not None:
                way.drop()
        self._up = self._down = None
        if self._task is not None:
            self._task.cancel()
        if self._patience is not None:
            self._patience.cancel()
        for end in (self.near, self.far):
            if end is not None:
                (end.abort if at_once else end.close)()

    def _introduced(self) -> bool:
        """Whether we know who it is; whoever does not say so is hung up on."""
        if not self.door.asks:
            self.whose = self.door.owner(b"")
            return True
        line, newline, rest = self._early.partition(b"\n")
        if not self._early.startswith(GREETING[: len(self._early)]) or len(line) > LONGEST:
            self.hang_up(at_once=True)
            return False
        if not newline:
            return False
        if self._patience is not None:
            self._patience.cancel()
        self._hello, self._early = line + newline, rest
        try:
            self.whose = self.door.owner(self._hello)
        except UnicodeDecodeError:
            self.hang_up(at_once=True)
            return False
        return True

    async def _dial(self) -> None:
        """Connect to where the listener leads, then let both directions flow."""
        host, port = self.door.to
        try:
            async with asyncio.timeout(_CONNECT_S):
                far, _ = await self.loop.create_connection(lambda: _Far(self), host, port)
        except OSError:
            self._task = None
            self.hang_up(at_once=True)
            return
        self._task = None
        self.far, near, figures = far, self.near, self.door.figures
        assert near is not None  # noqa: S101
        bucket, delay = self.relay.bucket, (figures.delay / 1e6, figures.jitter / 1e6)

        def limited() -> bool:
            return self.relay.limited

        self._up = Way(
            self.loop, near, far.write, far.write_eof,
            bucket=bucket(figures.up, self.whose, "up"), delay=(0.0, 0.0), limited=limited,
        )  # fmt: skip
        self._down = Way(
            self.loop, far, near.write, self.hang_up,
            bucket=bucket(figures.down, self.whose, "down"), delay=delay, limited=limited,
        )  # fmt: skip
        if self.door.passes:
            far.write(self._hello)
        near.resume_reading()
        early, self._early = self._early, b""
        if early:
            self.from_near(early)
        if self._ended_early:
            self._up.finish()


class _Near(asyncio.Protocol):
    """A person's end."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: it is there."""
        self._pair.begin(cast("asyncio.Transport", transport))

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes."""
        self._pair.from_near(data)

    def eof_received(self) -> bool:
        """asyncio: no more bytes; our own half stays open."""
        self._pair.near_ends()
        return True

    def pause_writing(self) -> None:
        """asyncio: its buffer is full."""
        self._pair.near_takes(False)

    def resume_writing(self) -> None:
        """asyncio: it has room again."""
        self._pair.near_takes(True)

    def connection_lost(self, error: Exception | None) -> None:
        """asyncio: it is gone, and with it the other end."""
        self._pair.hang_up(at_once=error is not None)


class _Far(asyncio.Protocol):
    """The platform's end."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes."""
        self._pair.from_far(data)

    def eof_received(self) -> bool:
        """asyncio: no more bytes; what is on its way still arrives."""
        self._pair.far_ends()
        return True

    def pause_writing(self) -> None:
        """asyncio: its buffer is full."""
        self._pair.far_takes(False)

    def resume_writing(self) -> None:
        """asyncio: it has room again."""
        self._pair.far_takes(True)

    def connection_lost(self, error: Exception | None) -> None:
        """asyncio: it is gone; what it sent before still arrives."""
        self._pair.far_lost()
