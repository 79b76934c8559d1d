"""A target: the file that says where a profile's platforms are, and as whom one signs in.

`profiles/targets/NAME.yaml`, read strictly. It holds no secret: a password is named by the
environment variable that holds it. Whether the platform may be tried at all is another question
(`rentree.leave`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from rentree.errors import InvalidFileError, Problem, UsageError
from rentree.fault import address_of
from rentree.toxiproxy.api import parse_url
from rentree.trust import Trust, context_of
from rentree.workspace import find, listing
from rentree.yamltext import load

_RESERVED = ("invalid", "test", "example", "localhost")  # RFC 2606: nobody's mail domain
_RESERVED_DOMAINS = ("example.com", "example.net", "example.org")


def _base_url(value: object) -> str:
    text = str(value).rstrip("/")
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ValueError(f"“{text}” is not the address of a host: write https://ent.example")
    if parts.username or parts.path or parts.query or parts.fragment:
        raise ValueError(f"“{text}” is more than a host: pages belong into the adapter")
    return text


def _page(value: object) -> str:
    text = str(value)
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.username or parts.fragment or re.search(r"[^!-~]", text):
        raise ValueError(f"“{text}” is not the address of a page: write https://near.example/ping")
    return text


def _variable(value: object) -> str:
    found = re.fullmatch(r"env\s+([A-Z_][A-Z0-9_]*)", str(value))
    if found is None:
        raise ValueError(
            "a password does not stand in a file: name the environment variable that holds it, "
            "as in `env RENTREE_PASSWORD`"
        )
    return found[1]


def _toxiproxy(url: str) -> str:
    try:
        parse_url(url)
    except UsageError as error:
        raise ValueError(str(error).removeprefix("--toxiproxy ")) from None
    return url


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlatformAt(_Section):
    """One platform of the profile: the adapter that speaks its pages, and its hosts."""

    adapter: str
    hosts: dict[str, Annotated[str, BeforeValidator(_base_url)]] = Field(min_length=1)

    @property
    def base(self) -> str:
        """Where relative addresses start: the first host."""
        return next(iter(self.hosts.values()))


class Accounts(_Section):
    """As whom people sign in: a file of fictitious accounts, or one account that all share."""

    file: str | None = None  # CSV: login[,name][,persona][,territory], beside the target's file
    login: str = (
        ""  # of the one account that all share; may be empty where only a password is asked
    )
    password: Annotated[str, BeforeValidator(_variable)] | None = None  # a variable's name
    fictitious: Literal["attested"]  # somebody says so: no account is a real child's
    mail_domain: str | None = None  # of logins that are addresses
    when_short: Literal["refuse", "share"] = "refuse"  # more people than accounts

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if self.file and self.login:
            raise ValueError("say `file` or `login`, not both")
        if self.mail_domain and not reserved(self.mail_domain):
            raise ValueError(
                f"{self.mail_domain} may be somebody's mail domain: fictitious people live at "
                ".invalid, .test, .example or .localhost (RFC 2606)"
            )
        return self


class Tls(_Section):
    """Who may vouch for the platform, when it is not one of the system's authorities."""

    ca: str | None = None  # PEM, beside the target's file: then only these authorities count
    verify: bool = True

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if self.ca and not self.verify:
            raise ValueError("authorities that nobody asks: say `ca` or `verify: no`, not both")
        return self


class Addresses(_Section):
    """How the platform tells people behind a proxy apart."""

    schools_by: Literal["X-Forwarded-For"] | None = None


class LinkAt(_Section):
    """A line between parts of the platform, through a Toxiproxy that its owner put there."""

    toxiproxy: Annotated[str, AfterValidator(_toxiproxy)]  # URL of its API, on this machine
    proxy: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")  # the name of the proxy in it


class Target(_Section):
    """The whole file."""

    target: str
    replaces: Literal["starter"] | None = None
    platforms: dict[str, PlatformAt] = Field(min_length=1)
    control: Annotated[str, BeforeValidator(_page)] | None = None  # near the platform, not of it
    tls: Tls = Tls()
    accounts: Accounts | None = None
    addresses: Addresses = Addresses()
    links: dict[str, LinkAt] = Field(default_factory=dict)  # what faults with `hits: {link}` hit
    size: dict[str, str] = Field(default_factory=dict)  # e.g. {of_production: 10 %}; told, not used
    declared: dict[str, str] = Field(
        default_factory=dict
    )  # by, environment, build …: told as it is

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.control and address_of(self.control) in map(address_of, self.hosts):
            raise ValueError(
                "the control must be another machine than the platform: when both are slow "
                "together, it was our line"
            )
        return self

    def trust(self, path: Path) -> Trust:
        """Who may vouch for the platforms; `path` is the target's own file.

        Raises:
            UsageError: the file of authorities cannot be used.
        """
        given = Trust(str(path.parent / self.tls.ca) if self.tls.ca else None, self.tls.verify)
        context_of(given)
        return given

    @property
    def hosts(self) -> list[str]:
        """The base URLs of all platforms, each once."""
        return list(dict.fromkeys(url for p in self.platforms.values() for url in p.hosts.values()))


def reserved(domain: str) -> bool:
    """Whether a mail domain can be nobody's (RFC 2606 and 6761)."""
    plain = domain.lower().rstrip(".")
    return plain.rpartition(".")[2] in _RESERVED or any(
        plain == name or plain.endswith(f".{name}") for name in _RESERVED_DOMAINS
    )


def is_name(text: str) -> bool:
    """Whether `--target TEXT` means a file rather than the URL of a sandbox."""
    if text in listing("targets") or text.endswith((".yaml", ".yml")):
        return True
    if "/" in text or ":" in text or text == "localhost":
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return True
    return False


def load_target(name: str, platforms: Collection[str]) -> tuple[Target, Path]:
    """Read a target by its name or its file; `platforms` are those that a profile's people go to.

    Raises:
        UsageError: no such target; InvalidFileError: mistakes in it, each with file and line.
    """
    path = find("targets", name).resolve()
    value = load(Target, path, str(path))
    problems = []
    if value.target != path.stem:
        problems.append(f"says target: {value.target}; name and file must agree")
    problems += [
        f"the profile's people go to the platform “{wanted}”, which the target does not know "
        f"(it has {', '.join(value.platforms)})"
        for wanted in sorted(set(platforms) - set(value.platforms))
    ]
    if problems:
        raise InvalidFileError([Problem(str(path), 1, text) for text in problems])
    return value, path
