"""The pages of an identity provider: it asks for the password, and sends the assertion on.

Nothing is kept between its pages: the form carries the request along, which is read anew.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rentree.sandbox.accounts import Person
from rentree.sandbox.assets import asset_routes
from rentree.sandbox.forms import read_form, same_token
from rentree.sandbox.identity import PATH as IDENTITY
from rentree.sandbox.identity import answer, parse_nonce
from rentree.sandbox.idp.keys import Keys
from rentree.sandbox.idp.messages import Request as Asked
from rentree.sandbox.idp.messages import (
    WrongMessageError,
    decode_request,
    provider_metadata,
    signed_response,
)
from rentree.sandbox.pages import error_page, page

NATIONAL = "educonnect"  # the name of the one for all territories
_TOKEN = "idp={}; HttpOnly; Path=/; SameSite=Lax"  # noqa: S105  # a cookie's form
Check = Callable[[str, str, str], Awaitable[Person | None]]  # provider, login, password → who


def make_provider(
    base: str, keys: Keys, check: Check, *, services: Mapping[str, list[str]] | None = None
) -> Starlette:
    """The application. `services`: entity → where its answers may go; None: this machine."""

    def entity(request: Request) -> str:
        return f"{base}/{request.path_params['name']}/metadata"

    def read(text: str) -> Asked:
        """The request, when its answer may go where it wants it. Raises WrongMessageError."""
        asked = decode_request(text)
        if services is None:
            allowed = _loopback(asked.acs)
        else:
            known = services.get(asked.issuer, [])
            asked = asked if asked.acs else Asked(asked.id, asked.issuer, (known or [""])[0])
            allowed = asked.acs in known
        if not allowed:
            raise WrongMessageError(f"from a service that is not known: {asked.issuer[:200]}")
        return asked

    async def metadata(request: Request) -> Response:
        sso = f"{base}/{request.path_params['name']}/SSO"
        xml = provider_metadata(entity(request), sso, keys)
        return Response(xml, media_type="application/samlmetadata+xml")

    async def form(request: Request) -> Response:
        text = request.query_params.get("SAMLRequest", "")
        try:
            read(text)
        except WrongMessageError as error:
            return _wrong(error)
        return _form(request, text, request.query_params.get("RelayState", ""))

    async def sign_in(request: Request) -> Response:
        fields = await read_form(request)
        text, relay = fields.get("SAMLRequest", ""), fields.get("RelayState", "")
        try:
            asked = read(text)
        except WrongMessageError as error:
            return _wrong(error)
        login = fields.get("j_username", "")
        if not same_token(fields.get("jeton", ""), request.cookies.get("idp", "")):
            return _form(request, text, relay, login, "jeton", "Cette page a expiré.", 403)
        name = request.path_params["name"]
        person = await check(name, login, fields.get("j_password", ""))
        if person is None:
            told = "Identifiant ou mot de passe incorrect."
            return _form(request, text, relay, login, "identifiants", told)
        parts = urlsplit(asked.acs)
        return page(
            "reprise", action=asked.acs, sends_to=f"{parts.scheme}://{parts.netloc}",
            fields={
                "SAMLResponse": signed_response(person, asked, entity(request), keys),
                "RelayState": relay,
            },
        )  # fmt: skip

    async def identity(request: Request) -> Response:
        nonce = parse_nonce(request.query_params.get("nonce", ""))
        if nonce is None:
            return JSONResponse({"error": "nonce: 1 to 64 bytes, hexadecimal"}, 400)
        return JSONResponse({"rentree-sandbox": 1, "part": "idp", "hmac": answer(nonce)})

    async def told(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        words = "Cette adresse ne mène à aucune page du fournisseur d’identité."
        return error_page(status, "Fournisseur d’identité simulé", words)

    return Starlette(
        routes=[
            Route("/{name}/metadata", metadata),
            Route("/{name}/SSO", form),
            Route("/{name}/connexion", sign_in, methods=["POST"]),
            Route(IDENTITY, identity),
            *asset_routes(),
        ],
        exception_handlers={HTTPException: told, Exception: told},
    )


def _form(
    request: Request, text: str, relay: str, login: str = "", error: str = "", message: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    token = secrets.token_urlsafe(12)
    response = page(
        "identite", form_token=token, login=login, error=error, message=message, status=status,
        action=f"/{request.path_params['name']}/connexion", saml=text, relay=relay,
    )  # fmt: skip
    response.headers.append("Set-Cookie", _TOKEN.format(token))
    return response


def _wrong(error: WrongMessageError) -> Response:
    told = "Cette demande d’authentification n’est pas valable."
    return error_page(403, "Accès refusé", f"{told} ({error})")


def _loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        known = parts.scheme in ("http", "https")
        return known and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False
