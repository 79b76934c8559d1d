"""The {…} of an adapter's texts: what journeys and accounts bring, and the hosts of the target."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

WORDS = ("login", "name", "text")  # what {…} may stand for besides the target's hosts
_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")


def places(text: str) -> list[str]:
    """The names in {…} of a text."""
    return _PLACE.findall(text)


def filled(text: str, known: Mapping[str, str]) -> str:
    """A text with each {name} replaced, once, by what it stands for.

    Raises LookupError: nothing is known by a name; a journey did not bring it.
    """
    return _PLACE.sub(lambda found: _known(found[1], known), text)


def filled_address(text: str, known: Mapping[str, str], hosts: Mapping[str, str]) -> str:
    """An address likewise; what is no host's base URL is one part of a path or a query."""
    return filled(
        text, {name: quote(value, safe="") for name, value in known.items()} | dict(hosts)
    )


def _known(name: str, known: Mapping[str, str]) -> str:
    if name not in known:
        raise LookupError(f"the adapter's {{{name}}} stands for nothing in this step")
    return known[name]
