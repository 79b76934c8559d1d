"""The pages, in French. `data-page` on <body> says which page it is; these marks are a contract:

connexion (data-erreur: identifiants | jeton) · inscription (data-erreur: saisie | inconnu | pris |
jeton) · inscrit · refus · horaire · file-attente (data-position, data-attente in s, data-recharge
in s) · academies · identite · reprise · accueil · messages ·
devoirs · recu · service · classe · salle-attente (data-recharge) · classe-en-cours · statut ·
au-revoir · erreur · surcharge · limite.
Every page made for a person who is signed in bears
<meta name="identite" content="LOGIN">. A receipt has #numero, #empreinte (SHA-256), #texte.
"""

from __future__ import annotations

import datetime
import functools
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from rentree.sandbox.amounts import ASSETS, MOST_ASSETS
from rentree.sandbox.sessions import Session

_HERE = Path(__file__).parent
_ZONE = ZoneInfo("Europe/Paris")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_THUMBNAIL = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16">'
    '<circle cx="8" cy="8" r="7" fill="hsl({hue}, 60%, 45%)"/></svg>\n'
)
_PRIVATE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
_OVERLOAD = (
    '<!DOCTYPE html>\n<html lang="fr"><head><meta charset="utf-8"><title>Service surchargé</title>'
    '</head><body data-page="surcharge"><h1>Service momentanément surchargé</h1>'
    "<p>Trop de demandes arrivent en même temps. Merci de réessayer plus tard.</p></body></html>\n"
).encode()
_TOO_MANY = (
    '<!DOCTYPE html>\n<html lang="fr"><head><meta charset="utf-8"><title>Trop de demandes</title>'
    '</head><body data-page="limite"><h1>Trop de demandes depuis cette adresse</h1>'
    "<p>Merci de patienter un instant avant de réessayer.</p></body></html>\n"
).encode()


def _moment(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, _ZONE)
    return f"{moment:%d/%m/%Y à %H}\u00a0h\u00a0{moment:%M}"


def _iso(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, _ZONE).isoformat(timespec="milliseconds")


_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=False,
)
_TEMPLATES.filters.update(moment=_moment, iso=_iso)


def page(
    name: str,
    *,
    session: Session | None = None,
    form_token: str = "",
    status: int = 200,
    error: str = "",
    message: str = "",
    sends_to: str = "",
    **values: object,
) -> HTMLResponse:
    """One page; with a session it bears the person's identity and the session's form token.

    `sends_to`: an origin beside our own that its form may lead to, `http://127.0.0.1:8021`.
    """
    html = _TEMPLATES.get_template(f"{name}.html").render(
        page=name,
        person=session.person if session else None,
        form_token=session.form_token if session else form_token,
        error=error,
        message=message,
        **values,
    )
    response = HTMLResponse(html, status, _PRIVATE)
    if sends_to:
        policy = _PRIVATE["Content-Security-Policy"]
        response.headers["Content-Security-Policy"] = policy.replace(
            "form-action 'self'", f"form-action 'self' {sends_to}"
        )
    return response


def error_page(
    status: int, heading: str, message: str, session: Session | None = None
) -> HTMLResponse:
    """A page that says in words what went wrong."""
    return page("erreur", session=session, status=status, heading=heading, message=message)


def clock_time(us: int) -> str:
    """A time of day, µs since midnight, as French pages write it."""
    minutes = us // 60_000_000
    return f"{minutes // 60}\u00a0h" + (f"\u00a0{minutes % 60:02}" if minutes % 60 else "")


@functools.lru_cache
def overload_page(retry_after: int | None) -> Response:
    """The answer to who finds the queue full: fixed bytes; `retry_after` in µs."""
    headers = {"Cache-Control": "no-store"}
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, retry_after // 1_000_000))
    return Response(_OVERLOAD, 503, headers, "text/html; charset=utf-8")


@functools.lru_cache
def too_many_page(retry_after: int | None) -> Response:
    """The answer to an address that asks too often: fixed bytes; `retry_after` in s."""
    headers = {"Cache-Control": "no-store"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Response(_TOO_MANY, 429, headers, "text/html; charset=utf-8")


def assets() -> dict[str, tuple[bytes, str]]:
    """Name → bytes and media type of everything under /statique/."""
    files = sorted((_HERE / "static").iterdir())
    known = {f.name: (f.read_bytes(), _TYPES[f.suffix]) for f in files if f.suffix in _TYPES}
    for i in range(1, MOST_ASSETS - ASSETS + 1):
        known[f"vignette-{i}.svg"] = (_THUMBNAIL.format(hue=i * 7 % 360).encode(), _TYPES[".svg"])
    return known
