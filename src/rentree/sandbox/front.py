"""What stands before every page: the capacity, the answer of an overloaded platform, telemetry."""

from __future__ import annotations

import asyncio
import time

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rentree.sandbox.identity import PATH as IDENTITY
from rentree.sandbox.pages import overload_page, too_many_page
from rentree.sandbox.preset import Service
from rentree.sandbox.provision import PATH as ACCOUNTS
from rentree.sandbox.site import Site, address_of, now_us
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
        limit = site.rate_limit
        self._too_many = too_many_page(limit.retry_after() if limit else 1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in _APART:
            await self._pages(scope, receive, send)
            return
        arrived = time.monotonic_ns()
        address = address_of(Request(scope))
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await (await self._chosen(scope, address))(scope, receive, watch)
        finally:
            if status:
                self._tell(scope, arrived, status, address)

    async def _chosen(self, scope: Scope, address: str) -> ASGIApp:
        """What answers: too many from there, too many in all, or the page itself."""
        limit = self._site.rate_limit
        if limit is not None and not limit.take(address):
            return self._too_many
        return self._pages if await self._served(scope) else self._overload

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

    def _tell(self, scope: Scope, arrived: int, status: int, address: str) -> None:
        headers = dict(scope["headers"])  # names are lower case in ASGI
        self._site.telemetry.request(
            t=arrived,
            trace=trace_id(headers.get(b"traceparent", b"").decode("latin-1")),
            mark=headers.get(b"rentree-mark", b"").decode("latin-1")[:_LONGEST],
            method=scope["method"],
            path=scope["path"][:_LONGEST],
            status=status,
            took=(time.monotonic_ns() - arrived) // 1000,
            address=address,
        )
