"""Where things live between runs: the XDG folders, and the key that proves a sandbox ours."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def state_folder() -> Path:
    """$XDG_STATE_HOME/rentree, made with mode 0700."""
    return _own("XDG_STATE_HOME", ".local/state")


def cache_folder() -> Path:
    """$XDG_CACHE_HOME/rentree, made with mode 0700."""
    return _own("XDG_CACHE_HOME", ".cache")


def _own(variable: str, default: str) -> Path:
    base = os.environ.get(variable) or str(Path.home() / default)
    folder = Path(base) / "rentree"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def sandbox_key() -> bytes:
    """The 32-byte key (mode 0600) with which this user's sandbox answers a nonce (HMAC-SHA256)."""
    path = state_folder() / "sandbox.key"
    if not path.exists():
        new = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):  # who comes second takes the first one's key
            os.link(new, path)  # whole or not at all: nobody ever reads half a key
        new.unlink()
    return path.read_bytes()
