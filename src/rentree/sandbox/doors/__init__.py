"""The ways in: one family of sign-in a file (`domain.md` 2.2)."""

from __future__ import annotations

from starlette.routing import Route

from rentree.sandbox.doors import cas, local
from rentree.sandbox.site import Site


def routes(site: Site) -> list[Route]:
    """The routes of every way in that the preset has; the CAS server is always there."""
    return [*local.routes(site), *cas.routes(site)]
