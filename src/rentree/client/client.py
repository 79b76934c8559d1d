"""One person's browser: cookies, kept connections, redirects, timings."""

from __future__ import annotations

import json
import random
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from copy import copy
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import urlencode

from rentree.client.answer import Answer
from rentree.client.cache import Cache
from rentree.client.connection import Connection, connect, is_late
from rentree.client.cookies import Cookies
from rentree.client.failure import Elsewhere, Failure, in_words
from rentree.client.form import Form
from rentree.client.lanes import load
from rentree.client.names import Names, Place, shared_names
from rentree.client.page import Headers, Page
from rentree.client.plain import values
from rentree.client.tally import Tally
from rentree.client.tls import shared_context
from rentree.client.upload import File, multipart
from rentree.client.url import Url, locate

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REDIRECTS_MOST = 10
_KEPT_MOST = 8  # connections of one person; then the oldest is closed
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_CLOSED = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
_NO_ROUTES: Mapping[tuple[str, int], tuple[str, int]] = MappingProxyType({})
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Client:
    """A person on the network; every method but `begin` and `close` raises Failure.

    `base`: where relative addresses start. `allow`: further hosts that may be visited; no request
    ever leaves for another. `routes`: (host, port) → (address, port) to connect to instead; URL,
    `Host` and TLS name stay the real ones. `source`: local address for a straight connection to
    loopback; on a route it is told in `X-Forwarded-For` when `forwarded_for`. `clock`: µs of the
    run. `tls`: None is the process's shared context. `wall`: s since the epoch, for cookies.
    `permit`: asked before each request; a request that it does not let go is our own failure.
    `introduces`: the ends of routes at which each connection begins with `introduction`.
    `plain`: requests bear nothing that tells a tester: no `traceparent`.
    """

    __slots__ = (
        "_allowed", "_at", "_cache", "_clock", "_cookies", "_deadline", "_extra", "_forwarded",
        "_introduces", "_introduction", "_kept", "_names", "_permit", "_plain", "_routes", "_source",
        "_spare", "_start", "_tls", "_trace", "tally",
    )  # fmt: skip

    def __init__(
        self,
        *,
        base: str,
        allow: Collection[str] = (),
        routes: Mapping[tuple[str, int], tuple[str, int]] = _NO_ROUTES,
        source: str = "",
        forwarded_for: bool = False,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], int],
        wall: Callable[[], float] = time.time,
        names: Names | None = None,
        permit: Callable[[], bool] | None = None,
        introduces: Collection[tuple[str, int]] = (),
        introduction: bytes = b"",
        plain: bool = False,
    ) -> None:
        start = locate(base, "")
        self._at = start.text
        self._allowed = _together(start.host, frozenset(allow))
        self._routes = routes
        self._source = source
        self._forwarded = f"X-Forwarded-For: {source}\r\n" if forwarded_for and source else ""
        self._tls = tls
        self._clock = clock
        self._names = names or shared_names()
        self._permit = permit
        self._introduces, self._introduction = introduces, introduction
        self._plain = plain
        self._cookies = Cookies(wall)
        self._cache = Cache(wall)
        self._kept: dict[str, Connection] = {}  # by origin, oldest first
        self._spare: dict[str, list[Connection]] | None = None  # more of them, while assets load
        self._trace = self._extra = ""
        self._start = self._deadline = 0
        self.tally = Tally()

    def begin(self, trace: str, deadline: int, mark: str = "") -> None:
        """Start an attempt that must end by `deadline` (µs of the run), with a fresh tally.

        `trace`: 32 hex digits, in the `traceparent` of every request until the next `begin`; `mark`
        goes into `Rentree-Mark`.
        """
        self._trace = trace
        self._deadline = deadline
        self._extra = f"Rentree-Mark: {mark}\r\n" if mark else ""
        self._start = self._clock()
        self.tally = Tally()

    def get(self, url: str) -> Page:
        """Go to an address, absolute or relative to the last page, and through its redirects."""
        return self._visit("GET", locate(self._at, url))

    def peek(self, url: str) -> Page:
        """The answer of one address as it is: a redirect is shown and not followed."""
        at = locate(self._at, url)
        if at.host not in self._allowed:
            raise Elsewhere("address of")
        return self._hop("GET", at, "", b"")

    def now(self) -> int:
        """The run's clock, µs."""
        return self._clock()

    def as_somebody_new(self, cookies: Mapping[str, str]) -> Client:
        """Another browser on the same line, with these cookies only and the same time left."""
        other = copy(self)
        other._cookies, other._cache = Cookies(time.time), Cache(time.time)
        other._kept, other._spare = {}, None
        at = locate(self._at, "/")
        for name, value in cookies.items():
            other._cookies.receive(f"{name}={value}", at.host, "/", at.secure)
        return other

    def assets(self, page: Page) -> list[Page]:
        """Load what a page is made of, as a browser: several at once, and from the cache.

        At most six connections, HTTP/1.1's custom; all but one are closed when the page is there,
        for a person's idle connections are somebody else's descriptors. What lies on hosts outside
        the target is left alone, what is fresh in the person's cache is not asked for. Returns the
        answers in the order of the page; `tally.status` stays that of the page.
        """
        status = self.tally.status
        wanted = [url for url in map(_bare, page.assets()) if self._theirs(url)]
        self._spare = {}
        try:
            return [asset for asset in load(wanted, self._asset) if asset is not None]
        finally:
            self.tally.status = status
            for spare in self._spare.values():
                for connection in spare:
                    connection.close()
            self._spare = None

    def _theirs(self, url: Url) -> bool:
        return url.host in self._allowed and not self._cache.fresh(url.text)

    def _asset(self, url: Url) -> Page | None:
        try:
            page, _ = self._follow("GET", url, self._cache.question(url.text))
        except Elsewhere:  # a redirect that leaves the target: nothing was sent there
            return None
        self._cache.take(url.text, page.status, page.headers)
        return page

    def post(self, url: str, form: Mapping[str, str]) -> Page:
        """Send fields as a browser does (urlencoded, UTF-8), and follow redirects."""
        return self._send(url, _FORM, urlencode(form).encode("ascii"), _NO_HEADERS)

    def post_json(self, url: str, value: object, headers: Mapping[str, str] = _NO_HEADERS) -> Page:
        """Send a value as JSON, as a page's script does, with header lines of its own.

        Names of headers are the caller's own; values may be a page's, and stay one line.
        """
        return self._send(url, _JSON, json.dumps(value).encode("ascii"), headers)

    def upload(self, url: str, form: Mapping[str, str], files: Mapping[str, File]) -> Page:
        """Send fields and files as a browser does (multipart/form-data, UTF-8)."""
        kind, content = multipart(form, files)
        return self._send(url, kind, content, _NO_HEADERS)

    def cookie(self, name: str) -> str | None:
        """The value of a cookie that the page we are on could read."""
        at = locate(self._at, "")
        return self._cookies.value(name, at.host, at.path, at.secure)

    @property
    def left(self) -> float:
        """What is left of the attempt's time, s."""
        return self._left()

    def submit(self, page_form: Form, /, *files: tuple[str, File], **fields: str) -> Page:
        """Send a form of a page: its own fields stay, `fields` fill in or replace.

        `files`: (field, file), which make it a form with files.
        """
        filled = page_form.fields | fields
        if files:
            return self.upload(page_form.action, filled, dict(files))
        if page_form.method == "post":
            return self.post(page_form.action, filled)
        bare = page_form.action.partition("#")[0].partition("?")[0]
        return self.get(f"{bare}?{urlencode(filled)}")

    def close(self) -> None:
        """Close the kept connections; cookies stay."""
        while self._kept:
            self._kept.popitem()[1].close()

    def _send(self, url: str, kind: str, content: bytes, headers: Mapping[str, str]) -> Page:
        """POST from the page we are on, which browsers tell, and servers check."""
        at = locate(self._at, "")
        to = locate(at.text, url)
        origin = at.text[: len(at.text) - len(at.target)]
        referer = at.text if to.origin == at.origin else f"{origin}/"
        own = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in headers.items())
        lines = (
            f"Origin: {origin}\r\nReferer: {referer}\r\n{own}"
            f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
        )
        return self._visit("POST", to, lines, content)

    def _visit(self, method: str, url: Url, lines: str = "", content: bytes = b"") -> Page:
        page, self._at = self._follow(method, url, lines, content)
        return page

    def _follow(
        self, method: str, url: Url, lines: str = "", content: bytes = b""
    ) -> tuple[Page, str]:
        """The answer after all redirects, and where it was."""
        if url.host not in self._allowed:
            raise Elsewhere("address of")
        for _ in range(_REDIRECTS_MOST + 1):
            page = self._hop(method, url, lines, content)
            location = page.headers.get("location") if page.status in _REDIRECTS else None
            if not location:
                return page, url.text
            # Raw UTF-8 in a Location reached us as latin-1: give the bytes back.
            url = locate(url.text, location.encode("latin-1").decode("utf-8", "replace"))
            if url.host not in self._allowed:
                raise Elsewhere("redirect to")
            if page.status == 303 or (page.status in (301, 302) and method == "POST"):
                method, lines, content = "GET", "", b""
        raise Failure("error", "too many redirects")

    def _hop(self, method: str, url: Url, lines: str, content: bytes) -> Page:
        """One request and its answer; the tally learns of it, come what may."""
        begun = self._clock()
        tally = self.tally
        status = 0
        if tally.sent is None:
            tally.sent = begun
        try:
            if self._deadline <= begun:
                raise TimeoutError
            if self._permit is not None and not self._permit():
                raise Failure("error", "the ceiling of the authorisation is reached", ours=True)
            answer = self._exchange(
                self._request(method, url, lines) + content, url, again=method == "GET"
            )
            status = tally.status = answer.status
            asks = answer.has(b"retry-after")
            tally.retry_after = _text(answer, b"retry-after") if asks else None
            if answer.has(b"set-cookie"):
                for value in values(answer.lines, b"set-cookie"):
                    text = value.decode("latin-1")
                    self._cookies.receive(text, url.host, url.path, url.secure)
            return Page(url.text, status, Headers(answer.lines), answer.body())
        except TimeoutError:
            allowed = max(self._deadline - self._start, 0) / 1e6
            raise Failure("timeout", f"no answer within {allowed:.3g} s") from None
        finally:
            tally.hops.append((method, url.path[:200], status, self._clock() - begun))

    def _exchange(self, request: bytes, url: Url, *, again: bool) -> Answer:
        """Send on the kept connection, or on a new one when there is none or it was closed.

        A GET is asked `again` when no byte of its answer came; a POST only when the system had
        taken no byte of it, for the platform may have done it.
        """
        connection = self._kept.pop(url.origin, None)
        if connection is None and self._spare:
            spare = self._spare.get(url.origin)
            connection = spare.pop() if spare else None
        if connection is not None:
            if connection.idle():
                if self._carry(connection, url, request, again=again, kept=True):
                    return connection.answer
            else:
                connection.close()
        connection = self._connect(url)
        self._carry(connection, url, request)
        return connection.answer

    def _carry(
        self,
        connection: Connection,
        url: Url,
        request: bytes,
        *,
        again: bool = False,
        kept: bool = False,
    ) -> bool:
        """Carry one request out; False when it may be repeated on a new connection."""
        tally = self.tally
        try:
            connection.exchange(request, self._deadline)
        except BaseException as error:  # also the end of a person's patience in the midst of it
            connection.close()
            if not isinstance(error, OSError) or is_late(error):
                raise
            closed = isinstance(error, _CLOSED) and connection.first_byte is None
            if kept and closed and (again or not connection.accepted):
                return False
            raise in_words(error, connection.doing()) from None
        finally:
            tally.address = connection.address
            tally.bytes += connection.wire
            if tally.first_byte is None:
                tally.first_byte = connection.first_byte
        if connection.answer.keep:
            connection.rest()
            self._keep(connection, url.origin)
        else:
            connection.close()
        return True

    def _keep(self, connection: Connection, origin: str) -> None:
        if origin not in self._kept:
            self._kept[origin] = connection
            if len(self._kept) > _KEPT_MOST:
                self._kept.pop(next(iter(self._kept))).close()
        elif self._spare is not None:
            self._spare.setdefault(origin, []).append(connection)
        else:
            connection.close()

    def _connect(self, url: Url) -> Connection:
        route = self._routes.get((url.host, url.port))
        host, port = route or (url.host, url.port)
        places = self._names.places(host, port, self._left())
        tls = (self._tls or shared_context()) if url.secure else None
        source = self._source if route is None and all(map(_on_loopback, places)) else ""
        first = self._introduction if route in self._introduces else b""
        return connect(
            places, source=source, tls=tls, name=url.host, left=self._left, clock=self._clock,
            first=first,
        )  # fmt: skip

    def _left(self) -> float:
        return max(self._deadline - self._clock(), 0) / 1e6

    def _request(self, method: str, url: Url, lines: str) -> bytes:
        forwarded = self._forwarded
        if forwarded and (url.host, url.port) not in self._routes:
            forwarded = ""
        cookie = self._cookies.header(url.host, url.path, url.secure)
        trace = ""
        if not self._plain:
            span = f"{random.getrandbits(64) or 1:016x}"
            trace = f"traceparent: 00-{self._trace}-{span}-01\r\n{self._extra}"
        return (
            f"{method} {url.target} HTTP/1.1\r\n{url.head}{trace}{forwarded}{cookie}{lines}\r\n"
        ).encode("latin-1")


@lru_cache(maxsize=64)  # the same for everybody: not a set a person
def _together(host: str, others: frozenset[str]) -> frozenset[str]:
    return frozenset({host, *(other.lower() for other in others)})


def _one_line(value: str) -> str:
    """A header's value that cannot become two, in characters that a header may hold."""
    return (
        "".join(c for c in value[:8_192] if c.isprintable())
        .encode("latin-1", "replace")
        .decode("latin-1")
    )


def _text(answer: Answer, name: bytes) -> str:
    return values(answer.lines, name)[0].decode("latin-1")


def _bare(url: str) -> Url:
    return locate(url, "")


def _on_loopback(place: Place) -> bool:
    return place.address == "::1" or place.address.startswith("127.")
