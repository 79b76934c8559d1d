"""Pages for people who are signed in; anybody else is sent to the door.

What breaks all of them at once is broken here.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from itertools import count

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from rentree.sandbox.sessions import Session
from rentree.sandbox.site import Site

Personal = Callable[[Request, Session], Awaitable[Response]]
Page = Callable[[Request], Awaitable[Response]]
ONE_IN = 5  # of those whom a defect hits "sometimes"
_KEPT = 2_000  # pages that stale-after-recovery remembers


def unlucky(text: str) -> bool:
    """Whether a defect that hits some hits this one: the same on every run."""
    return zlib.crc32(text.encode()) % ONE_IN == 0


class Inside:
    """Makes the pages of a site personal."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._asked = count(1)
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def __call__(self, handler: Personal) -> Page:
        """The page behind the door."""

        async def guarded(request: Request) -> Response:
            session = self._site.session(request)
            if session is None:
                return RedirectResponse("/connexion", 302)
            response = await handler(request, session)
            return self._broken(request, session, response) if self._site.defects else response

        return guarded

    def _broken(self, request: Request, session: Session, response: Response) -> Response:
        site = self._site
        if request.method != "GET" or response.status_code != 200:
            return response
        if site.broken("page-cacheable"):
            response.headers["Cache-Control"] = "public, max-age=60"
        if site.broken("content-as-500") and next(self._asked) % ONE_IN == 0:
            response.status_code = 500
        if site.broken("stale-after-recovery"):
            key = (session.person.login, request.url.path)
            if not site.overloaded:
                self._kept[key] = bytes(response.body)
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            elif key in self._kept:
                same = {k: v for k, v in response.headers.items() if k != "content-length"}
                return Response(self._kept[key], 200, same)
        return response
