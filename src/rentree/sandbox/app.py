"""The application: all routes of the sandbox behind its front."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rentree.quantity import SECOND
from rentree.sandbox import doors, ent, leave
from rentree.sandbox.assets import asset_routes
from rentree.sandbox.front import STATE, Front
from rentree.sandbox.identity import PATH as IDENTITY
from rentree.sandbox.identity import answer, parse_nonce
from rentree.sandbox.moment import now_us
from rentree.sandbox.pages import error_page
from rentree.sandbox.provision import PATH as ACCOUNTS
from rentree.sandbox.provision import take
from rentree.sandbox.settings import PATH as SETTINGS
from rentree.sandbox.settings import take as take_settings
from rentree.sandbox.site import Site

if TYPE_CHECKING:
    from rentree.sandbox.doors.saml import Federation

_ERRORS = {
    400: ("Demande incorrecte", "La demande n’a pas pu être lue."),
    403: ("Accès refusé", "Cette page a expiré, ou n’est pas pour vous."),
    404: ("Page introuvable", "Cette adresse ne mène à aucune page du portail."),
    405: ("Demande impossible", "Cette adresse ne répond pas à ce type de demande."),
    408: ("Envoi incomplet", "Ce qui a été envoyé n’est pas arrivé en entier."),
    413: ("Envoi trop volumineux", "Ce qui a été envoyé est trop volumineux."),
    415: ("Envoi illisible", "Le portail ne lit que des formulaires."),
}


def make_app(site: Site, federation: Federation | None = None) -> Front:
    """The ASGI application of one site; `federation`: of a site whose people sign in by SAML."""
    pages = Starlette(
        routes=[
            *doors.routes(site, federation),
            *ent.routes(site),
            *asset_routes(),
            *_facts(site),
            *leave.routes(),
        ],
        exception_handlers={HTTPException: _told, Exception: _broken},
    )
    # Off: no second path of the same page, and no redirect beside the capacity's count.
    pages.router.redirect_slashes = False
    return Front(site, pages)


def _facts(site: Site) -> list[Route]:
    async def state(_: Request) -> Response:
        servers = site.servers
        return JSONResponse(
            {
                "preset": site.preset.sandbox,
                "scale": site.scale,
                "clock": site.clock,
                "time": str(datetime.timedelta(seconds=site.time_of_day() // SECOND)),
                "sessions": site.sessions.count(),
                "quota": site.sessions.limit,
                "in_queue": len(site.queue) if site.queue else 0,
                "waiting": servers.waiting(),
                "serving": servers.serving(),
                "capacity": {"servers": servers.size, "queue": servers.places},
                "steps": site.telemetry.steps_in_all,
                "late_steps": site.telemetry.late_in_all,
                "refused": site.refused,
                "turned_back": site.turned_back,
                "overloaded": site.overloaded,
                "limited": site.limits.limited if site.limits else 0,
                "forged": site.telemetry.forged,
                "defects": sorted(site.defects),
                "settings": site.data,
                "uptime": (now_us() - site.started) / 1e6,
            }
        )

    async def identity(request: Request) -> Response:
        nonce = parse_nonce(request.query_params.get("nonce", ""))
        if nonce is None:
            return JSONResponse({"error": "nonce: 1 to 64 bytes, hexadecimal"}, 400)
        return JSONResponse({"rentree-sandbox": 1, "hmac": answer(nonce)})

    async def accounts(request: Request) -> Response:
        return await take(site, request)

    async def settings(request: Request) -> Response:
        return await take_settings(site, request)

    return [
        Route(STATE, state),
        Route(IDENTITY, identity),
        Route(ACCOUNTS, accounts, methods=["POST"]),
        Route(SETTINGS, settings, methods=["POST"]),
    ]


async def _told(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    heading, message = _ERRORS.get(status, ("Erreur", "La demande n’a pas abouti."))
    return error_page(status, heading, message)


async def _broken(_: Request, error: Exception) -> Response:  # Starlette's signature
    return error_page(500, "Erreur du portail", "Le portail n’a pas pu répondre à cette demande.")
