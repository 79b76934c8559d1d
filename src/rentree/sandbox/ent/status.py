"""The status page: how the platform is, for people; it moves by itself. Programs ask /etat."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rentree.quantity import SECOND
from rentree.sandbox.pages import clock_time, page
from rentree.sandbox.site import Site

PATH = "/statut"
_REFRESH = 2  # s


def _number(value: float) -> str:
    """A number as French pages write it."""
    text = f"{value:,.1f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"
    return text.replace(",", "\u202f").replace(".", ",")


def rows(site: Site) -> list[tuple[str, str]]:
    """What is told, in the page's words."""
    limit, servers = site.sessions.limit, site.servers
    seconds = site.time_of_day() // SECOND
    nodes, gate = site.preset.nodes, site.preset.gate
    queue = _number(len(site.queue)) if site.queue else "pas de file"
    limited = _number(site.limits.limited) if site.limits else "pas de limite"
    return [
        ("Heure du scénario", f"{clock_time(site.time_of_day())} et {seconds % 60}\u00a0s"),
        ("Sessions ouvertes", _number(site.sessions.count())),
        ("Quota de sessions", "aucun" if limit is None else _number(limit)),
        ("Personnes dans la file d’attente", queue),
        ("Demandes en attente d’un serveur", _number(servers.waiting())),
        ("Serveurs", _number(servers.size)),
        ("Nœuds en service", f"{max(0, nodes.count - nodes.down)} sur {nodes.count}"),
        ("Refus du quota", _number(site.refused)),
        ("Refus du portillon horaire", _number(site.turned_back)),
        ("Réponses « surcharge »", _number(site.overloaded)),
        ("Demandes limitées par adresse", limited),
        ("Accès réservé", f"jusqu’à {clock_time(gate.until)}" if gate else "non"),
        ("Défauts posés exprès", ", ".join(sorted(site.defects)) or "aucun"),
    ]  # fmt: skip


def routes(site: Site) -> list[Route]:
    """One page, for everybody."""

    async def status(_: Request) -> Response:
        return page("statut", refresh=_REFRESH, rows=rows(site), preset=site.preset.title["fr"])

    return [Route(PATH, status)]
