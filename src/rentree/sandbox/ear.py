"""Listening to whoever asked while their request waits: they may send more, or leave."""

from __future__ import annotations

import asyncio
from collections import deque

from starlette.types import Message, Receive

_MOST = 512 * 1024  # bytes that are kept while a request waits; then nobody listens any more


class Ear:
    """Keeps what comes while nobody reads, so that the page reads it all later.

    What is awaited of the server is never cancelled and asked for again: a server that had it ready
    just then would have given it away for nothing, and the page would read an empty form.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: deque[Message] = deque()
        self._next: asyncio.Task[Message] | None = None  # what is awaited of the server
        self._task: asyncio.Task[None] | None = None

    def gone(self) -> asyncio.Task[None]:
        """A task that ends when whoever asked has left (or never, when they send too much)."""
        self._task = asyncio.create_task(self._listen())
        return self._task

    async def receive(self) -> Message:
        """What the page gets: what was kept, then what comes."""
        if self._task is None and self._next is None and not self._kept:
            return await self._receive()  # nobody listened
        await self._deaf()
        return self._kept.popleft() if self._kept else await self._come()

    async def close(self) -> None:
        """Await nothing more."""
        await self._deaf()
        if self._next is not None and not self._next.done():
            self._next.cancel()
            await asyncio.wait({self._next})

    async def _deaf(self) -> None:
        """Listen no more; what is awaited stays so."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait({task})

    async def _come(self) -> Message:
        """The next message; who is cancelled meanwhile leaves it to the next who asks."""
        if self._next is None:
            self._next = asyncio.create_task(self._asked())
        message = await asyncio.shield(self._next)
        self._next = None
        return message

    async def _asked(self) -> Message:
        return await self._receive()

    async def _listen(self) -> None:
        kept = 0
        while True:
            message = await self._come()
            self._kept.append(message)
            kept += len(message.get("body", b""))
            if message["type"] == "http.disconnect":
                return
            if kept > _MOST:
                await asyncio.get_running_loop().create_future()  # listens no more
