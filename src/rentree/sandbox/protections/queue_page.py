"""The page of the queue: position, estimate, and it asks again by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from rentree.quantity import SECOND
from rentree.sandbox.pages import clock_time, page

if TYPE_CHECKING:
    from rentree.sandbox.site import Site

# Not people who want to come in; and whoever comes back from their identity provider passed before.
_OPEN = ("/statique/", "/cas/serviceValidate", "/cas/p3/", "/saml/")
_TICKET = "file={}; HttpOnly; Path=/; SameSite=Lax"


def queue_page(site: Site, request: Request) -> Response | None:
    """The page for who must wait; None: somebody who is in, or whose number was called."""
    queue, said = site.queue, site.preset.queue
    assert queue is not None  # noqa: S101  # asked only then
    assert said is not None  # noqa: S101
    from rentree.sandbox.site import address_of  # noqa: PLC0415  # it imports the queue

    if request.url.path.startswith(_OPEN) or site.session(request) is not None:
        return None
    ticket = request.cookies.get("file", "")
    fresh = not queue.genuine(ticket) or queue.spent(ticket)
    if fresh:
        if ticket:
            site.telemetry.forgery("ticket of the queue", address_of(request))
        ticket = queue.ticket()
    told = queue.ask(ticket)
    if told.let_in and not fresh:
        return None
    if told.let_in and request.method == "GET":  # nobody waits: through, with the ticket
        again = RedirectResponse(str(request.url.replace(scheme="", netloc="")), 302)
        again.headers.append("Set-Cookie", _TICKET.format(ticket))
        return again
    wait = 0 if told.wait is None else told.wait * site.clock
    seconds = max(1, round(said.refresh / site.clock / SECOND))
    response = page(
        "file-attente", refresh=1 if told.let_in else seconds, full=told.full,
        position=told.position or ("1" if told.let_in else ""),
        wait="" if told.wait is None else round(wait / SECOND), words=_words(wait),
        opens=clock_time(said.opens) if said.opens is not None else "",
    )  # fmt: skip
    if fresh:
        response.headers.append("Set-Cookie", _TICKET.format(ticket))
    return response


def _words(us: float) -> str:
    """An estimate as people say it."""
    minutes = round(us / 60 / SECOND)
    if minutes < 1:
        return "moins d’une minute"
    return f"environ {minutes}\u00a0minute{'s' if minutes > 1 else ''}"
