"""A service behind the ENT, reached by ticket only ("ENT et rien que les ENT", domain.md 1)."""

from __future__ import annotations

import secrets
from collections import OrderedDict

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rentree.sandbox.accounts import Person
from rentree.sandbox.ent.inside import Inside
from rentree.sandbox.pages import error_page, page
from rentree.sandbox.sessions import Session
from rentree.sandbox.site import Site, address_of

_NAME = "/service"
_COOKIE = "service={}; HttpOnly; Path=/service; SameSite=Lax"
_MOST = 100_000  # people who may be in


def routes(site: Site) -> list[Route]:
    """The ENT's link to it, and the service itself, with a session of its own."""
    people: OrderedDict[str, Person] = OrderedDict()

    async def go(_: Request, session: Session) -> Response:
        return RedirectResponse(f"{_NAME}?ticket={site.tickets.issue(_NAME, session)}", 302)

    async def service(request: Request) -> Response:
        if ticket := request.query_params.get("ticket", ""):
            person, _ = site.tickets.validate(ticket, _NAME)
            if person is None:
                site.telemetry.forgery("ticket of the service", address_of(request))
                return error_page(403, "Accès refusé", "Ce ticket n’est pas, ou plus, valable.")
            token = secrets.token_urlsafe(18)
            people[token] = person
            if len(people) > _MOST:
                people.popitem(last=False)
            response: Response = RedirectResponse(_NAME, 302)
            response.headers.append("Set-Cookie", _COOKIE.format(token))
            return response
        known = people.get(request.cookies.get("service", ""))
        if known is None:
            told = "Ce service s’ouvre depuis le portail, et par lui seul."
            return error_page(403, "Accès refusé", told)
        return page("service", whose=known)

    return [Route("/vers-le-service", Inside(site)(go)), Route(_NAME, service)]
