"""Messages, and what a teacher posts to the class while the run goes on."""

from __future__ import annotations

import time

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rentree.sandbox.ent.inside import Inside
from rentree.sandbox.ent.lessons import messages_for
from rentree.sandbox.forms import read_form, same_token
from rentree.sandbox.pages import error_page, page
from rentree.sandbox.sessions import Session
from rentree.sandbox.site import Site

LONGEST = 5_000  # characters of a post


def routes(site: Site) -> list[Route]:
    """The page, and the teacher's form on it."""
    inside = Inside(site)

    async def shown(session: Session, wrong: str = "") -> Response:
        person = session.person
        posts = await site.read(site.store.posts_of, person)
        return page(
            "messages", session=session, messages=messages_for(person), posts=posts,
            status=400 if wrong else 200, error="texte" if wrong else "", message=wrong,
        )  # fmt: skip

    async def messages(_: Request, session: Session) -> Response:
        return await shown(session)

    async def post(request: Request, session: Session) -> Response:
        fields = await read_form(request)
        if not same_token(fields.get("jeton", ""), session.form_token):
            raise HTTPException(403)
        if session.person.role != "teacher":
            told = "Seuls les enseignants publient un message."
            return error_page(403, "Accès refusé", told, session)
        text = fields.get("texte", "")
        if not text.strip() or len(text) > LONGEST:
            told = "Le message est vide." if not text.strip() else "Le message est trop long."
            return await shown(session, told)
        await site.write(site.store.post, session.person, text, time.time())
        return RedirectResponse("/messages", 303)

    return [
        Route("/messages", inside(messages)),
        Route("/messages", inside(post), methods=["POST"]),
    ]
