"""The home page: a document, its assets, and the calls that its script makes."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rentree.sandbox.amounts import ASSETS
from rentree.sandbox.ent.inside import Inside, unlucky
from rentree.sandbox.ent.lessons import ROLE_WORDS, assigned_to, messages_for
from rentree.sandbox.pages import page
from rentree.sandbox.sessions import Session
from rentree.sandbox.site import Site

_OURS = ("rentree-mark", "traceparent")  # by which thin-page-for-testers knows a tester


def routes(site: Site) -> list[Route]:
    """The home page and its calls."""

    async def home(request: Request, session: Session) -> Response:
        shown = session
        if site.broken("session-leak") and unlucky(session.person.login):
            shown = site.sessions.other_than(session)
        thin = site.broken("thin-page-for-testers") and any(h in request.headers for h in _OURS)
        person = shown.person
        return page(
            "accueil", session=shown, role=ROLE_WORDS[person.role], assigned=assigned_to(person),
            extra=0 if thin else max(0, site.preset.home.assets - ASSETS), thin=thin,
            calls=0 if thin else max(0, site.preset.home.calls - 1),
            dead=site.broken("class-button-dead"),
        )  # fmt: skip

    async def notifications(request: Request) -> Response:
        headers = {"Cache-Control": "no-store"}
        session = site.session(request)
        if session is None:  # a program asks: it is told, not sent to a form
            return JSONResponse({"erreur": "session"}, 401, headers)
        subjects = [message.subject for message in messages_for(session.person)]
        facts = {"identite": session.person.login, "messages": subjects}
        return JSONResponse({**facts, "devoirs": assigned_to(session.person)}, headers=headers)

    async def call(request: Request) -> Response:
        headers = {"Cache-Control": "no-store"}
        session = site.session(request)
        if session is None:
            return JSONResponse({"erreur": "session"}, 401, headers)
        number = request.path_params["number"]
        if not 1 <= number < site.preset.home.calls:
            raise HTTPException(404)
        facts = {"identite": session.person.login, "appel": number, "valeurs": list(range(20))}
        return JSONResponse(facts, headers=headers)

    return [
        Route("/accueil", Inside(site)(home)),
        Route("/api/notifications", notifications),
        Route("/api/appel/{number:int}", call),
    ]
