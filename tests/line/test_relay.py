"""The relay of a line: bytes come through whole, in order, and ends are told."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from pydantic import ValidationError

from rentree.fault import Address
from rentree.line.relay import Relay
from rentree.line.spec import Figures, Leads, LineSpec, Per, introduction

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def mirror(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back what comes, and end when it ends."""
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def relayed(
    serve: Serve, figures: Figures, per: Per = "territory", *, introduces: bool = False
) -> AsyncIterator[tuple[Relay, Address]]:
    """A relay before a server."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    to = server.sockets[0].getsockname()[:2]
    spec = LineSpec(
        name="line", per=per, asks=per != "territory" or introduces, figures=figures,
        leads=[Leads(to=to, introduces=introduces)], echo=to,
    )  # fmt: skip
    relay = Relay(spec)
    first, *_ = await relay.start()
    yield relay, first
    relay.close()
    server.close()
    await asyncio.sleep(0)


async def sent_back(at: Address, data: bytes, hello: bytes = b"") -> bytes:
    """Send, say that it is all, and read to the end."""
    reader, writer = await asyncio.open_connection(*at)
    writer.write(hello)
    writer.write(data)
    writer.write_eof()
    back = await reader.read()
    writer.close()
    return back


@pytest.mark.parametrize("limited", [False, True])
def test_bytes_come_through_whole_and_in_order(limited: bool) -> None:
    """A megabyte each way, by a line that jitters, limited or not; a half close is passed on."""
    data = random.Random(1).randbytes(1_000_000)

    async def both() -> None:
        figures = Figures(down=5_000_000, up=20_000_000, delay=5_000, jitter=5_000)
        async with relayed(mirror, figures) as (relay, at):
            relay.limit(limited)
            began = time.monotonic()
            back = await asyncio.wait_for(sent_back(at, data), 30)
            assert hashlib.sha256(back).digest() == hashlib.sha256(data).digest()
            if limited:
                assert time.monotonic() - began >= 0.19
            assert (relay.up, relay.down) == (len(data), len(data))

    asyncio.run(both())


def test_limits_begin_and_end_under_way() -> None:
    """What is on its way arrives whole, whenever the line is limited and opened again."""
    data = random.Random(2).randbytes(3_000_000)

    async def both() -> None:
        figures = Figures(down=2_000_000, delay=30_000, jitter=10_000)
        async with relayed(mirror, figures) as (relay, at):
            asked = asyncio.create_task(sent_back(at, data))
            for _ in range(8):
                await asyncio.sleep(0.03)
                relay.limit(not relay.limited)
            relay.limit(False)
            assert await asyncio.wait_for(asked, 30) == data

    asyncio.run(both())


def test_an_answer_that_ends_with_its_connection_is_whole() -> None:
    """The platform hangs up at once; people still get what it sent, as slowly as asked."""
    body = b"y" * 50_000

    async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(body)
        writer.close()

    async def both() -> None:
        async with relayed(hangs_up, Figures(down=200_000)) as (relay, at):
            relay.limit(True)
            began = time.monotonic()
            reader, writer = await asyncio.open_connection(*at)
            writer.write(b"GET")
            assert await asyncio.wait_for(reader.read(), 20) == body
            assert time.monotonic() - began >= 0.24
            writer.close()

    asyncio.run(both())


def test_an_introduction_is_stripped_or_passed_on() -> None:
    """The platform never sees it; another relay that asks for it does."""

    async def both() -> None:
        hello = introduction("grand-est/élève-1", "grand-est/lycée-01")
        async with relayed(mirror, Figures(down=10**6), "person") as (_, at):
            assert await sent_back(at, b"page", hello) == b"page"
        async with relayed(mirror, Figures(down=10**6), "school", introduces=True) as (relay, at):
            assert await sent_back(at, b"page", hello) == hello + b"page"
            assert list(relay.whose()) == []

    asyncio.run(both())


@pytest.mark.parametrize(
    "first", [b"GET / HTTP/1.1\r\n", b"rentree-line " + b"x" * 600, b"rentree-line \xff\xfe\n"]
)
def test_who_does_not_introduce_itself_properly_is_hung_up_on(first: bytes) -> None:
    """Nothing of it reaches the platform."""
    met: list[bytes] = []

    async def listens(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(await reader.read(100))
        writer.close()

    async def both() -> None:
        async with relayed(listens, Figures(down=10**6), "person") as (_, at):
            reader, writer = await asyncio.open_connection(*at)
            writer.write(first)
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()
        assert met == []

    asyncio.run(both())


def test_a_platform_that_is_not_there_ends_the_connection() -> None:
    """As it does behind any proxy: taken, then ended."""

    async def both() -> None:
        async with relayed(mirror, Figures(down=10**6)) as (relay, _):
            gone = await asyncio.start_server(mirror, "127.0.0.1", 0)
            nobody = gone.sockets[0].getsockname()[:2]
            gone.close()
            await gone.wait_closed()
            spec = relay.spec.model_copy(update={"leads": [Leads(to=nobody)]})
            other = Relay(spec)
            leads_nowhere = (await other.start())[0]
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(sent_back(leads_nowhere, b"page"), 5) == b""
            assert not other.pairs
            other.close()

    asyncio.run(both())


def test_a_line_that_cannot_know_whose_it_is_is_refused() -> None:
    """Per person without introductions, and an echo elsewhere."""
    facts = {"name": "x", "figures": Figures(), "leads": [], "echo": ("127.0.0.1", 1)}
    with pytest.raises(ValidationError, match="known by an introduction"):
        LineSpec.model_validate({**facts, "per": "person", "asks": False})
    with pytest.raises(ValidationError, match="on loopback"):
        LineSpec.model_validate(
            {**facts, "per": "territory", "asks": False, "echo": ("192.0.2.1", 1)}
        )
