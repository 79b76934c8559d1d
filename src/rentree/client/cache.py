"""What a person's browser has already: enough of RFC 9111 to know what it would not ask again.

Bodies are not kept, since nobody looks at them; nor is anything that varies or is `no-store`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from rentree.client.page import Headers

_MOST = 1_000  # assets of one person; then the oldest goes
_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})", re.I)


class _Kept(NamedTuple):
    until: float  # s since the epoch: fresh before that
    validator: str  # the header line that asks whether it has changed, with its CRLF; or ""


class Cache:
    """One person's. `wall` tells s since the epoch."""

    __slots__ = ("_kept", "_wall")

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._kept: dict[str, _Kept] = {}

    def fresh(self, url: str) -> bool:
        """Whether the browser would use what it has, without a word to the platform."""
        kept = self._kept.get(url)
        return kept is not None and self._wall() < kept.until

    def question(self, url: str) -> str:
        """The header line of a conditional request, with its CRLF; "" when there is nothing."""
        kept = self._kept.get(url)
        return "" if kept is None else kept.validator

    def take(self, url: str, status: int, headers: Headers) -> None:
        """Learn from an answer: 200 or 304."""
        if status not in (200, 304):
            return
        known = self._kept.pop(url, None)
        control = (headers.get("cache-control") or "").lower()
        if "no-store" in control or headers.get("vary") == "*":
            return
        age = _AGE.search(control)
        seconds = int(age[1]) if age and "no-cache" not in control else 0
        validator = _validator(headers) or (known.validator if known and status == 304 else "")
        if seconds or validator:
            self._kept[url] = _Kept(self._wall() + seconds, validator)
            if len(self._kept) > _MOST:
                del self._kept[next(iter(self._kept))]


def _validator(headers: Headers) -> str:
    for name, question in (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since")):
        value = headers.get(name) or ""
        if value and value.isprintable() and len(value) <= 512:
            return f"{question}: {value}\r\n"
    return ""
