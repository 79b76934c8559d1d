"""Whose journey people walk: that of their persona, or the one that their territory gives it. Pure.

A table of journeys has an entry a persona ("pupil"), and one for each territory's own
("bretagne/pupil"), which comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

Of = TypeVar("Of")


def entry(territory: str, persona: str) -> str:
    """The entry of a persona of one territory."""
    return f"{territory}/{persona}"


def key_of(table: Mapping[str, Of], territory: str, persona: str) -> str:
    """The key of these people in the table: their territory's entry, or else their persona's."""
    key = entry(territory, persona)
    return key if key in table else persona


def walked(table: Mapping[str, Of], territory: str, persona: str) -> Of:
    """What the table has of these people.

    Raises:
        KeyError: the table has nothing of them.
    """
    return table[key_of(table, territory, persona)]


def persona_of(key: str) -> str:
    """The persona of an entry."""
    return key.rpartition("/")[2]


def roles_of(journeys: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Persona → what a platform takes it for where it walks its own journey (`inspect`'s facts)."""
    return {name: facts["role"] or name for name, facts in journeys.items()}
