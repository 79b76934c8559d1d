"""The ways in: one family of sign-in a file (`domain.md` 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from rentree.sandbox.doors import cas, local, new_account
from rentree.sandbox.site import Site

if TYPE_CHECKING:
    from rentree.sandbox.doors.saml import Federation


def routes(site: Site, federation: Federation | None) -> list[Route]:
    """The routes of every way in that the preset has; the CAS server and the form for new
    accounts are always there."""
    found = [*local.routes(site), *cas.routes(site), *new_account.routes(site)]
    if federation is not None:
        from rentree.sandbox.doors import saml  # noqa: PLC0415  # it imports lxml and signxml

        found += saml.routes(site, federation)
    return found
