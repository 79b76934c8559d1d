"""A person's dealings with a platform, as an adapter in YAML says: content before status."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar

import gevent

from rentree.adapter.model import (
    Action,
    Adapter,
    Identity,
    JsonSignIn,
    Mark,
    Waiting,
    filled,
    value_at,
)
from rentree.client import Failure, Page, UnreadableError
from rentree.client.login import sign_in, sign_in_json
from rentree.platform import OK, SESSION_LOST, Answer, Platform, UnknownStepError

_REFUSALS = (429, 509)  # a deliberate no, whatever the page says (RFC 6585; 509 of hosters)
_SHOWN = 80  # characters of a mark in an outcome's words


def adapter_class(adapter: Adapter) -> type[Platform]:
    """The `Platform` that does what an adapter's file says."""

    class FromYaml(_Reading):
        name = adapter.platform
        says = adapter
        identifies = adapter.identity is not None
        tells_refusal = bool(adapter.marks.refused)
        doors: ClassVar[dict[str, str]] = adapter.doors()
        names_hosts: ClassVar[list[str]] = adapter.names_hosts()

    FromYaml.methods = dict.fromkeys(adapter.steps, "do")
    return FromYaml


class _Reading(Platform):
    """Does the steps of `says`."""

    says: ClassVar[Adapter]

    def do(self, step: str, **facts: Any) -> Answer:
        """Try a step once, page after page; the first that is not as it should be ends it."""
        if step not in self.says.steps:
            raise UnknownStepError(f"the adapter “{self.name}” does not know the step “{step}”")
        known = {
            **self.hosts, **{key: str(value) for key, value in facts.items()},
            "login": self.account.login, "name": self.account.name,
        }  # fmt: skip
        page: Page | None = None
        for action in self.says.steps[step]:
            try:
                page = self._reach(action, page, known)
            except UnreadableError as error:
                return Answer("wrong", str(error))
            page, answer = self._through(page, action)
            if answer is not OK:
                return answer
            if action.assets == "yes" and (missing := self._missing_asset(page)):
                return Answer("error", f"asset {missing} did not come")
        return OK

    def _reach(self, action: Action, page: Page | None, known: dict[str, str]) -> Page:
        """Go to the page of an action. Raises Failure, UnreadableError."""
        account = self.account
        if action.submit is not None and page is not None:
            fields = {key: filled(text, known) for key, text in action.submit.fields.items()}
            return self.client.submit(page.form(with_field=action.submit.with_field), **fields)
        if isinstance(action.sign_in, JsonSignIn):
            said = action.sign_in
            words = {said.name: account.login, said.password: account.password}
            return sign_in_json(
                self.client, filled(said.page, known), filled(said.json_, known), fields=words
            )
        if action.sign_in is not None:
            return sign_in(
                self.client, filled(action.sign_in, known),
                name=account.login, password=account.password,
                inside=lambda at: shows(at, action.ok),
            )  # fmt: skip
        return self.client.get(filled(action.get or "", known))

    def _through(self, page: Page, action: Action) -> tuple[Page, Answer]:
        """The answer of a page, once a queue before it has let the person through."""
        while (queue := self._queue(page)) is not None:
            rank = _rank(page, queue)
            if self.client.left <= queue.poll / 1e6:
                return page, Answer("waiting", "still queued", rank)
            gevent.sleep(queue.poll / 1e6)
            try:
                page = self.client.get(page.url)
            except Failure as failure:
                if failure.kind == "timeout":
                    return page, Answer("waiting", "still queued", rank)
                raise
        return page, self._read(page, action)

    def _queue(self, page: Page) -> Waiting | None:
        return next((mark for mark in self.says.marks.waiting if shows(page, mark)), None)

    def _read(self, page: Page, action: Action) -> Answer:
        """The outcome of a page: whose it is first, then what it is, its status last."""
        marks = self.says.marks
        if (identity := self.says.identity) is not None:
            whose = told(page, identity)
            mine = self.account.login if identity.is_ == "login" else self.account.name
            if whose and whose != mine:
                digest = hashlib.sha256(whose.encode()).hexdigest()[:16]
                return Answer("leak", f"data of somebody else (sha256 {digest}…)")
        if any(shows(page, mark) for mark in marks.refused):
            return Answer("refused", "quota")
        if page.status in _REFUSALS:
            return Answer("refused", f"HTTP {page.status}")
        if page.status == 503 and page.headers.get("retry-after"):
            return Answer("refused", "overloaded, asked to come back later")
        if any(shows(page, mark) for mark in marks.error):
            return Answer("error", f"the page of an error (HTTP {page.status})")
        if any(shows(page, mark) for mark in marks.session_lost):
            if action.sign_in is not None:
                return Answer("error", "the platform does not accept the password")
            return Answer("error", SESSION_LOST)
        if not shows(page, action.ok):
            if page.status >= 500:
                return Answer("error", f"HTTP {page.status}")
            return Answer("wrong", f"not the page that shows {_words(action.ok)} ({page.status})")
        if page.status >= 400 and action.ok.status is None:
            return Answer("wrong", f"the right page as HTTP {page.status}")
        return OK

    def _missing_asset(self, page: Page) -> str:
        """The name of the first asset that does not come; those of other hosts are left alone."""
        for asset in page.assets():
            try:
                if self.client.get(asset).status not in (200, 304):
                    return asset.rpartition("/")[2][:_SHOWN]
            except Failure as failure:
                if "not part of the target" not in failure.why:
                    raise
        return ""


def shows(page: Page, mark: Mark) -> bool:
    """Whether a page shows a mark: everything that it says."""
    return (
        (mark.status is None or page.status == mark.status)
        and (mark.header is None or page.headers.get(mark.header) is not None)
        and (mark.url is None or mark.url in page.url)
        and (mark.text is None or mark.text in page.text)
        and (mark.css is None or page.css_first(mark.css) is not None)
        and (mark.json_ is None or _json_at(page, mark.json_) is not None)
    )


def told(page: Page, identity: Identity) -> str:
    """Whose page it says that it is; empty when it does not say."""
    if identity.json_ is not None:
        value = _json_at(page, identity.json_)
        return "" if value is None else str(value)
    node = page.css_first(identity.css or "")
    if node is None:
        return ""
    if identity.attribute is not None:
        return (node.attributes.get(identity.attribute) or "").strip()
    return node.text().strip()


def _json_at(page: Page, keys: str) -> Any:
    try:
        return value_at(page.json(), keys)
    except UnreadableError:
        return None


def _rank(page: Page, queue: Waiting) -> int | None:
    node = page.css_first(queue.position) if queue.position else None
    digits = "".join(c for c in node.text() if c.isdecimal()) if node is not None else ""
    return int(digits[:9]) if digits else None


def _words(mark: Mark) -> str:
    said = mark.model_dump(exclude_none=True, by_alias=True, exclude={"poll", "position"})
    return json.dumps(said, ensure_ascii=False)[:_SHOWN]
