"""Signing in by SAML (families A and C): to the identity provider and back with its assertion."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rentree.sandbox.doors.enter import enter, own_path
from rentree.sandbox.forms import read_form
from rentree.sandbox.idp.keys import Keys
from rentree.sandbox.idp.messages import Request as Asked
from rentree.sandbox.idp.messages import (
    WrongMessageError,
    encode_request,
    read_response,
    service_metadata,
)
from rentree.sandbox.idp.provider import NATIONAL
from rentree.sandbox.pages import error_page, page
from rentree.sandbox.site import Site, address_of

_MOST = 100_000  # requests that wait for their answer


@dataclass(frozen=True)
class Federation:
    """What the portal trusts: where the identity providers are, and the key that they sign with."""

    base: str
    keys: Keys


def routes(site: Site, federation: Federation) -> list[Route]:
    """The choice of a provider, the way there, and the assertion consumer."""
    waiting: OrderedDict[str, str] = OrderedDict()  # id of a request → its provider's name

    def names() -> dict[str, str]:
        """Provider → what the page of choice calls it."""
        if site.preset.identity_providers == "national":
            return {NATIONAL: "ÉduConnect (simulé)"}
        return {t: f"Académie : {t}" for t in site.store.territories() if t}

    def own(request: Request) -> str:
        return f"{request.url.scheme}://{request.url.netloc}/saml"

    async def choose(request: Request) -> Response:
        callback = request.query_params.get("callback", "")
        return page("academies", providers=names(), callback=quote(callback))

    async def go(request: Request) -> Response:
        name = request.query_params.get("idp", NATIONAL)
        if name not in names():
            return error_page(404, "Fournisseur inconnu", "Ce fournisseur d’identité est inconnu.")
        asked = Asked(
            f"_{secrets.token_hex(16)}", f"{own(request)}/metadata", f"{own(request)}/acs"
        )
        waiting[asked.id] = name
        if len(waiting) > _MOST:
            waiting.popitem(last=False)
        sso = f"{federation.base}/{quote(name)}/SSO"
        relay = request.query_params.get("callback", "")
        query = {"SAMLRequest": encode_request(asked, sso), "RelayState": relay}
        return RedirectResponse(f"{sso}?{urlencode(query)}", 302)

    async def consume(request: Request) -> Response:
        fields = await read_form(request)
        try:
            proven, name = _proven(fields.get("SAMLResponse", ""), own(request))
        except WrongMessageError as error:
            site.telemetry.forgery(f"assertion: {error}", address_of(request))
            told = f"Cette preuve d’identité n’est pas valable ({error})."
            return error_page(403, "Accès refusé", told)
        person = await site.read(site.store.person, proven)
        if person is None or name not in (NATIONAL, person.territory):
            return error_page(403, "Accès refusé", "Ce compte n’est pas connu du portail.")
        relay = fields.get("RelayState", "")
        return enter(site, request, person, "federated", own_path(relay) if relay else "/accueil")

    def _proven(text: str, at: str) -> tuple[str, str]:
        """The login that an assertion proves, and its provider. Raises WrongMessageError."""
        wrong = WrongMessageError("nothing was asked")
        for name in names():  # the provider's name is in the issuer that must match
            try:
                told = read_response(
                    text, certificate=federation.keys.certificate,
                    issuer=f"{federation.base}/{name}/metadata", audience=f"{at}/metadata",
                    acs=f"{at}/acs",
                )  # fmt: skip
            except WrongMessageError as error:
                wrong = error
                continue
            if waiting.pop(told.in_response_to, None) != name:  # popped: a replay finds none
                raise WrongMessageError("nobody asked for it, or it was used before")
            return told.login, name
        raise wrong

    async def metadata(request: Request) -> Response:
        xml = service_metadata(f"{own(request)}/metadata", f"{own(request)}/acs")
        return Response(xml, media_type="application/samlmetadata+xml")

    return [
        Route("/saml/choix", choose),
        Route("/saml/connexion", go),
        Route("/saml/acs", consume, methods=["POST"]),
        Route("/saml/metadata", metadata),
    ]
