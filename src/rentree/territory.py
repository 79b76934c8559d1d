"""A territory: whose people come, how many there are in all, and where the figure is from."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from rentree.errors import UsageError
from rentree.quantity import Count
from rentree.workspace import find
from rentree.yamltext import load


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Population(_Value):
    """How many pupils, in which year, by which source, and how sure that is."""

    count: Count
    year: Count
    source: str
    confidence: Literal["high", "medium", "low"]


class Territory(_Value):
    """`profiles/territories/NAME.yaml`."""

    territory: str
    name: dict[str, str]  # language → name
    pupils: Population
    source: str
    on_6_april_2021: str | None = None  # what the record says of that morning


def load_territory(name: str) -> Territory:
    """Read one territory. Raises UsageError (no such name) or InvalidFileError."""
    path = find("territories", name)
    territory = load(Territory, path)
    if territory.territory != path.stem:
        raise UsageError(
            f"{path}:1: says territory: {territory.territory}; name and file must agree"
        )
    return territory
