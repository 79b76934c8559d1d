"""A preset of the sandbox: `profiles/sandboxes/NAME.yaml`, how big it is and what protects it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from rentree.errors import InvalidFileError, Problem
from rentree.quantity import (
    SECOND,
    Count,
    Duration,
    Rate,
    TimeOfDay,
    parse_duration,
    parse_factor,
    parse_number,
    parse_time,
)
from rentree.sandbox.amounts import ASSETS, MOST_ASSETS
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


def _of_home(count: int) -> int:
    if not ASSETS <= count <= MOST_ASSETS:
        raise ValueError(f"the home page has {ASSETS} to {MOST_ASSETS} assets")
    return count


def _people(value: object) -> float:
    if isinstance(value, (int, float)):
        return float(value)
    found = re.fullmatch(r"(.*?)\s*people/(s|min)", str(value))
    if not found or (number := parse_number(found[1])) <= 0:
        raise ValueError(f"“{value}” is not a rate of people: write it as in 20 people/s")
    return number / (60 if found[2] == "min" else 1)


def _address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text))


def _place(text: str) -> str:
    return _network(text) if "/" in text else _address(text)


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
    # As many more servers as the clock is fast: a morning in a sixtieth of its time asks for sixty
    # times as much a second, and a platform sized for the real one would fail for nothing.
    follows: Literal["clock"] | None = None


class Service(_Value):
    """How long one server is busy with one request, µs. Never scaled, never compressed."""

    sign_in: Duration = Field(alias="sign-in")
    page: Duration
    asset: Duration
    write: Duration
    create_account: Duration = Field(default=60_000, alias="create-account")  # convention


class Quota(_Value):
    """How many sessions may be open; the next person gets the refusal page."""

    sessions: Count


class Bucket(_Value):
    """How many requests, in the long run and at once."""

    rate: Rate
    burst: Annotated[Count, AfterValidator(_some)]


class Schools(Bucket):
    """More for addresses that the operator knows to be schools (F17, F48)."""

    networks: list[Annotated[str, AfterValidator(_network)]]


class Limit(Bucket):
    """How many requests may come from one address; beyond: 429."""

    session: Annotated[Bucket | None, BeforeValidator(_unless_none)] = None  # and from one session
    schools: Annotated[Schools | None, BeforeValidator(_unless_none)] = None


class Gate(_Value):
    """Who may not sign in before a time of the scenario's day (F42)."""

    keeps_out: list[Literal["pupil", "teacher", "parent", "staff"]]
    until: TimeOfDay


class Queue(_Value):
    """The queue before the door (F41): numbers are called at a rate, signed, good for one use."""

    admits: Annotated[float, BeforeValidator(_people)]  # people a second
    refresh: Duration = 5 * SECOND  # of its page
    passage: Duration = 300 * SECOND  # for which a number that was called is good
    opens: Annotated[int | None, BeforeValidator(_or_none(parse_time))] = None


class Shedding(_Value):
    """Load is shed: whoever is not in yet is turned away when the wait is longer than this."""

    wait_above: Duration


class Nodes(_Value):
    """The servers stand in so many nodes; those that are down take their sessions with them."""

    count: Annotated[Count, AfterValidator(_some)] = 1
    down: Count = 0


class Cache(_Value):
    """A cache that must warm: a page costs `cold` times as much at first, and less until warm."""

    cold: Annotated[float, BeforeValidator(parse_factor)]
    warms_after: Annotated[Count, AfterValidator(_some)]  # requests of that page


class Pool(_Value):
    """The database's connections: who gets none within `wait` gets an error."""

    connections: Annotated[Count, AfterValidator(_some)]
    hold: Duration  # for which a page holds one
    wait: Duration


class Home(_Value):
    """How much the home page asks for: assets (style, script and pictures) and JSON calls."""

    assets: Annotated[Count, AfterValidator(_of_home)] = ASSETS
    calls: Annotated[Count, AfterValidator(_some)] = 1


class SessionLife(_Value):
    """When a session ends by itself, µs."""

    idle: Duration
    at_most: DurationOrNone


class Overload(_Value):
    """What the 503 page tells; `retry_after`, µs, becomes its header."""

    retry_after: DurationOrNone
    # Whether the work of people who have left is dropped, or done for nobody.
    abandoned: Literal["dropped", "served"] = "dropped"


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
    routes: dict[str, Duration] = Field(default_factory=dict)  # path → service time, µs
    sign_in: Literal["local", "cas", "saml"] = "local"  # the way in (domain.md 2.2)
    # Of `saml`: one for all territories, or one for each, chosen on a page (WAYF).
    identity_providers: Literal["national", "academies"] = "national"
    home: Home = Home()
    gate: Annotated[Gate | None, BeforeValidator(_unless_none)] = None
    queue: Annotated[Queue | None, BeforeValidator(_unless_none)] = None
    shedding: Annotated[Shedding | None, BeforeValidator(_unless_none)] = None
    # Addresses and networks (127.200.0.0/16) that get no answer.
    blackhole: list[Annotated[str, AfterValidator(_place)]] = Field(default_factory=list)
    nodes: Nodes = Nodes()
    cache: Annotated[Cache | None, BeforeValidator(_unless_none)] = None
    database: Annotated[Pool | None, BeforeValidator(_unless_none)] = None
    tenants: Literal["shared", "apart"] = "shared"  # on one back end, or each on its own


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
