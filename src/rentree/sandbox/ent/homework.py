"""Homework: handed in as text or as a file, its receipt, and read back by pupil and teacher."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rentree.sandbox.accounts import Person
from rentree.sandbox.ent.inside import Inside, unlucky
from rentree.sandbox.ent.lessons import assigned_to
from rentree.sandbox.forms import Upload, read_form, read_upload, same_token
from rentree.sandbox.pages import error_page, page
from rentree.sandbox.sessions import Session
from rentree.sandbox.site import Site
from rentree.sandbox.store import Homework

LONGEST_TEXT = 50_000  # characters
_LONG = 1_000  # characters: homework-truncated keeps no more
_LOST_AFTER = 2.0  # s of the scenario for which lost homework is still there


def routes(site: Site) -> list[Route]:
    """The list with its forms, the receipt, the file."""
    inside = Inside(site)

    async def homework(_: Request, session: Session) -> Response:
        return await _homework_page(site, session)

    async def hand_in(request: Request, session: Session) -> Response:
        upload: Upload | None = None
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            fields, upload = await read_upload(request)
        else:
            fields = await read_form(request)
        if not same_token(fields.get("jeton", ""), session.form_token):
            raise HTTPException(403)
        if session.person.role != "pupil":
            return error_page(403, "Accès refusé", "Seuls les élèves rendent un devoir.", session)
        text = fields.get("texte", "")
        if upload is None and (not text.strip() or len(text) > LONGEST_TEXT):
            told = "Le devoir est vide." if not text.strip() else "Le devoir est trop long."
            return await _homework_page(site, session, told)
        if upload is not None and not upload.data:
            return await _homework_page(site, session, "Le fichier est vide.")
        number = await _keep(site, session.person, text, upload)
        return RedirectResponse(f"/devoirs/{number}", 303)

    async def receipt(request: Request, session: Session) -> Response:
        work = await site.read(site.store.homework, request.path_params["number"])
        if work is None or not _may_read(session.person, work):
            # The same answer for both: nobody learns which numbers exist.
            told = "Ce devoir n’est pas le vôtre."
            return error_page(403, "Accès refusé", told, session)
        return page("recu", session=session, work=work)

    async def file(request: Request, session: Session) -> Response:
        work = await site.read(site.store.homework, request.path_params["number"])
        if work is None or not work.file or not _may_read(session.person, work):
            told = "Ce fichier n’est pas le vôtre."
            return error_page(403, "Accès refusé", told, session)
        data = await site.read(site.store.file, work.id)
        headers = {
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(work.file, safe='')}",
        }
        return Response(data, 200, headers, "application/octet-stream")

    return [
        Route("/devoirs", inside(homework)),
        Route("/devoirs", inside(hand_in), methods=["POST"]),
        Route("/devoirs/{number:int}", inside(receipt)),
        Route("/devoirs/{number:int}/fichier", inside(file)),
    ]


async def _keep(site: Site, pupil: Person, text: str, upload: Upload | None) -> int:
    """Store homework and say its number; with defects, not quite as it was handed in."""
    hit = unlucky(pupil.login) if site.defects else False
    if site.broken("homework-truncated"):
        text = text[:_LONG]
    whose = pupil
    if hit and site.broken("homework-misattributed"):
        other: Person | None = await site.read(site.store.classmate_of, pupil)
        whose = pupil if other is None else other
    number = await site.write(site.store.hand_in, whose, text, time.time(), upload)
    if hit and site.broken("homework-twice"):
        await site.write(site.store.hand_in, whose, text, time.time(), upload)
    if hit and site.broken("homework-lost"):
        later = _LOST_AFTER / site.clock
        asyncio.get_running_loop().call_later(later, site.store.forget, number)
    return number


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
