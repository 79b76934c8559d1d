"""Listening to whoever asked while their request waits: they may send more, or leave."""

from __future__ import annotations

import asyncio
from collections import deque

from starlette.types import Message, Receive

_MOST = 512 * 1024  # bytes that are kept while a request waits; then nobody listens any more


class Ear:
    """Keeps what comes while nobody reads, so that the page reads it all later."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: deque[Message] = deque()
        self._task: asyncio.Task[None] | None = None

    def gone(self) -> asyncio.Task[None]:
        """A task that ends when whoever asked has left (or never, when they send too much)."""
        self._task = asyncio.create_task(self._listen())
        return self._task

    async def receive(self) -> Message:
        """What the page gets: what was kept, then what comes."""
        if self._task is not None and not self._kept:
            if not self._task.done():
                await self.close()
            self._task = None
        return self._kept.popleft() if self._kept else await self._receive()

    async def close(self) -> None:
        """Listen no more."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _listen(self) -> None:
        kept = 0
        while True:
            message = await self._receive()
            self._kept.append(message)
            kept += len(message.get("body", b""))
            if message["type"] == "http.disconnect":
                return
            if kept > _MOST:
                await asyncio.get_running_loop().create_future()  # listens no more
