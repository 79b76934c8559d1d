"""Accounts for a sandbox that runs already: given by `rentree run --target`, signed with our key.

The signature is keyed BLAKE2b with a label of its own, so that no answer to a nonce
(`rentree.sandbox.identity`) can stand for it.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rentree.errors import InvalidFileError, RentreeError
from rentree.sandbox.accounts import Account, read_accounts, write_accounts
from rentree.sandbox.ask import connection as connection_to
from rentree.state import sandbox_key

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from rentree.sandbox.site import Site

PATH = "/.well-known/rentree-accounts"
MOST = 64 * 2**20  # bytes
HEADER = "Rentree-Signature"


def signature(body: bytes) -> str:
    """What proves that a list of accounts comes from this user, hex."""
    key = sandbox_key()
    return hashlib.blake2b(body, key=key, person=b"rentree-accounts", digest_size=32).hexdigest()


def provision(base: str, accounts: Sequence[Account]) -> None:
    """Give a running sandbox of ours the accounts of a crowd.

    Raises:
        RentreeError: it does not take them.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "accounts.csv"
        write_accounts(path, accounts)
        body = path.read_bytes()
    connection = connection_to(base, timeout=60)
    try:
        connection.request("POST", PATH, body, {HEADER: signature(body)})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise RentreeError(f"the sandbox at {base} did not take the accounts: {error}") from error
    finally:
        connection.close()
    if status != 204:
        raise RentreeError(f"the sandbox at {base} did not take the accounts: HTTP {status}")


async def take(site: Site, request: Request) -> Response:
    """The sandbox's side: 204 when the accounts are ours and were stored, else 403 or 400."""
    from starlette.responses import Response  # noqa: PLC0415  # the parent needs none of it

    if int(request.headers.get("content-length", "0")) > MOST:
        return Response(status_code=413)
    body = await request.body()
    if not hmac.compare_digest(request.headers.get(HEADER, ""), signature(body)):
        return Response(status_code=403)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "accounts.csv"
        path.write_bytes(body)
        try:
            site.store.add(read_accounts(path))
        except InvalidFileError:
            return Response(status_code=400)
    return Response(status_code=204)
