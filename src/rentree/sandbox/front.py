"""What stands before every page: the capacity, the answer of an overloaded platform, telemetry."""

from __future__ import annotations

import asyncio
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rentree.sandbox.identity import PATH as IDENTITY
from rentree.sandbox.pages import overload_page
from rentree.sandbox.preset import Service
from rentree.sandbox.provision import PATH as ACCOUNTS
from rentree.sandbox.site import Site, now_us
from rentree.sandbox.telemetry import trace_id

STATE = "/etat"
_APART = frozenset({STATE, IDENTITY, ACCOUNTS})  # ours, not the crowd's: no capacity, no telemetry
_LONGEST = 512  # characters of a path or a mark that telemetry keeps


def service_time(service: Service, method: str, path: str) -> int:
    """How long a server is busy with such a request, µs."""
    if path.startswith("/statique/"):
        return service.asset
    if method == "POST" and path == "/connexion":
        return service.sign_in
    if method == "POST" and path == "/devoirs":
        return service.write
    return service.page


class Front:
    """An ASGI application around the pages: a request waits for its server, then is worked on."""

    def __init__(self, site: Site, pages: ASGIApp) -> None:
        self._site = site
        self._pages = pages
        self._overload = overload_page(site.preset.overload.retry_after)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in _APART:
            await self._pages(scope, receive, send)
            return
        arrived = time.monotonic_ns()
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            pages = self._pages if await self._served(scope) else self._overload
            await pages(scope, receive, watch)
        finally:
            if status:
                self._tell(scope, arrived, status)

    async def _served(self, scope: Scope) -> bool:
        """Wait until a server has served this request; False: the queue was full."""
        site, now = self._site, now_us()
        service = service_time(site.preset.service, scope["method"], scope["path"])
        finish = site.capacity.reserve(now, service)
        if finish is None:
            site.overloaded += 1
            return False
        await asyncio.sleep((finish - now) / 1e6)
        site.telemetry.step(max(0, now_us() - finish))
        return True

    def _tell(self, scope: Scope, arrived: int, status: int) -> None:
        headers = dict(scope["headers"])  # names are lower case in ASGI
        self._site.telemetry.request(
            t=arrived,
            trace=trace_id(headers.get(b"traceparent", b"").decode("latin-1")),
            mark=headers.get(b"rentree-mark", b"").decode("latin-1")[:_LONGEST],
            method=scope["method"],
            path=scope["path"][:_LONGEST],
            status=status,
            took=(time.monotonic_ns() - arrived) // 1000,
        )
