"""Reading what a person sent: small forms, one file, and the token that must come with them."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncGenerator
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

LARGEST = 256 * 1024  # bytes of a whole form
LARGEST_UPLOAD = 2 * 2**20 + 64 * 1024  # bytes: a file of 2 MiB and its form
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
    body = await _body(request, LARGEST)
    try:
        fields = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise HTTPException(400) from error
    return _readable(dict(fields))


def _readable(fields: dict[str, str]) -> dict[str, str]:
    """The same; a NUL, which no form of a browser holds and not every database, is refused."""
    if any("\0" in value for value in fields.values()):
        raise HTTPException(400)
    return fields


class Upload(NamedTuple):
    """A file that came: its name without any folder, and what it contains."""

    name: str
    data: bytes


async def read_upload(request: Request) -> tuple[dict[str, str], Upload | None]:
    """The fields of a multipart form, and its one file.

    Raises:
        HTTPException: 413 too large, 408 not all here, 400 not readable.
    """
    body = await _body(request, LARGEST_UPLOAD)

    async def stream() -> AsyncGenerator[bytes, None]:
        yield bytes(body)

    try:
        parser = MultiPartParser(
            request.headers, stream(), max_files=1, max_fields=MOST_FIELDS, max_part_size=LARGEST
        )
        form = await parser.parse()
    except (MultiPartException, ValueError, KeyError) as error:
        raise HTTPException(400) from error
    fields, upload = {}, None
    for key, value in form.items():
        if isinstance(value, str):
            fields[key] = value
        else:
            upload = Upload(_plain_name(value.filename or ""), await value.read())
    await form.close()
    return _readable(fields), upload


def _plain_name(name: str) -> str:
    """The last part of a path, printable, 80 characters at most: never a folder."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip(" .")[:80] or "fichier"


async def _body(request: Request, most: int) -> bytearray:
    """All that comes, `most` bytes at most. Raises HTTPException: 413, or 408 not all here."""
    body = bytearray()
    try:
        async with asyncio.timeout(LONGEST):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise HTTPException(413)
    except (TimeoutError, ClientDisconnect) as error:
        raise HTTPException(408) from error
    return body


def same_token(given: str, expected: str) -> bool:
    """Whether a form came from a page of ours."""
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
