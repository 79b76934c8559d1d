"""What a person finds inside: one part of the portal a file."""

from __future__ import annotations

from starlette.routing import Route

from rentree.sandbox.ent import classroom, home, homework, messages, service, status
from rentree.sandbox.site import Site


def routes(site: Site) -> list[Route]:
    """All routes of the portal's inside, and of its status page."""
    parts = (home, messages, homework, service, classroom, status)
    return [route for part in parts for route in part.routes(site)]
