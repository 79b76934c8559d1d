"""Opening a session for a person who was proven, by whatever way in: gate, quota, cookie."""

from __future__ import annotations

import zlib

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from rentree.sandbox.accounts import Person
from rentree.sandbox.pages import clock_time, page
from rentree.sandbox.protections.gate import shut_until
from rentree.sandbox.protections.quota import Way, has_room
from rentree.sandbox.sessions import Session
from rentree.sandbox.site import Site, address_of

SESSION = "session={}; HttpOnly; Path=/; SameSite=Lax"
AGAIN = "180"  # s after which who was refused may come again
_TWICE = 3  # cookie-twice: one person in so many is given the session of whoever came before


def refusal(site: Site) -> Response:
    """The page of the quota."""
    site.refused += 1
    response = page("refus")  # with status 200, as the platforms of April 2021 did
    if not site.broken("no-retry-after"):
        response.headers["Retry-After"] = AGAIN  # what the page says in words
    return response


def enter(site: Site, request: Request, person: Person, way: Way, to: str = "/accueil") -> Response:
    """Let a proven person in, and on to a path of ours; or say why not."""
    if (until := shut_until(site, person)) is not None:
        site.turned_back += 1
        return page("horaire", until=clock_time(until))
    earlier = site.session(request)
    if earlier is None and not has_room(site, way, deep_link=bool(request.query_params)):
        return refusal(site)
    if earlier is not None:
        site.sessions.close(earlier.token)
    session = open_session(site, request, person)
    response = RedirectResponse(to, 302)
    response.headers.append("Set-Cookie", SESSION.format(session.token))
    return response


def open_session(site: Site, request: Request, person: Person) -> Session:
    """A session on one of the nodes; whoever came through the queue has used their passage."""
    if site.queue is not None:
        site.queue.use(request.cookies.get("file", ""))
    if site.broken("cookie-twice") and zlib.crc32(person.login.encode()) % _TWICE == 0:
        last = site.sessions.latest()
        if last is not None:
            return last
    node = site.servers.node_for(site.sessions.opened)
    return site.sessions.open(person, address_of(request), node)


def own_path(text: str) -> str:
    """A path of this portal, or the home page: nobody is sent elsewhere by a link."""
    safe = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if safe and text.isprintable() else "/accueil"
