"""An adapter in YAML: the pages of each step, and the marks by which answers are read.

`loadtests/platforms/NAME.yaml`, read strictly, as profiles are. A mark that every page shows is
refused: a step that is ok whatever comes would make a platform pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from rentree.adapter.places import WORDS, places
from rentree.errors import InvalidFileError
from rentree.quantity import SECOND, Count, Duration
from rentree.yamltext import check, nearest, read

_NO_PROOF = {"status", "header", "url"}  # what a page of refusal may have as well


def _selector(value: object) -> str:
    text = str(value)
    try:
        everywhere = LexborHTMLParser("").css_first(text) is not None
    except (SelectolaxError, ValueError) as error:
        raise ValueError(f"“{text}” is not a CSS selector: {error}") from None
    if everywhere:
        raise ValueError(f"“{text}” is on every page, even an empty one: it shows nothing")
    return text


def _something(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("is empty: say something")
    return value


Text = Annotated[str, BeforeValidator(_something)]
Selector = Annotated[str, BeforeValidator(_selector)]
YesNo = Literal["yes", "no"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Mark(_Section):
    """What a page must show; all that is said must hold."""

    css: Selector | None = None  # an element that is there
    text: Text | None = None  # words of the page's source
    status: Count | None = None
    header: Text | None = None  # a header line that is there
    json_: Text | None = Field(default=None, alias="json")  # keys down to a value, as in user.name
    is_: Text | None = Field(default=None, alias="is")  # what that value is; else: something
    url: Text | None = None  # a part of the address that one ended at

    @model_validator(mode="after")
    def _says(self) -> Self:
        if not self.model_fields_set & {"css", "text", "status", "header", "json_", "url"}:
            raise ValueError("a mark says css, text, status, header, json or url")
        if self.is_ is not None and self.json_ is None:
            raise ValueError("`is` is the value at `json`: say both")
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
    """Where an answer tells whose it is; somebody else's is a leak."""

    css: Selector | None = None  # of pages
    attribute: Text | None = None  # of that element; without it, its text
    json_: Text | None = Field(default=None, alias="json")  # of answers of scripts
    is_: Literal["login", "name"] = Field(default="login", alias="is")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.css is None and self.json_ is None:
            raise ValueError("identity says css, for pages, or json, for answers of scripts")
        if self.attribute is not None and self.css is None:
            raise ValueError("`attribute` is one of the element at `css`: say both")
        return self


class JsonSignIn(_Section):
    """Signing in as a page's script does: the page, and where its JSON goes."""

    page: Text
    json_: Text = Field(alias="json")
    name: Text = "username"  # the JSON's keys
    password: Text = "password"  # noqa: S105  # the name of a field


class Submit(_Section):
    """A form of the page: the first, or the one that has a field."""

    with_field: Text | None = None
    fields: dict[str, str] = Field(default_factory=dict)


class Action(_Section):
    """One page of a step: how to get there, and what it must show."""

    get: Text | None = None
    sign_in: Text | JsonSignIn | None = None  # the generic sign-in that starts at this address
    submit: Submit | None = None  # a form of the page before
    ok: Mark
    read_back: Mark | None = None  # its address asked again: what was sent is there to stay
    assets: YesNo = "no"  # its images, scripts and style sheets too
    personal: YesNo = "yes"  # it tells whose it is, if the platform's pages do

    @model_validator(mode="after")
    def _sane(self) -> Self:
        ways = [self.get, self.sign_in, self.submit]
        if sum(way is not None for way in ways) != 1:
            raise ValueError("a page is reached by one of get, sign_in, submit")
        for mark in (self.ok, self.read_back):
            if mark and mark.model_fields_set <= _NO_PROOF and mark.status in (None, 200):
                raise ValueError(
                    "`ok` and `read_back` say css, text or json: a page of refusal may come with "
                    "the same status, header and address"
                )
        return self

    @property
    def address(self) -> str | None:
        """Where it begins, if it does not begin on the page before."""
        if isinstance(self.sign_in, JsonSignIn):
            return self.sign_in.page
        return self.get or self.sign_in

    @property
    def addresses(self) -> list[str]:
        """All that it goes to of its own."""
        script = self.sign_in.json_ if isinstance(self.sign_in, JsonSignIn) else None
        return [address for address in (self.address, script) if address]

    @property
    def texts(self) -> list[str]:
        """What is filled in besides addresses."""
        fields = list(self.submit.fields.values()) if self.submit else []
        marks = [mark for mark in (self.ok, self.read_back) if mark]
        return fields + [text for m in marks for text in (m.text, m.is_, m.url) if text]


class Adapter(_Section):
    """The whole file."""

    platform: str
    replaces: Literal["starter"] | None = None
    marks: Marks = Marks()
    identity: Identity | None = None
    steps: dict[str, list[Action]] = Field(min_length=1)

    def actions(self) -> Iterator[tuple[str, int, Action]]:
        """Every page: its step, its number from 0, itself."""
        for step, actions in self.steps.items():
            for number, action in enumerate(actions):
                yield step, number, action

    def doors(self) -> dict[str, str]:
        """Step → the path of its first page, where that is one of the platform's base."""
        firsts = {step: actions[0].address or "" for step, actions in self.steps.items() if actions}
        return {step: at for step, at in firsts.items() if at.startswith("/") and not places(at)}

    def names_hosts(self) -> list[str]:
        """The {…} of addresses: hosts of the target."""
        named = (places(at) for _, _, action in self.actions() for at in action.addresses)
        return sorted({name for names in named for name in names} - set(WORDS))

    def identifies(self) -> bool:
        """Whether at least one page must tell whose it is."""
        return any(self.must_tell(action) for _, _, action in self.actions())

    def must_tell(self, action: Action) -> bool:
        """Whether an answer of this action must tell whose it is; `ok` says of which kind it is."""
        if self.identity is None or action.personal == "no":
            return False
        script = action.ok.json_ is not None
        return (self.identity.json_ if script else self.identity.css) is not None


def load_adapter(path: Path) -> Adapter:
    """Read an adapter.

    Raises:
        InvalidFileError: every mistake, with file and line.
    """
    document = read(path)
    value, problems = check(Adapter, document)
    if value is not None:
        if value.platform != path.stem:
            text = f"says platform: {value.platform}; name and file must agree"
            problems.append(document.problem(("platform",), text))
        for step, actions in value.steps.items():
            if not actions:
                text = f"the step “{step}” has no page: it would always be ok"
                problems.append(document.problem(("steps", step), text))
        for step, number, action in value.actions():
            problems += [
                document.problem(("steps", step, number), text)
                for text in _mistakes(step, number, action)
            ]
    if problems or document.problems:
        raise InvalidFileError(problems + document.problems)
    adapter: Adapter = value
    return adapter


def _mistakes(step: str, number: int, action: Action) -> Iterator[str]:
    if number == 0 and action.submit:
        yield f"the step “{step}” begins with a form: it needs a page before it"
    for name in (name for text in action.texts for name in places(text)):
        if name not in WORDS:
            yield f"{{{name}}} stands for nothing here: {nearest(name, WORDS)}"


def value_at(data: Any, keys: str) -> Any:
    """What stands at `keys` (as in `user.name`, `items.0`) of JSON; None when nothing does."""
    for key in keys.split("."):
        if isinstance(data, dict):
            data = data.get(key)
        elif isinstance(data, list) and key.isdecimal() and key.isascii() and len(key) < 10:
            data = data[int(key)] if int(key) < len(data) else None
        else:
            return None
    return data
