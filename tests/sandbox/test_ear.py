"""Listening to whoever asked while their request waits: nothing that they sent is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message

from rentree.sandbox.ear import Ear

BODY: Message = {"type": "http.request", "body": b"jeton=1", "more_body": False}
LEFT: Message = {"type": "http.disconnect"}


class Server:
    """Gives each message once; one that is asked for and not waited for is given away."""

    def __init__(self, *messages: tuple[float, Message]) -> None:
        self._messages = list(messages)

    async def receive(self) -> Message:
        """The next message, so many seconds after it was asked for."""
        if not self._messages:
            return LEFT
        after, message = self._messages.pop(0)
        await asyncio.sleep(after)
        return message


async def read_at_once(ear: Ear) -> Message:
    """The request had its turn before the listener got a message."""
    ear.gone()
    await asyncio.sleep(0)  # the listener has asked, and has nothing yet
    return await ear.receive()


async def read_when_kept(ear: Ear) -> Message:
    """The listener has it already."""
    ear.gone()
    await asyncio.sleep(0.02)
    return await ear.receive()


async def read_without_waiting(ear: Ear) -> Message:
    """A server was free at once: nobody listened."""
    return await ear.receive()


@pytest.mark.parametrize("read", [read_at_once, read_when_kept, read_without_waiting])
@pytest.mark.parametrize("after", [0.0, 0.01])
def test_the_form_that_was_sent_is_read(
    read: Callable[[Ear], Awaitable[Message]], after: float
) -> None:
    """Whenever the page begins to read, it reads what came, and then that they are gone."""

    async def story() -> list[Message]:
        ear = Ear(Server((after, BODY)).receive)
        messages = [await read(ear), await ear.receive()]
        await ear.close()
        return messages

    assert asyncio.run(story()) == [BODY, LEFT]


def test_who_leaves_is_heard() -> None:
    """The task ends when they have left, and what they had sent is there still."""

    async def story() -> list[Message]:
        ear = Ear(Server((0.0, BODY), (0.01, LEFT)).receive)
        await asyncio.wait_for(ear.gone(), 5)
        messages = [await ear.receive(), await ear.receive()]
        await ear.close()
        return messages

    assert asyncio.run(story()) == [BODY, LEFT]


def test_nothing_is_left_behind() -> None:
    """Closed while something is awaited: no task goes on."""

    async def story() -> int:
        ear = Ear(Server((60.0, BODY)).receive)
        ear.gone()
        await asyncio.sleep(0)
        await ear.close()
        return len(asyncio.all_tasks())

    assert asyncio.run(story()) == 1
