"""A CAS 3.0 server (family A), and the portal as its client when the preset says `sign_in: cas`.

With the portal's own form its session is the one for all services, as in entcore: who has none is
sent to the form with a callback. With `cas`, the server has a form and a session of its own.
Protocol: https://apereo.github.io/cas/development/protocol/CAS-Protocol-Specification.html
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import secrets
import urllib.request
from urllib.parse import urlencode, urlsplit, urlunsplit
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rentree.sandbox.accounts import Person
from rentree.sandbox.doors.enter import enter
from rentree.sandbox.forms import read_form, same_token
from rentree.sandbox.pages import error_page, page
from rentree.sandbox.sessions import Session
from rentree.sandbox.site import Site, address_of

_TGC = "tgc={}; HttpOnly; Path=/cas; SameSite=Lax"
_TOKEN = "jeton={}; HttpOnly; Path=/cas; SameSite=Lax"  # noqa: S105  # a cookie's form
_LONGEST = 2_000  # characters of a service's address
_XML = "http://www.yale.edu/tp/cas"


def routes(site: Site) -> list[Route]:
    """Log in, validate, log out; and the portal's way back from its CAS server."""

    def sso(request: Request) -> Session | None:
        """The session for all services: the portal's, or the CAS server's own."""
        if site.preset.sign_in != "cas":
            return site.session(request)
        return site.sso.find(request.cookies.get("tgc", ""))

    async def login(request: Request) -> Response:
        service = request.query_params.get("service", "")
        if service and not _loopback(service):
            return error_page(403, "Service inconnu", "Ce service n’est pas connu du portail.")
        session = sso(request)
        if session is not None and "renew" not in request.query_params:
            return _granted(site, service, session)
        if "gateway" in request.query_params and service:
            return RedirectResponse(service, 302)
        if site.preset.sign_in == "cas":
            return _form(service)
        back = f"/cas/login?{urlencode({'service': service})}" if service else "/accueil"
        return RedirectResponse(f"/connexion?{urlencode({'callback': back})}", 302)

    async def check(request: Request) -> Response:
        fields = await read_form(request)
        login, service = fields.get("identifiant", ""), fields.get("callback", "")
        if site.preset.sign_in != "cas" or (service and not _loopback(service)):
            return error_page(403, "Service inconnu", "Ce service n’est pas connu du portail.")
        if not same_token(fields.get("jeton", ""), request.cookies.get("jeton", "")):
            told = "Cette page a expiré. Merci de vous connecter de nouveau."
            return _form(service, login, "jeton", told, 403)
        person = await site.read(site.store.sign_in, login, fields.get("mot_de_passe", ""))
        if person is None:
            told = "Identifiant ou mot de passe incorrect."
            return _form(service, login, "identifiants", told)
        session = site.sso.open(person, address_of(request))
        response = _granted(site, service, session)
        response.headers.append("Set-Cookie", _TGC.format(session.token))
        return response

    async def validate(request: Request) -> Response:
        ticket, service = (request.query_params.get(key, "") for key in ("ticket", "service"))
        if not ticket or not service:
            return _failure("INVALID_REQUEST", "ticket and service are required")
        person, code = site.tickets.validate(ticket, service)
        if person is None:
            site.telemetry.forgery(f"CAS ticket: {code}", address_of(request))
            return _failure(code, f"Ticket {ticket[:40]} not recognized")
        return _success(person, attributes="/p3/" in request.url.path)

    async def back(request: Request) -> Response:
        service = f"{request.url.scheme}://{request.url.netloc}/connexion/retour"
        person, _ = site.tickets.validate(request.query_params.get("ticket", ""), service)
        if person is None:
            site.telemetry.forgery("CAS ticket of the portal", address_of(request))
            return error_page(403, "Accès refusé", "Ce ticket n’est pas, ou plus, valable.")
        return enter(site, request, person, "federated")

    async def logout(request: Request) -> Response:
        session = sso(request)
        if session is not None:
            await site.leave(session)
            site.sso.close(session.token)
            for ticket, service in site.tickets.of(session.token):
                await asyncio.get_running_loop().run_in_executor(None, _tell, service, ticket)
        response: Response = page("au-revoir")
        response.headers.append("Set-Cookie", _TGC.format("") + "; Max-Age=0")
        return response

    return [
        Route("/cas/login", login),
        Route("/cas/login", check, methods=["POST"]),
        Route("/cas/serviceValidate", validate),
        Route("/cas/p3/serviceValidate", validate),
        Route("/cas/logout", logout),
        Route("/connexion/retour", back),
    ]


def _granted(site: Site, service: str, session: Session) -> Response:
    if not service:
        return RedirectResponse("/accueil", 302)
    parts = urlsplit(service)
    ticket = urlencode({"ticket": site.tickets.issue(service, session)})
    query = f"{parts.query}&{ticket}" if parts.query else ticket
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 302)


def _loopback(service: str) -> bool:
    """Whether a service is one of this machine: nobody is sent anywhere else."""
    try:
        parts = urlsplit(service)
        host = parts.hostname or ""
        known = parts.scheme in ("http", "https") and len(service) <= _LONGEST
        return known and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def _origin(service: str) -> str:
    """Scheme and host of a service on this machine, for the page's policy; empty: none."""
    parts = urlsplit(service)
    return f"{parts.scheme}://{parts.netloc}" if re.fullmatch(r"[\w.:\[\]-]+", parts.netloc) else ""


def _tell(service: str, ticket: str) -> None:
    """Single sign-out (protocol 2.3.3): the service hears that this ticket's session is over."""
    body = urlencode({"logoutRequest": _LOGOUT.format(id=secrets.token_hex(8), ticket=ticket)})
    request = urllib.request.Request(service, body.encode(), method="POST")  # noqa: S310  # loopback
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=2)
    except OSError:
        return  # a service that does not listen any more has no session either


_LOGOUT = (
    '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="LR-{id}"'
    ' Version="2.0"><samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>'
)


def _failure(code: str, why: str) -> Response:
    inner = f'<cas:authenticationFailure code="{code}">{escape(why)}</cas:authenticationFailure>'
    return _response(inner)


def _success(person: Person, *, attributes: bool) -> Response:
    inner = f"<cas:user>{escape(person.login)}</cas:user>"
    if attributes:
        facts = {
            "name": person.name, "role": person.role, "school": person.school,
            "class": person.class_name,
        }  # fmt: skip
        told = "".join(f"<cas:{key}>{escape(value)}</cas:{key}>" for key, value in facts.items())
        inner += f"<cas:attributes>{told}</cas:attributes>"
    return _response(f"<cas:authenticationSuccess>{inner}</cas:authenticationSuccess>")


def _response(inner: str) -> Response:
    xml = f'<cas:serviceResponse xmlns:cas="{_XML}">{inner}</cas:serviceResponse>'
    return Response(xml, 200, {"Cache-Control": "no-store"}, "application/xml")


def _form(
    service: str, login: str = "", error: str = "", message: str = "", status: int = 200
) -> Response:
    token = secrets.token_urlsafe(12)
    response = page(
        "connexion", form_token=token, login=login, error=error, message=message, status=status,
        callback=service, action="/cas/login", sends_to=_origin(service),
    )  # fmt: skip
    response.headers.append("Set-Cookie", _TOKEN.format(token))
    return response
