"""A minimal virtual class: a link, a waiting room, and the teacher who admits (F43).

Links are good for five minutes of the scenario, as those of virtual classes were.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rentree.quantity import SECOND
from rentree.sandbox.ent.inside import Inside
from rentree.sandbox.forms import read_form, same_token
from rentree.sandbox.moment import now_us
from rentree.sandbox.pages import error_page, page
from rentree.sandbox.sessions import Session
from rentree.sandbox.site import Site

LINK = 300 * SECOND  # µs of the scenario
_REFRESH = 3  # s of the scenario, between two looks of who waits


@dataclass
class _Room:
    open: bool = False
    waiting: dict[str, str] = field(default_factory=dict)  # login → name
    admitted: set[str] = field(default_factory=set)


def routes(site: Site) -> list[Route]:
    """The page of the class, the teacher's two buttons, and the link."""
    inside, key = Inside(site), secrets.token_bytes(16)
    rooms: dict[tuple[str, str], _Room] = {}

    def room_of(session: Session) -> _Room:
        return rooms.setdefault((session.person.school, session.person.class_name), _Room())

    def sign(login: str, until: str) -> str:
        text = f"{login}\0{until}".encode()
        return hashlib.blake2b(text, key=key, digest_size=12).hexdigest()

    async def classroom(_: Request, session: Session) -> Response:
        if not session.person.class_name:
            return error_page(403, "Accès refusé", "Ce compte n’a pas de classe.", session)
        room, life = room_of(session), round(LINK / site.clock)
        until = str(now_us() - 1 if site.broken("class-link-expired") else now_us() + life)
        link = f"{until}.{sign(session.person.login, until)}"
        return page("classe", session=session, room=room, link=link)

    async def change(request: Request, session: Session) -> Response:
        if not same_token((await read_form(request)).get("jeton", ""), session.form_token):
            raise HTTPException(403)
        if session.person.role != "teacher":
            told = "Seul l’enseignant ouvre la classe et y admet les élèves."
            return error_page(403, "Accès refusé", told, session)
        room = room_of(session)
        room.open = True
        if request.url.path.endswith("/admettre"):
            room.admitted |= set(room.waiting)
            room.waiting.clear()
        return RedirectResponse("/classe", 303)

    async def join(request: Request, session: Session) -> Response:
        person, room = session.person, room_of(session)
        until, _, signature = request.query_params.get("lien", "").partition(".")
        genuine = hmac.compare_digest(signature.encode(), sign(person.login, until).encode())
        if not genuine or not until.isdigit():
            return error_page(403, "Accès refusé", "Ce lien n’est pas le vôtre.", session)
        if person.login in room.admitted or person.role == "teacher":
            return page("classe-en-cours", session=session, people=sorted(room.admitted))
        if now_us() > int(until):
            told = "Ce lien n’est plus valable : reprenez-le sur la page de la classe."
            return error_page(410, "Lien expiré", told, session)
        room.waiting[person.login] = person.name
        reload = max(1, round(_REFRESH / site.clock))
        return page("salle-attente", session=session, refresh=reload, open=room.open)

    return [
        Route("/classe", inside(classroom)),
        Route("/classe/ouvrir", inside(change), methods=["POST"]),
        Route("/classe/admettre", inside(change), methods=["POST"]),
        Route("/classe/rejoindre", inside(join)),
    ]
