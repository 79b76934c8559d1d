"""A person's dealings with a platform, as an adapter in YAML says: content before status."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

import gevent

from rentree.adapter.model import (
    Action,
    Adapter,
    Identity,
    JsonSignIn,
    Mark,
    Waiting,
    value_at,
)
from rentree.adapter.places import filled, filled_address
from rentree.client import Failure, Page, UnreadableError
from rentree.client.login import sign_in, sign_in_json
from rentree.platform import (
    OK,
    SESSION_LOST,
    Answer,
    Platform,
    UnknownStepError,
    cacheable,
)

_REFUSALS = (429, 509)  # a deliberate no, whatever the page says (RFC 6585; 509 of hosters)
_SHOWN = 80  # characters of a mark, or of a file's name, in an outcome's words
_ASKS_PASSWORD = "input[type=password]"  # noqa: S105  # a selector

Known = Mapping[str, str]  # word in {…} → what it stands for


def adapter_class(adapter: Adapter) -> type[Platform]:
    """The `Platform` that does what an adapter's file says."""

    class FromYaml(_Reading):
        name = adapter.platform
        says = adapter
        identifies = adapter.identifies()
        tells_refusal = bool(adapter.marks.refused)
        doors: ClassVar[dict[str, str]] = adapter.doors()
        names_hosts: ClassVar[list[str]] = adapter.names_hosts()

    FromYaml.methods = dict.fromkeys(adapter.steps, "do")
    return FromYaml


class _Reading(Platform):
    """Does the steps of `says`."""

    says: ClassVar[Adapter]

    def do(self, step: str, **facts: Any) -> Answer:
        """Try a step once, page after page; the first that is not as it should be ends it.

        Raises:
            Failure, UnreadableError: the client's.
            UnknownStepError, LookupError: the file knows no such step, or no such {…}.
        """
        if step not in self.says.steps:
            raise UnknownStepError(f"the adapter “{self.name}” does not know the step “{step}”")
        known = {word: str(value) for word, value in facts.items()}
        known |= {"login": self.account.login, "name": self.account.name}
        page: Page | None = None
        try:
            for action in self.says.steps[step]:
                page = self._reach(action, page, known)
                answer = self._read(page, action, known)
                if answer is OK and action.assets == "yes":
                    answer = self._assets(page)
                if answer is OK and action.read_back is not None:
                    answer = self._read_back(page, action, action.read_back, known)
                if answer is not OK:
                    return answer
        except StillQueued as queued:
            return Answer("waiting", "still queued", queued.rank)
        return OK

    def _reach(self, action: Action, page: Page | None, known: Known) -> Page:
        """Go to the page of an action, and through the queues before it."""
        account, client = self.account, self.client
        if action.submit is not None and page is not None:
            fields = {key: filled(text, known) for key, text in action.submit.fields.items()}
            form = page.form(with_field=action.submit.with_field)
            return self._through(client.submit(form, **fields))
        if isinstance(action.sign_in, JsonSignIn):
            said = action.sign_in
            fields = {said.name: account.login, said.password: account.password}
            at, api = self._at(said.page, known), self._at(said.json_, known)
            return sign_in_json(client, at, api, fields=fields, through=self._through)
        if action.sign_in is not None:
            return sign_in(
                client, self._at(action.sign_in, known),
                name=account.login, password=account.password,
                inside=lambda at: shows(at, action.ok, known), through=self._through,
            )  # fmt: skip
        return self._through(client.get(self._at(action.get or "", known)))

    def _at(self, address: str, known: Known) -> str:
        """An address with its {…} filled in; `/page` is the platform's own, wherever one is now."""
        address = filled_address(address, known, self.hosts)
        own = address.startswith("/") and not address.startswith("//") and self.hosts
        return next(iter(self.hosts.values())) + address if own else address

    def _through(self, page: Page) -> Page:
        """The page behind a queue, once it has let the person through. Raises StillQueued."""
        while (queue := self._queue(page)) is not None:
            if self.client.left <= queue.poll / 1e6:
                raise StillQueued(_rank(page, queue))
            gevent.sleep(queue.poll / 1e6)
            try:
                page = self.client.get(page.url)
            except Failure as failure:
                if failure.kind == "timeout":
                    raise StillQueued(_rank(page, queue)) from None
                raise
        return page

    def _queue(self, page: Page) -> Waiting | None:
        return next((mark for mark in self.says.marks.waiting if shows(page, mark, {})), None)

    def _read(self, page: Page, action: Action, known: Known) -> Answer:
        """The outcome of a page: whose it is first, then what it is, its status last."""
        marks = self.says.marks
        whose = told(page, self.says.identity)
        if whose and whose != self._mine():
            digest = hashlib.sha256(whose.encode()).hexdigest()[:16]
            return Answer("leak", f"data of somebody else (sha256 {digest}…)")
        if whose and (kept := cacheable(page.headers)):
            self.told["cacheable"] = kept
        if any(shows(page, mark, {}) for mark in marks.refused):
            return Answer("refused", "quota")
        if page.status in _REFUSALS:
            return Answer("refused", f"HTTP {page.status}")
        if page.status == 503 and page.headers.get("retry-after"):
            return Answer("refused", "overloaded, asked to come back later")
        if any(shows(page, mark, {}) for mark in marks.error):
            return Answer("error", f"the page of an error (HTTP {page.status})")
        if any(shows(page, mark, {}) for mark in marks.session_lost):
            return _unknown(action)
        if not shows(page, action.ok, known):
            if page.status >= 500:
                return Answer("error", f"HTTP {page.status}")
            if page.status == 401 or page.css_first(_ASKS_PASSWORD) is not None:
                return _unknown(action)
            return Answer("wrong", f"not the page that shows {_words(action.ok)} ({page.status})")
        if page.status >= 400 and action.ok.status is None:
            return Answer("wrong", f"the right page as HTTP {page.status}")
        if not whose and self.says.must_tell(action):
            return Answer("wrong", "no identity in the answer (`personal: no`, if it has none)")
        return OK

    def _mine(self) -> str:
        identity = self.says.identity
        by_name = identity is not None and identity.is_ == "name"
        return _plain(self.account.name if by_name else self.account.login)

    def _assets(self, page: Page) -> Answer:
        """Load what a page is made of; what other hosts serve is left alone."""
        for asset in self.client.assets(page):
            if asset.status not in (200, 304):
                name = asset.url.rpartition("/")[2][:_SHOWN]
                return Answer("error", f"asset {name} did not come")
        return OK

    def _read_back(self, page: Page, action: Action, mark: Mark, known: Known) -> Answer:
        """Ask for a page once more; what was sent must be there."""
        stored = self._through(self.client.get(page.url))
        answer = self._read(stored, action.model_copy(update={"ok": mark}), known)
        if answer.outcome == "wrong" and not shows(stored, mark, known):
            return Answer("wrong", f"what was sent is not there when read back ({stored.status})")
        return answer


