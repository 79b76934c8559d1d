"""The requests of a flood, written out once but for what differs: trace, path, account."""

from __future__ import annotations

import os
from urllib.parse import quote_plus

from rentree.flood.spec import FloodSpec, Form


class Writer:
    """Writes one request after another; each has a trace-id of its own (W3C Trace Context)."""

    def __init__(self, spec: FloodSpec) -> None:
        marks = f"User-Agent: Rentree-flood\r\nAccept: */*\r\nRentree-Mark: flood:{spec.name}\r\n"
        verb = "GET" if spec.form is None else "POST"
        self._heads = [
            f"{verb} {path} HTTP/1.1\r\nHost: {spec.host}\r\n{marks}traceparent: 00-".encode(
                "latin-1"
            )
            for path in (spec.path, *spec.moves_to)
        ]
        # A trace-id is this flood's own eight bytes, and a number that never comes again.
        self._prefix = os.urandom(8).hex().encode()
        self._number = 0
        self._form = spec.form

    def request(self, at: int) -> bytes:
        """The next request; `at`: the place of a moving hot spot, 0 at first."""
        self._number += 1
        number = b"%016x" % self._number
        head = b"%b%b%b-%b-01\r\n" % (self._heads[at], self._prefix, number, number)
        if self._form is None:
            return head + b"\r\n"
        return head + _post(self._form, (self._number - 1) % self._form.accounts)


def _post(form: Form, account: int) -> bytes:
    told = f"{account:05}"
    body = "&".join(
        f"{quote_plus(key)}={quote_plus(value.replace('{n}', told))}"
        for key, value in form.fields.items()
    )
    cookies = f"Cookie: {form.cookies}\r\n" if form.cookies else ""
    return (
        f"{cookies}Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode("latin-1")
