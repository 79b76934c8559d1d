"""A preset of the sandbox: `profiles/sandboxes/NAME.yaml`, how big it is and what protects it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from rentree.errors import InvalidFileError, Problem
from rentree.quantity import Count, Duration, Rate, parse_duration, parse_number
from rentree.workspace import find
from rentree.yamltext import load


def _servers(value: object) -> float:
    number = float(value) if isinstance(value, (int, float)) else parse_number(str(value))
    if number <= 0:
        raise ValueError("a platform has more than 0 servers")
    return number


def _some(burst: int) -> int:
    if burst < 1:
        raise ValueError("a burst of 0 turns everybody away")
    return burst


def _or_none(parse: Callable[[object], int]) -> Callable[[object], int | None]:
    return lambda value: None if value in (None, "none") else parse(value)


def _unless_none(value: Any) -> Any:
    return None if value == "none" else value


DurationOrNone = Annotated[int | None, BeforeValidator(_or_none(parse_duration))]


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Size(_Value):
    """How many servers there are, and how many requests may wait for one; beyond that: 503."""

    servers: Annotated[float, BeforeValidator(_servers)]
    queue: Count


class Service(_Value):
    """How long one server is busy with one request, µs. Never scaled, never compressed."""

    sign_in: Duration = Field(alias="sign-in")
    page: Duration
    asset: Duration
    write: Duration


class Quota(_Value):
    """How many sessions may be open; the next person gets the refusal page."""

    sessions: Count


class Limit(_Value):
    """How many requests may come from one address, in the long run and at once; beyond: 429."""

    rate: Rate
    burst: Annotated[Count, AfterValidator(_some)]


class SessionLife(_Value):
    """When a session ends by itself, µs."""

    idle: Duration
    at_most: DurationOrNone


class Overload(_Value):
    """What the 503 page tells; `retry_after`, µs, becomes its header."""

    retry_after: DurationOrNone


class Preset(_Value):
    """The whole file."""

    sandbox: str
    title: dict[str, str]  # language → text
    replaces: Literal["starter"] | None = None
    capacity: Size
    service: Service
    quota: Annotated[Quota | None, BeforeValidator(_unless_none)]
    rate_limit: Annotated[Limit | None, BeforeValidator(_unless_none)] = None
    session: SessionLife
    overload: Overload


def load_preset(preset: str | Path) -> tuple[Preset, Path]:
    """Read a preset by its name or by the path of its file, and say where it stands.

    Raises:
        UsageError: no such preset (names the nearest), or InvalidFileError: mistakes in it.
    """
    path = (preset if isinstance(preset, Path) else find("sandboxes", preset)).resolve()
    value = load(Preset, path)
    if value.sandbox != path.stem:
        text = f"says sandbox: {value.sandbox}; name and file must agree"
        raise InvalidFileError([Problem(str(path), 1, text)])
    return value, path
