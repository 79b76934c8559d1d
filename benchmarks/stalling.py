"""A server that answers at once, but for one stall of 5 s, from the 8th to the 13th second."""

from __future__ import annotations

import asyncio
import time

from benchmarks.server import PAGE

BEGINS, LASTS = 8.0, 5.0  # s after the first request
_ANSWER = (
    f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(PAGE)}\r\n\r\n{PAGE}"
).encode()


async def main() -> None:
    """Serve until ended."""
    first: list[float] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            now = time.monotonic()
            first.append(now) if not first else None
            end = first[0] + BEGINS + LASTS
            if first[0] + BEGINS <= now < end:
                await asyncio.sleep(end - now)
            writer.write(_ANSWER)
            await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
