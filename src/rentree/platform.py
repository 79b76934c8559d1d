"""The adapter contract: how steps become pages of one platform, and how its answers are read.

An adapter is one file in `loadtests/platforms/`: a `Platform` with a method for each step, marked
`@does("sign in")`, and `PLATFORM = ThatClass` at its end. It reads outcomes from the page's
content, never from the status alone: a quota page may come as HTTP 200.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from rentree.client import Client
from rentree.client.page import Headers
from rentree.sample import Outcome

F = TypeVar("F", bound=Callable[..., "Answer"])


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt at a step."""

    outcome: Outcome
    why: str = ""  # in words, when it was not ok
    queue_position: int | None = None


OK = Answer("ok")
SESSION_LOST = "session lost"  # `why` of an answer that asks a signed-in person to sign in again


@dataclass(frozen=True, slots=True)
class Account:
    """Who a person is to the platform."""

    login: str
    password: str
    name: str
    persona: str


def does(step: str) -> Callable[[F], F]:
    """Mark a method as the one that does a step."""

    def mark(method: F) -> F:
        method.step = step  # type: ignore[attr-defined]  # functions take attributes
        return method

    return mark


def cacheable(headers: Headers) -> str:
    """Why a shared cache may keep, or has kept, this answer; empty when none may (RFC 9111).

    For personal pages: somebody else's cache would show them to others.
    """
    said = (headers.get("cache-control") or "").lower()
    if "public" in said or "s-maxage" in said:
        return f"Cache-Control: {said[:60]}"
    hit = headers.get("x-cache") or ""
    if "hit" in hit.lower():
        return f"X-Cache: {hit[:60]}"
    age = headers.get("age") or ""
    return f"Age: {age[:20]}" if age.isdigit() and int(age) > 0 else ""


class UnknownStepError(Exception):
    """A journey asks for a step that the adapter does not know: our mistake, not the platform's."""


class Platform:
    """One person's dealings with one platform."""

    name: ClassVar[str]
    identifies: ClassVar[bool] = False  # it can tell whose page it is shown
    tells_refusal: ClassVar[bool] = False  # it knows what a refusal looks like
    names_hosts: ClassVar[Collection[str]] = ()  # hosts of the target that it calls by name
    doors: ClassVar[Mapping[str, str]] = {}  # step → path of its first page: what a flood hits
    session_cookies: ClassVar[Collection[str]] = ()  # cookies that are a session: nobody else's
    writes: ClassVar[Mapping[str, str]] = {}  # step → what it writes ("homework"): `text` is kept
    checks: ClassVar[str] = ""  # the step that reads back what is kept (`told["kept"]`)
    methods: ClassVar[dict[str, str]] = {}  # step → name of the method

    def __init_subclass__(cls) -> None:
        """Collect the steps that the class does."""
        cls.methods = {
            method.step: name
            for parent in reversed(cls.__mro__)
            for name, method in vars(parent).items()
            if hasattr(method, "step")
        }

    hosts: Mapping[str, str] = {}  # name of a host in the target → its base URL; the first is base

    def __init__(self, client: Client, account: Account) -> None:
        self.client = client
        self.account = account
        self.told: dict[
            str, Any
        ] = {}  # of this attempt, beyond its outcome: docs/reference/adapter

    def do(self, step: str, **facts: Any) -> Answer:
        """Try a step once.

        Raises:
            Failure: the client's; the person's own code turns it into an outcome.
            UnknownStepError: the adapter does not know the step.
        """
        if step not in self.methods:
            raise UnknownStepError(f"the adapter “{self.name}” does not know the step “{step}”")
        answer: Answer = getattr(self, self.methods[step])(**facts)
        return answer
