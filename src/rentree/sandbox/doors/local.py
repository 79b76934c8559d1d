"""The door: the portal's own form with its callback (family B), and signing out."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rentree.sandbox.doors.enter import SESSION, enter, own_path, refusal
from rentree.sandbox.forms import read_form, same_token
from rentree.sandbox.pages import page
from rentree.sandbox.protections.quota import has_room
from rentree.sandbox.site import Site

_TOKEN = "jeton={}; HttpOnly; Path=/connexion; SameSite=Lax"  # noqa: S105  # a cookie's form
_LOCKS = 5  # password-flood-locks-pupils: wrong passwords after which an account is shut
_MOST = 100_000  # accounts whose wrong passwords are counted
_WRONG = "Identifiant ou mot de passe incorrect."


def routes(site: Site) -> list[Route]:
    """The routes of the door."""
    wrong: OrderedDict[str, int] = OrderedDict()  # login → wrong passwords in a row

    async def root(request: Request) -> Response:
        return RedirectResponse("/accueil" if site.session(request) else "/connexion", 302)

    async def form(request: Request) -> Response:
        callback = request.query_params.get("callback", "")
        if site.session(request):
            return RedirectResponse(own_path(callback) if callback else "/accueil", 302)
        if not has_room(site, deep_link=bool(request.query_params)):
            return refusal(site)
        if site.preset.sign_in == "saml":
            several = site.preset.identity_providers == "academies"
            way = "choix" if several else "connexion"
            query = f"?{urlencode({'callback': callback})}" if callback else ""
            return RedirectResponse(f"/saml/{way}{query}", 302)
        if site.preset.sign_in == "cas":
            return RedirectResponse(f"/cas/login?{urlencode({'service': _back(request)})}", 302)
        return _form(callback)

    async def sign_in(request: Request) -> Response:
        if site.preset.sign_in != "local":  # this form is not the way in: nobody goes around it
            raise HTTPException(404)
        fields = await read_form(request)
        login, callback = fields.get("identifiant", ""), fields.get("callback", "")
        if not same_token(fields.get("jeton", ""), request.cookies.get("jeton", "")):
            told = "Cette page a expiré. Merci de vous connecter de nouveau."
            return _form(callback, login, "jeton", told, status=403)
        room = has_room(site, deep_link=bool(request.query_params))
        if site.session(request) is None and not room:
            return refusal(site)
        person = await site.read(site.store.sign_in, login, fields.get("mot_de_passe", ""))
        if site.broken("password-flood-locks-pupils"):
            if wrong.get(login, 0) >= _LOCKS:
                person = None
            wrong[login] = wrong.pop(login, 0) + 1 if person is None else 0
            if len(wrong) > _MOST:
                wrong.popitem(last=False)
        if person is None:
            return _form(callback, login, "identifiants", _WRONG)
        return enter(site, request, person, "local", own_path(callback) if callback else "/accueil")

    async def sign_out(request: Request) -> Response:
        session = site.session(request)
        if session is None:
            return RedirectResponse("/connexion", 302)
        if not same_token((await read_form(request)).get("jeton", ""), session.form_token):
            raise HTTPException(403)
        await site.leave(session)
        response = RedirectResponse("/au-revoir", 303)
        response.headers.append("Set-Cookie", SESSION.format("") + "; Max-Age=0")
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


def _back(request: Request) -> str:
    """Where the CAS server sends people back to: this portal, as it was called."""
    return f"{request.url.scheme}://{request.url.netloc}/connexion/retour"


def _form(
    callback: str, login: str = "", error: str = "", message: str = "", status: int = 200
) -> Response:
    token = secrets.token_urlsafe(12)
    response = page(
        "connexion", form_token=token, login=login, error=error, message=message, status=status,
        callback=callback, action="/connexion",
    )  # fmt: skip
    response.headers.append("Set-Cookie", _TOKEN.format(token))
    return response
