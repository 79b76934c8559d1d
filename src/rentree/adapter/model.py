"""An adapter in YAML: the pages of each step, and the marks by which answers are read.

`loadtests/platforms/NAME.yaml`, read strictly, as profiles are.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from rentree.errors import InvalidFileError, Problem
from rentree.quantity import SECOND, Count, Duration
from rentree.yamltext import load

WORDS = ("login", "name", "text")  # what {…} may stand for besides the target's hosts
_PLACE = re.compile(r"\{([^{}]*)\}")


def _selector(value: object) -> str:
    try:
        LexborHTMLParser("<p>").css_first(str(value))
    except (SelectolaxError, ValueError) as error:
        raise ValueError(f"“{value}” is not a CSS selector: {error}") from None
    return str(value)


Selector = Annotated[str, BeforeValidator(_selector)]


def places(text: str) -> list[str]:
    """The names in {…} of a text."""
    return _PLACE.findall(text)


def filled(text: str, known: dict[str, str]) -> str:
    """A text with each {name} replaced by what it stands for."""
    return _PLACE.sub(lambda found: known.get(found[1], found[0]), text)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Mark(_Section):
    """What a page must show; all that is said must hold."""

    css: Selector | None = None  # an element that is there
    text: str | None = None  # words in the body, as they stand in it
    status: Count | None = None
    header: str | None = None  # a header line that is there
    json_: str | None = Field(default=None, alias="json")  # keys down to a value, as in user.name
    url: str | None = None  # a part of the address that one ended at

    @model_validator(mode="after")
    def _says(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("a mark says css, text, status, header, json or url")
        return self


class Waiting(Mark):
    """A place in a queue: the page is asked again until it is another, or patience ends."""

    poll: Duration = 5 * SECOND
    position: Selector | None = None  # the element whose text is the rank

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.poll < SECOND // 2:
            raise ValueError("a queue is asked every 500 ms at most")
        return self


class Marks(_Section):
    """How to read a page that is not what a step wants; the first that fits decides."""

    refused: list[Mark] = Field(default_factory=list)
    waiting: list[Waiting] = Field(default_factory=list)
    error: list[Mark] = Field(default_factory=list)
    session_lost: list[Mark] = Field(default_factory=list)  # asked to sign in again


class Identity(_Section):
    """Where a page tells whose it is; somebody else's is a leak."""

    css: Selector | None = None
    attribute: str | None = None  # of that element; without it, its text
    json_: str | None = Field(default=None, alias="json")
    is_: Literal["login", "name"] = Field(default="login", alias="is")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.css is None) == (self.json_ is None):
            raise ValueError("identity says css, for pages, or json, for answers of scripts")
        return self


class JsonSignIn(_Section):
    """Signing in as a page's script does: the page, and where its JSON goes."""

    page: str
    json_: str = Field(alias="json")
    name: str = "username"  # the JSON's keys
    password: str = "password"  # noqa: S105  # the name of a field


class Submit(_Section):
    """A form of the page: the first, or the one that has a field."""

    with_field: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)


class Action(_Section):
    """One page of a step: how to get there, and what it must show."""

    get: str | None = None
    sign_in: str | JsonSignIn | None = None  # the generic sign-in that starts at this address
    submit: Submit | None = None  # a form of the page before
    ok: Mark
    assets: Literal["yes", "no"] = "no"  # its images, scripts and style sheets too

    @model_validator(mode="after")
    def _one(self) -> Self:
        ways = [self.get, self.sign_in, self.submit]
        if sum(way is not None for way in ways) != 1:
            raise ValueError("a page is reached by one of get, sign_in, submit")
        return self

    @property
    def address(self) -> str | None:
        """Where it begins, if it does not begin on the page before."""
        if isinstance(self.sign_in, JsonSignIn):
            return self.sign_in.page
        return self.get or self.sign_in


class Adapter(_Section):
    """The whole file."""

    platform: str
    replaces: Literal["starter"] | None = None
    marks: Marks = Marks()
    identity: Identity | None = None
    steps: dict[str, list[Action]] = Field(min_length=1)

    def doors(self) -> dict[str, str]:
        """Step → the path of its first page, where that is one of the platform's base."""
        firsts = {step: actions[0].address or "" for step, actions in self.steps.items() if actions}
        return {step: at for step, at in firsts.items() if at.startswith("/")}

    def names_hosts(self) -> list[str]:
        """The {…} of addresses: hosts of the target."""
        named = [
            name
            for actions in self.steps.values()
            for action in actions
            for address in (action.address, _json_address(action))
            for name in places(address or "")
        ]
        return sorted(set(named) - set(WORDS))


def _json_address(action: Action) -> str | None:
    return action.sign_in.json_ if isinstance(action.sign_in, JsonSignIn) else None


def load_adapter(path: Path) -> Adapter:
    """Read an adapter.

    Raises:
        InvalidFileError: every mistake, with file and line.
    """
    value = load(Adapter, path, str(path))
    problems = [
        f"the step “{step}” has no page" for step, actions in value.steps.items() if not actions
    ]
    problems += [
        f"the step “{step}” begins with a form: it needs a page before it"
        for step, actions in value.steps.items()
        if actions and actions[0].submit
    ]
    if value.platform != path.stem:
        problems.append(f"says platform: {value.platform}; name and file must agree")
    if problems:
        raise InvalidFileError([Problem(str(path), 1, text) for text in problems])
    return value


def value_at(data: Any, keys: str) -> Any:
    """What stands at `keys` (as in `user.name`, `items.0`) of JSON; None when nothing does."""
    for key in keys.split("."):
        if isinstance(data, dict):
            data = data.get(key)
        elif isinstance(data, list) and key.isdigit() and int(key) < len(data):
            data = data[int(key)]
        else:
            return None
    return data
