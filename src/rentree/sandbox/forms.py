"""Reading what a person sent: small urlencoded forms, and the token that must come with them."""

from __future__ import annotations

import asyncio
import hmac
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

LARGEST = 256 * 1024  # bytes of a whole form
MOST_FIELDS = 20
LONGEST = 30.0  # s until the whole form is here


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; of two fields of one name the last.

    Raises:
        HTTPException: 415 not urlencoded, 413 too large, 408 not all here, 400 not readable.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    body = bytearray()
    try:
        async with asyncio.timeout(LONGEST):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST:
                    raise HTTPException(413)
    except (TimeoutError, ClientDisconnect) as error:
        raise HTTPException(408) from error
    try:
        fields = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise HTTPException(400) from error
    return dict(fields)


def same_token(given: str, expected: str) -> bool:
    """Whether a form came from a page of ours."""
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
