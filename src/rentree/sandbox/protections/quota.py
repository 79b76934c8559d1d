"""The quota of sessions (F40): above it the next person gets the refusal page, with status 200.

Asked when the form is shown and again when it is sent, as entcore's platforms did not: there a
posted form went past it. Federated ways in are asked when they come back from their identity
provider, with the same limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rentree.sandbox.site import Site

Way = Literal["local", "federated"]


def has_room(site: Site, way: Way = "local", *, deep_link: bool = False) -> bool:
    """Whether one more session may be opened, by the form or from an identity provider."""
    limit = site.sessions.limit
    if way == "federated" and site.broken("quota-differs"):
        limit = site.limit_at_start  # SamlController read it once (domain.md 2.4)
    if not site.sessions.full(limit):
        return True
    if deep_link and site.broken("quota-bypassed"):
        return True
    if site.broken("quota-puts-out"):
        site.sessions.close_oldest()
        return True
    return False
