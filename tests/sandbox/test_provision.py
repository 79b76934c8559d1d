"""Accounts for a running sandbox: taken from this user only."""

from __future__ import annotations

import http.client
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rentree.errors import RentreeError
from rentree.sandbox.accounts import Account, Person
from rentree.sandbox.process import start
from rentree.sandbox.provision import HEADER, PATH, provision, signature

PRESET = Path(__file__).parents[2] / "profiles" / "sandboxes" / "rentree.yaml"
NEW = Account(Person("x.1", "X", "pupil", "t", "s", "lycée", "c"), "word")


def _post(url: str, body: bytes, signed: str) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    connection.request("POST", PATH, body, {HEADER: signed})
    status = connection.getresponse().status
    connection.close()
    return status


def test_accounts_are_taken_from_us_alone(tmp_path: Path) -> None:
    """A signed list is stored (204), again too; unsigned is 403, and what is no list is 400."""
    sandbox = start(str(PRESET), work=tmp_path)
    try:
        provision(sandbox.url, [NEW])
        provision(sandbox.url, [NEW])
        assert _post(sandbox.url, b"login", "0" * 64) == 403
        assert _post(sandbox.url, b"nonsense", signature(b"nonsense")) == 400
    finally:
        sandbox.stop()


def test_a_sandbox_that_is_gone_is_told(tmp_path: Path) -> None:
    """Nobody there: an error with the address, no traceback."""
    sandbox = start(str(PRESET), work=tmp_path)
    sandbox.stop()
    with pytest.raises(RentreeError, match="did not take the accounts"):
        provision(sandbox.url, [NEW])
