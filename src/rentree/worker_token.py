"""The token of a run: who knows it may join as a remote worker, and is known to the worker too.

Neither side sends it: each proves that it knows it by HMAC-SHA256 over both sides' nonces, since
whoever sits at the port of a dead run must not learn it, nor give a worker code to run.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rentree.errors import UsageError
from rentree.state import state_folder

VARIABLE = "RENTREE_WORKER_TOKEN"
LEAST = 16  # characters


def new_token() -> str:
    """The token that the environment gives, or a new one.

    Raises:
        UsageError: the environment's is too short.
    """
    given = os.environ.get(VARIABLE)
    if given is not None and len(given) < LEAST:
        raise UsageError(f"{VARIABLE} has fewer than {LEAST} characters")
    return given or secrets.token_urlsafe(24)


@contextmanager
def kept(token: str, port: int) -> Iterator[None]:
    """Keep it (mode 0600) where workers of the same user find it, while the run lasts."""
    path = _path(port)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def known_token(port: int) -> str | None:
    """The environment's token, else that of this user's own run at the port."""
    if given := os.environ.get(VARIABLE):
        return given
    path = _path(port)
    return path.read_text(encoding="utf-8") if path.exists() else None


def proof(token: str, role: str, nonces: tuple[bytes, bytes]) -> bytes:
    """What a side ("master", "worker") answers to both nonces, the worker's first."""
    words = role.encode() + b"\0" + nonces[0] + b"\0" + nonces[1]
    return hmac.new(token.encode(), words, hashlib.sha256).digest()


def right(given: object, token: str, role: str, nonces: tuple[bytes, bytes]) -> bool:
    """Whether somebody who gave this proof knows the token."""
    return isinstance(given, bytes) and hmac.compare_digest(given, proof(token, role, nonces))


def _path(port: int) -> Path:
    return state_folder() / f"worker-{port}.token"
