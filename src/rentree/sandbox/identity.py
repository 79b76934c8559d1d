"""The proof that a platform on loopback is a sandbox of ours: a nonce signed with this user's key.

A tunnel to a real platform ends on loopback too; that platform does not know the key.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import secrets
from urllib.parse import urlsplit

from rentree.sandbox.ask import connection as connection_to
from rentree.state import sandbox_key

PATH = "/.well-known/rentree-sandbox"
LONGEST_NONCE = 64  # bytes


def answer(nonce: bytes) -> str:
    """HMAC-SHA256 of the nonce under this user's key, hex."""
    return hmac.new(sandbox_key(), nonce, hashlib.sha256).hexdigest()


def parse_nonce(text: str) -> bytes | None:
    """The nonce of a question, or None when it is empty, too long or not hexadecimal."""
    if not text or len(text) > 2 * LONGEST_NONCE:
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def prove(url: str, timeout: float = 2.0) -> bool:
    """Ask the platform at `url` to prove that it is a sandbox of this user; `timeout` in s.

    Only a literal loopback address is asked: a name, `localhost` too, may lead our people
    somewhere else than it led us, and gets no packet. Over TLS our own authority must vouch.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.port != 0
        loopback = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
    if not known or not loopback:
        return False
    nonce = secrets.token_bytes(32)
    connection = connection_to(url, timeout=timeout)
    try:
        connection.request("GET", f"{PATH}?nonce={nonce.hex()}")
        response = connection.getresponse()
        said = json.loads(response.read(4096)) if response.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
    given = said.get("hmac") if isinstance(said, dict) else None
    return isinstance(given, str) and hmac.compare_digest(given.encode(), answer(nonce).encode())