class StillQueued(Exception):  # noqa: N818  # the glossary's word: an outcome of a person
    """Patience ended in a queue."""

    def __init__(self, rank: int | None) -> None:
        super().__init__(rank)
        self.rank = rank


def shows(page: Page, mark: Mark, known: Known) -> bool:
    """Whether a page shows a mark: everything that it says. Raises LookupError for a {…}."""
    return (
        (mark.status is None or page.status == mark.status)
        and (mark.header is None or page.headers.get(mark.header) is not None)
        and (mark.url is None or filled(mark.url, known) in page.url)
        and (mark.text is None or page.says(filled(mark.text, known)))
        and (mark.css is None or page.css_first(mark.css) is not None)
        and (mark.json_ is None or _has(page, mark.json_, mark.is_, known))
    )


def told(page: Page, identity: Identity | None) -> str:
    """Whose answer it says that it is; empty when it does not say."""
    if identity is None:
        return ""
    if "json" in (page.headers.get("content-type") or ""):
        value = _json_at(page, identity.json_) if identity.json_ is not None else None
        return "" if value is None else _plain(str(value))
    node = page.css_first(identity.css) if identity.css is not None else None
    if node is None:
        return ""
    if identity.attribute is not None:
        return _plain(node.attributes.get(identity.attribute) or "")
    return _plain(node.text())


def _has(page: Page, keys: str, wanted: str | None, known: Known) -> bool:
    """Something is there, as null and false are not; or exactly what is wanted."""
    value = _json_at(page, keys)
    if wanted is None:
        return value is not None and value is not False
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return said == filled(wanted, known)


def _json_at(page: Page, keys: str) -> Any:
    try:
        return value_at(page.json(), keys)
    except UnreadableError:
        return None


def _unknown(action: Action) -> Answer:
    """The platform asks who one is, after one has said it."""
    if action.sign_in is not None:
        return Answer("error", "the platform does not accept the password")
    return Answer("error", SESSION_LOST)


def _rank(page: Page, queue: Waiting) -> int | None:
    node = page.css_first(queue.position) if queue.position else None
    digits = "".join(c for c in node.text() if c.isdecimal()) if node is not None else ""
    return int(digits[:9]) if digits else None


def _plain(text: str) -> str:
    return " ".join(text.split())


def _words(mark: Mark) -> str:
    said = mark.model_dump(exclude_none=True, by_alias=True, exclude={"poll", "position"})
    return json.dumps(said, ensure_ascii=False)[:_SHOWN]
