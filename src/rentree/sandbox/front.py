"""What stands before every page: blackhole, limits, queue, servers, and telemetry of it all."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rentree.authorization import PATH as LEAVE
from rentree.sandbox.ear import Ear
from rentree.sandbox.identity import PATH as IDENTITY
from rentree.sandbox.pages import error_page, overload_page, too_many_page
from rentree.sandbox.protections.queue_page import queue_page
from rentree.sandbox.provision import PATH as ACCOUNTS
from rentree.sandbox.sessions import Session
from rentree.sandbox.settings import PATH as SETTINGS
from rentree.sandbox.site import Site, address_of
from rentree.sandbox.telemetry import trace_id

STATE = "/etat"
STATUS = "/statut"
# Ours, not the crowd's: no capacity, no telemetry, nothing that may stand before them.
_APART = frozenset({STATE, STATUS, IDENTITY, ACCOUNTS, SETTINGS, LEAVE})
_LONGEST = 512  # characters of a path or a mark that telemetry keeps


class Front:
    """An ASGI application around the pages: a request waits for its server, then is worked on."""

    def __init__(self, site: Site, pages: ASGIApp) -> None:
        self._site = site
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in _APART:
            await self._pages(scope, receive, send)
            return
        arrived = time.monotonic_ns()
        request = Request(scope)
        address = address_of(request)
        if self._site.blackhole.swallows(address):
            await _nothing(receive)
            return
        status, ear = 0, Ear(receive)

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                if message["status"] >= 500 and self._site.broken("error-as-200"):
                    message["status"] = 200
                status = message["status"]
            await send(message)

        try:
            answer = await self._chosen(scope, request, address, ear)
            if answer is not None:
                await answer(scope, ear.receive, watch)
        finally:
            await ear.close()
            if status:
                self._tell(scope, arrived, status, address)

    async def _chosen(
        self, scope: Scope, request: Request, address: str, ear: Ear
    ) -> ASGIApp | None:
        """What answers: one of the protections, or the page itself; None: nobody is there."""
        site = self._site
        silent = site.broken("no-retry-after")
        if site.limits is not None:
            again = site.limits.refuses(address, request.cookies.get("session", ""))
            if again is not None:
                return too_many_page(None if silent else again)
        if site.queue is not None and (page := queue_page(site, request)) is not None:
            return page
        result = await site.servers.serve(
            scope["method"], scope["path"], self._session(request), ear
        )
        if result == "full":
            site.overloaded += 1
            return overload_page(None if silent else site.preset.overload.retry_after)
        if result == "dry":
            told = "La base de données ne répond pas. Merci de réessayer plus tard."
            return error_page(500, "Erreur du portail", told)
        return None if result == "gone" else self._pages

    def _session(self, request: Request) -> Session | None:
        """The session, where servers must know it before its page does."""
        site = self._site
        if site.defects or site.preset.shedding is not None or site.preset.tenants == "apart":
            return site.session(request)
        return None

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


async def _nothing(receive: Receive) -> None:
    """Answer nothing at all, until whoever asked has gone: what a blackhole looks like."""
    while (await receive())["type"] != "http.disconnect":
        pass
