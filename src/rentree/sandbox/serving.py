"""A server on loopback: granian in this process, whose port nobody else has."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from rentree.errors import RentreeError

HOST = "127.0.0.1"  # and never another: a sandbox is nobody else's platform
BACKLOG = 4096
CONNECTIONS = 19_000  # granian's word is backpressure: whoever comes beyond waits in the backlog
IDLE_CONNECTION = 75_000  # ms, nginx' keepalive_timeout


def free_port(wanted: int, host: str = HOST) -> int:
    """A port of loopback that nobody listens to, `wanted` if that is not 0.

    Asked beforehand because the server shares its port (SO_REUSEPORT): a second sandbox on it
    would take half of the first one's people, in silence.

    Raises:
        RentreeError: the port is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
            probe.listen()
        except OSError as error:
            why = f"port {wanted} of {host} cannot be had ({error.strerror})"
            raise RentreeError(f"{why}: choose another, or 0 for any") from error
        return int(probe.getsockname()[1])


def make_server(app: Any, host: str, port: int, files: tuple[Path, Path] | None = None) -> Server:
    """A server of an ASGI application; `files`: certificate and key, for https."""
    certificate, key = files or (None, None)
    return Server(
        target=app,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,  # NL: no lifespan protocol, we begin and end by ourselves
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=IDLE_CONNECTION),
        websockets=False,
        ssl_cert=certificate,
        ssl_key=key,
        log_level=LogLevels.error,  # what broke while a page was made stands in our log
    )


async def accepting(host: str, port: int, serving: asyncio.Task[None]) -> None:
    """Return once the server accepts connections."""
    while not serving.done():
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return
        await asyncio.sleep(0.005)
    raise RentreeError(f"the server does not start: {serving.exception() or 'no reason given'}")
