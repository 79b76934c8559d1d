"""What a person finds inside: home, notifications, messages, homework and its receipt."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from rentree.sandbox.accounts import Person
from rentree.sandbox.forms import read_form, same_token
from rentree.sandbox.lessons import ROLE_WORDS, assigned_to, messages_for
from rentree.sandbox.pages import error_page, page
from rentree.sandbox.sessions import Session
from rentree.sandbox.site import Site
from rentree.sandbox.store import Homework

LONGEST_TEXT = 50_000  # characters

Personal = Callable[[Request, Session], Awaitable[Response]]


def routes(site: Site) -> list[Route]:
    """The routes for people who are signed in; anybody else is sent to the door."""

    def personal(handler: Personal) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            session = site.session(request)
            if session is None:
                return RedirectResponse("/connexion", 302)
            return await handler(request, session)

        return guarded

    async def home(_: Request, session: Session) -> Response:
        person = session.person
        role = ROLE_WORDS[person.role]
        return page("accueil", session=session, role=role, assigned=assigned_to(person))

    async def notifications(request: Request) -> Response:
        headers = {"Cache-Control": "no-store"}
        session = site.session(request)
        if session is None:  # a program asks: it is told, not sent to a form
            return JSONResponse({"erreur": "session"}, 401, headers)
        subjects = [message.subject for message in messages_for(session.person)]
        facts = {"identite": session.person.login, "messages": subjects}
        return JSONResponse({**facts, "devoirs": assigned_to(session.person)}, headers=headers)

    async def messages(_: Request, session: Session) -> Response:
        return page("messages", session=session, messages=messages_for(session.person))

    async def homework(_: Request, session: Session) -> Response:
        return await _homework_page(site, session)

    async def hand_in(request: Request, session: Session) -> Response:
        fields = await read_form(request)
        if not same_token(fields.get("jeton", ""), session.form_token):
            raise HTTPException(403)
        if session.person.role != "pupil":
            return error_page(403, "Accès refusé", "Seuls les élèves rendent un devoir.", session)
        text = fields.get("texte", "")
        if not text.strip() or len(text) > LONGEST_TEXT:
            told = "Le devoir est vide." if not text.strip() else "Le devoir est trop long."
            return await _homework_page(site, session, told)
        number = await site.write(site.store.hand_in, session.person, text, time.time())
        return RedirectResponse(f"/devoirs/{number}", 303)

    async def receipt(request: Request, session: Session) -> Response:
        work = await site.read(site.store.homework, request.path_params["number"])
        if work is None or not _may_read(session.person, work):
            # The same answer for both: nobody learns which numbers exist.
            told = "Ce devoir n’est pas le vôtre."
            return error_page(403, "Accès refusé", told, session)
        return page("recu", session=session, work=work)

    return [
        Route("/accueil", personal(home)),
        Route("/api/notifications", notifications),
        Route("/messages", personal(messages)),
        Route("/devoirs", personal(homework)),
        Route("/devoirs", personal(hand_in), methods=["POST"]),
        Route("/devoirs/{number:int}", personal(receipt)),
    ]


def _may_read(person: Person, work: Homework) -> bool:
    same_class = (person.school, person.class_name) == (work.school, work.class_name)
    return person.login == work.login or (person.role == "teacher" and same_class)


async def _homework_page(site: Site, session: Session, wrong: str = "") -> Response:
    person = session.person
    handed_in: list[Homework] = []
    if person.role == "pupil":
        handed_in = await site.read(site.store.homework_of, person)
    elif person.role == "teacher":
        handed_in = await site.read(site.store.homework_of_class, person)
    return page(
        "devoirs",
        session=session,
        status=400 if wrong else 200,
        error="texte" if wrong else "",
        message=wrong,
        assigned=assigned_to(person),
        handed_in=handed_in,
    )
