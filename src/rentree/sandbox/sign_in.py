"""The door: signing in, being refused for lack of room, signing out."""

from __future__ import annotations

import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rentree.sandbox.accounts import Person
from rentree.sandbox.forms import read_form, same_token
from rentree.sandbox.pages import clock_time, page
from rentree.sandbox.protections.gate import shut_until
from rentree.sandbox.protections.quota import has_room
from rentree.sandbox.sessions import Session
from rentree.sandbox.site import Site, address_of

_SESSION = "session={}; HttpOnly; Path=/; SameSite=Lax"
_TOKEN = "jeton={}; HttpOnly; Path=/connexion; SameSite=Lax"  # noqa: S105  # a cookie's form


def routes(site: Site) -> list[Route]:
    """The routes of the door."""

    async def root(request: Request) -> Response:
        return RedirectResponse("/accueil" if site.session(request) else "/connexion", 302)

    async def form(request: Request) -> Response:
        if site.session(request):
            return RedirectResponse("/accueil", 302)
        if not has_room(site, deep_link=bool(request.query_params)):
            return _refusal(site)
        return _form()

    async def sign_in(request: Request) -> Response:
        fields = await read_form(request)
        login = fields.get("identifiant", "")
        if not same_token(fields.get("jeton", ""), request.cookies.get("jeton", "")):
            told = "Cette page a expiré. Merci de vous connecter de nouveau."
            return _form(login, "jeton", told, status=403)
        earlier = site.session(request)
        if earlier is None and not has_room(site, deep_link=bool(request.query_params)):
            return _refusal(site)
        person = await site.read(site.store.sign_in, login, fields.get("mot_de_passe", ""))
        if person is None:
            return _form(login, "identifiants", "Identifiant ou mot de passe incorrect.")
        if (until := shut_until(site, person)) is not None:
            site.turned_back += 1
            return page("horaire", until=clock_time(until))
        if earlier is not None:
            site.sessions.close(earlier.token)
        session = open_session(site, request, person)
        response = RedirectResponse("/accueil", 302)
        response.headers.append("Set-Cookie", _SESSION.format(session.token))
        return response

    async def sign_out(request: Request) -> Response:
        session = site.session(request)
        if session is None:
            return RedirectResponse("/connexion", 302)
        if not same_token((await read_form(request)).get("jeton", ""), session.form_token):
            raise HTTPException(403)
        site.sessions.close(session.token)
        if site.broken("quota-counts-ghosts"):
            site.sessions.haunt()
        response = RedirectResponse("/au-revoir", 303)
        response.headers.append("Set-Cookie", _SESSION.format("") + "; Max-Age=0")
        return response

    async def goodbye(_: Request) -> Response:
        return page("au-revoir")

    return [
        Route("/", root),
        Route("/connexion", form),
        Route("/connexion", sign_in, methods=["POST"]),
        Route("/deconnexion", sign_out, methods=["POST"]),
        Route("/au-revoir", goodbye),
    ]


def open_session(site: Site, request: Request, person: Person) -> Session:
    """A session on one of the nodes; whoever came through the queue has used their passage."""
    if site.queue is not None:
        site.queue.use(request.cookies.get("file", ""))
    node = site.servers.node_for(site.sessions.opened)
    return site.sessions.open(person, address_of(request), node)


def _form(login: str = "", error: str = "", message: str = "", status: int = 200) -> Response:
    token = secrets.token_urlsafe(12)
    response = page(
        "connexion", form_token=token, login=login, error=error, message=message, status=status
    )
    response.headers.append("Set-Cookie", _TOKEN.format(token))
    return response


def _refusal(site: Site) -> Response:
    site.refused += 1
    return page("refus")  # with status 200, as the platforms of April 2021 did
