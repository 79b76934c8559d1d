"""What a person got: an answer, read only as far as somebody looks at it."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rentree.client.failure import Failure, UnreadableError
from rentree.client.form import Form, read_forms
from rentree.client.plain import Lines, values
from rentree.client.url import locate

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.I)
# Python knows codecs that are no charsets ("zip", "punycode"): only what pages are written in.
_KNOWN = re.compile(
    r"(utf-?8|utf-?16(le|be)?|iso-?8859-?\d+|latin-?\d|windows-125\d|us-ascii)", re.I
)
_LATIN = {"iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii"}
_ASSETS_MOST = 500
_ASSETS = 'img[src], script[src], link[rel~="stylesheet"][href]'


class Headers:
    """The header lines of an answer, in their order."""

    __slots__ = ("_lines",)

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of `name` in any case, or `default`."""
        for value in self._values(name):
            return value
        return default

    def get_all(self, name: str) -> list[str]:
        """Every value of `name`, in order."""
        return self._values(name)

    def _values(self, name: str) -> list[str]:
        wanted = name.lower().encode("latin-1", "replace")
        return [value.decode("latin-1") for value in values(self._lines, wanted)]


class Page:
    """An answer after all redirects. `body` is unpacked; at most 8 MiB."""

    __slots__ = ("_text", "_tree", "_words", "body", "headers", "status", "url")

    def __init__(self, url: str, status: int, headers: Headers, body: bytes) -> None:
        self.url = url
        self.status = status
        self.headers = headers
        self.body = body
        self._text: str | None = None
        self._tree: LexborHTMLParser | None = None
        self._words: str | None = None

    @property
    def text(self) -> str:
        """The body as text: charset of the mark (BOM), the header, the page; else UTF-8."""
        if self._text is None:
            self._text = self.body.decode(self._charset(), "replace").removeprefix("\ufeff")
        return self._text

    def says(self, words: str) -> bool:
        """Whether words stand in the page's source, however it writes its signs and spaces."""
        if words in self.text:
            return True
        if self._words is None:
            self._words = " ".join(html.unescape(self.text).split())
        return " ".join(words.split()) in self._words

    def _charset(self) -> str:
        if self.body.startswith(b"\xef\xbb\xbf"):
            return "utf-8"
        if self.body.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        declared = self.headers.get("content-type") or ""
        found = _CHARSET.search(declared)
        if found is None and "json" not in declared:
            found = _CHARSET.search(self.body[:1024].decode("latin-1"))
        label = found[1].lower() if found and _KNOWN.fullmatch(found[1]) else "utf-8"
        if label in _LATIN:
            return "cp1252"  # as browsers read it (encoding.spec.whatwg.org)
        try:
            "".encode(label)
        except LookupError:  # iso-8859-99
            return "utf-8"
        return label

    def json(self) -> Any:
        """The body as JSON. Raises UnreadableError when it is not."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            where = f"{self.status} {self._path()}"
            raise UnreadableError(f"the answer is not JSON ({where})") from None

    @property
    def tree(self) -> LexborHTMLParser:
        """The page's elements."""
        if self._tree is None:
            self._tree = LexborHTMLParser(self.text)
        return self._tree

    def css_first(self, selector: str) -> LexborNode | None:
        """The first element that matches, or None."""
        return self.tree.css_first(selector)

    def attribute(self, selector: str, name: str) -> str | None:
        """An attribute of the first element that matches, or None."""
        node = self.css_first(selector)
        return None if node is None else node.attributes.get(name)

    def forms(self) -> list[Form]:
        """The page's forms, their actions absolute."""
        return [self._placed(form) for form in read_forms(self.tree)]

    def form(self, *, with_field: str | None = None) -> Form:
        """The first form, or the first that has this field.

        Raises UnreadableError when there is none, Failure when it leads nowhere.
        """
        for form in read_forms(self.tree):
            if with_field is None or with_field in form.fields:
                return self._placed(form)
        wanted = "" if with_field is None else f" with a field {with_field!r}"
        raise UnreadableError(f"no form{wanted} on the page ({self.status} {self._path()})")

    def _placed(self, form: Form) -> Form:
        # An empty action is the page itself, whatever <base> says (HTML, form submission).
        action = locate(self._base(), form.action).text if form.action else self.url
        return Form(action, form.method, form.fields, form.kinds)

    def assets(self) -> list[str]:
        """Addresses of images, scripts and style sheets: absolute, each once, at most 500.

        What is not http (data:, blob:) is left out.
        """
        base, found = self._base(), dict[str, None]()
        for node in self.tree.css(_ASSETS):
            reference = node.attributes.get("href" if node.tag == "link" else "src")
            try:
                found[locate(base, reference or "").text] = None
            except Failure:
                continue
            if len(found) == _ASSETS_MOST:
                break
        return list(found)

    def _base(self) -> str:
        reference = self.attribute("base[href]", "href")
        try:
            return locate(self.url, reference).text if reference else self.url
        except Failure:
            return self.url

    def _path(self) -> str:
        return locate(self.url, "").path[:200]
