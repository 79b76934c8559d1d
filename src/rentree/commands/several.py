"""What commands that make several runs have in common."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rentree.errors import UsageError
from rentree.prepare import Prepared


def new_folder(prepared: Prepared, name: str, kind: str) -> Path:
    """A folder for runs like this one, `TIME-NAME-RANDOM-KIND`. Raises UsageError: it cannot be."""
    now = datetime.now(ZoneInfo(prepared.plan.zone))
    named = f"{now:%Y-%m-%d-%H%M%S}-{name}-{secrets.token_hex(3)}-{kind}"
    folder = prepared.request.evidence.resolve() / named
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise UsageError(f"the folder cannot be made: {folder}: {error.strerror}") from error
    return folder
