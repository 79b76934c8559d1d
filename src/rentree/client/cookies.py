"""A person's cookies: RFC 6265 as far as navigation needs it.

Our own, because `http.cookiejar` wants urllib's request objects and is slow. No
public-suffix list: `Domain` of one label is refused, and people meet few hosts. SameSite is not
looked at: every request here is a navigation of the person's own.
"""

from __future__ import annotations

import calendar
import ipaddress
import re
from collections.abc import Callable
from math import inf
from typing import NamedTuple

_LARGEST = 4_096  # characters of name, value and attributes, as in browsers
_MOST = 180  # cookies of one person; then the oldest goes
_READY_MOST = 32
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_BAD = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_DELIMITERS = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D.*)?")
_DAY = re.compile(r"(\d{1,2})(?:\D.*)?")
_YEAR = re.compile(r"(\d{2,4})(?:\D.*)?")


class Cookie(NamedTuple):
    """One cookie as kept."""

    name: str
    value: str
    domain: str
    host_only: bool
    path: str
    secure: bool
    expires: float  # s since the epoch; inf: for the session


class Cookies:
    """The jar of one person. `wall` tells s since the epoch, and decides what has expired."""

    __slots__ = ("_jar", "_ready", "_same", "_until", "_wall")

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._jar: dict[tuple[str, str, str], Cookie] = {}  # by domain, path, name; oldest first
        self._ready: dict[tuple[str, str, bool], str] = {}  # header lines already made
        # What came again and changes nothing; None until there is some: most people have none.
        self._same: set[tuple[str, str, str, bool]] | None = None
        self._until = inf  # when the first of the jar's cookies expires

    def header(self, host: str, path: str, secure: bool) -> str:
        """The line `Cookie: …` with its CRLF for a request, or "" when there is nothing to send."""
        if not self._jar:
            return ""
        if self._until is not inf and self._until <= self._wall():
            self._expire()
        line = self._ready.get((host, path, secure))
        if line is None:
            line = self._line(host, path, secure)
            if len(self._ready) >= _READY_MOST:
                self._ready.clear()
            self._ready[host, path, secure] = line
        return line

    def _line(self, host: str, path: str, secure: bool) -> str:
        sent = [
            cookie
            for cookie in self._jar.values()
            if (secure or not cookie.secure)
            and (cookie.domain == host if cookie.host_only else _under(host, cookie.domain))
            and _path_matches(path, cookie.path)
        ]
        sent.sort(key=lambda cookie: -len(cookie.path))  # stable: older first among equals
        pairs = "; ".join(f"{cookie.name}={cookie.value}" for cookie in sent)
        return f"Cookie: {pairs}\r\n" if pairs else ""

    def receive(self, text: str, host: str, path: str, secure: bool) -> None:
        """Take one `Set-Cookie` of an answer of `host` to a request for `path`.

        What a browser would refuse is ignored.
        """
        if self._same is not None and (text, host, path, secure) in self._same:
            return
        cookie = parse(text, host=host, path=path, secure=secure, now=self._wall())
        if cookie is None:
            return
        key = (cookie.domain, cookie.path, cookie.name)
        known = self._jar.get(key)
        if cookie.expires <= self._wall():
            if known is None:
                return
            del self._jar[key]
        elif known == cookie:
            self._same = self._same or set()
            if cookie.expires == inf and len(self._same) < _READY_MOST:
                self._same.add((text, host, path, secure))
            return
        else:
            self._jar[key] = cookie  # a known one keeps its place, and so its age
            if len(self._jar) > _MOST:
                del self._jar[next(iter(self._jar))]
            self._until = min(self._until, cookie.expires)
        self._changed()

    def value(self, name: str, host: str, path: str, secure: bool) -> str | None:
        """The value of the cookie `name` that would be sent there."""
        pairs = self.header(host, path, secure).removeprefix("Cookie: ").rstrip("\r\n")
        found = (pair.partition("=") for pair in pairs.split("; "))
        return next((value for key, _, value in found if key == name), None)

    def _expire(self) -> None:
        now = self._wall()
        self._jar = {key: cookie for key, cookie in self._jar.items() if cookie.expires > now}
        self._until = min((cookie.expires for cookie in self._jar.values()), default=inf)
        self._changed()

    def _changed(self) -> None:
        self._ready.clear()
        self._same = None

    def __len__(self) -> int:
        return len(self._jar)


def parse(text: str, *, host: str, path: str, secure: bool, now: float) -> Cookie | None:
    """One `Set-Cookie` value (RFC 6265, 5.2 and 5.3), or None when it must be ignored."""
    if len(text) > _LARGEST or _BAD.search(text):
        return None
    pair, *attributes = text.split(";")
    name, equals, value = pair.partition("=")
    name, value = name.strip(), value.strip()
    if not equals or not name:
        return None
    domain, kept_path, only_secure = "", _default_path(path), False
    expires, max_age = inf, None
    for attribute in attributes:
        key, _, given = attribute.partition("=")
        key, given = key.strip().lower(), given.strip()
        if key == "domain":
            domain = given.removeprefix(".").lower()
        elif key == "path":
            kept_path = given if given.startswith("/") else _default_path(path)
        elif key == "secure":
            only_secure = True
        elif key == "max-age" and re.fullmatch(r"-?[0-9]{1,18}", given):
            max_age = now + int(given) if int(given) > 0 else -inf
        elif key == "expires":
            expires = _date(given, expires)
    if only_secure and not secure:
        return None
    host_only = not domain or (domain == host and ("." not in domain or _literal(domain)))
    if not host_only and ("." not in domain or _literal(host) or not _under(host, domain)):
        return None
    if name.startswith("__Host-") and not (only_secure and not domain and kept_path == "/"):
        return None
    if name.startswith("__Secure-") and not only_secure:
        return None
    until = expires if max_age is None else max_age
    return Cookie(name, value, domain or host, host_only, kept_path, only_secure, until)


def _under(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


def _path_matches(path: str, kept: str) -> bool:
    if path == kept:
        return True
    return path.startswith(kept) and (kept.endswith("/") or path[len(kept)] == "/")


def _default_path(path: str) -> str:
    """RFC 6265, 5.1.4: up to, but not with, the last slash."""
    return path[: path.rfind("/")] or "/"


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _date(text: str, otherwise: float) -> float:
    """RFC 6265, 5.1.1: whatever servers write as a date, as s since the epoch."""
    time = day = month = year = None
    for token in _DELIMITERS.split(text):
        if time is None and (found := _TIME.fullmatch(token)):
            time = tuple(map(int, found.groups()))
        elif day is None and (found := _DAY.fullmatch(token)):
            day = int(found[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (found := _YEAR.fullmatch(token)):
            year = int(found[1])
    if time is None or day is None or month is None or year is None:
        return otherwise
    year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    hour, minute, second = time
    if not (1 <= day <= 31 and year >= 1601 and hour <= 23 and minute <= 59 and second <= 59):
        return otherwise
    if day > calendar.monthrange(year, month)[1]:
        return otherwise
    return float(calendar.timegm((year, month, day, hour, minute, second)))
