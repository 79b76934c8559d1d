"""Creating an account: a form, and a page that leads on to the sign-in.

The school has told the portal who its people are; whoever is not among them gets no account.
"""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rentree.sandbox.forms import read_form, same_token
from rentree.sandbox.pages import page
from rentree.sandbox.site import Site

PATH = "/inscription"
_TOKEN = "jeton={}; HttpOnly; Path=/inscription; SameSite=Lax"  # noqa: S105  # a cookie's form
_EXPIRED = "Cette page a expiré. Merci de recommencer."
_INCOMPLETE = "L’identifiant et deux fois le même mot de passe sont nécessaires."
_UNKNOWN = "Cet identifiant n’a été donné à personne."
_TAKEN = "Ce compte existe déjà."


def routes(site: Site) -> list[Route]:
    """The form, and what takes it."""

    async def form(_: Request) -> Response:
        return _form()

    async def create(request: Request) -> Response:
        fields = await read_form(request)
        login, password = fields.get("identifiant", ""), fields.get("nouveau_mot_de_passe", "")
        if not same_token(fields.get("jeton", ""), request.cookies.get("jeton", "")):
            return _form(login, "jeton", _EXPIRED, status=403)
        if not password or password != fields.get("confirmation"):
            return _form(login, "saisie", _INCOMPLETE)
        if await site.write(site.store.create_account, login, password):
            return page("inscrit")
        if await site.read(site.store.person, login) is None:
            return _form(login, "inconnu", _UNKNOWN)
        return _form(login, "pris", _TAKEN)

    return [Route(PATH, form), Route(PATH, create, methods=["POST"])]


def _form(login: str = "", error: str = "", message: str = "", status: int = 200) -> Response:
    token = secrets.token_urlsafe(12)
    response = page(
        "inscription", form_token=token, login=login, error=error, message=message, status=status
    )
    response.headers.append("Set-Cookie", _TOKEN.format(token))
    return response
